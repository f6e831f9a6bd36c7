"""Sweeps: a grid of runs from one program, their directories, and one table of what they found out.

`grid.py` says which runs there are, `legal.py` checks them, `standing.py` tells how far each is;
`sweeping.py` does what is left to do, in processes of this machine (`processes.py`) or of a Ray cluster
(`cluster.py`), each with `work.py`; `table.py` and `summary.py` gather what came out.
"""
