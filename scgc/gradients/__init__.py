"""How the gradient estimators do on a user's own program: bias, variance, time and memory of each.

`candidates.py` (which are legal, without torch), `subject.py` (the program on a batch of its data),
`moments.py` (bias and variance), `compare.py` (the whole), `table.py` and `plot.py` (what is shown of it).
"""
