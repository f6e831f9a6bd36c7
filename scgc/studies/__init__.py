"""What many runs say together: medians, correlations and selection over the tables of sweeps, and pictures of
them and of the codes of single runs. `scgc study` and `scgc plot` call it."""
