"""The 1,797 handwritten digits of 8 x 8 pixels that ship inside scikit-learn: no download, no files.

Only the file is read: scikit-learn itself imports SciPy, a third of the start of a run.
"""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from scgc.data.addition import Digits


def read_handwriting() -> tuple[Digits, Digits]:
    """Training and test digits, images scaled from 0..16 to -1..1; every fifth one is a test digit."""
    table = torch.from_numpy(_table())
    images = table[:, :-1].view(-1, 1, 8, 8) / 8 - 1
    labels = table[:, -1].long()
    held_out = torch.arange(len(labels)) % 5 == 4
    return Digits(images[~held_out], labels[~held_out]), Digits(images[held_out], labels[held_out])


def _table() -> np.ndarray:
    """A row a digit: its 64 pixels, 0 to 16, then what it is."""
    spec = find_spec("sklearn")  # imports nothing
    assert spec is not None and spec.origin is not None
    with gzip.open(Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz") as file:
        return np.loadtxt(file, delimiter=",", dtype=np.float32)
