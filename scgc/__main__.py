"""`python -m scgc` is the command `scgc`."""

from scgc.cli import main

main()
