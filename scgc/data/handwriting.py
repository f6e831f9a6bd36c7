"""The 1,797 handwritten digits of 8 x 8 pixels that ship inside scikit-learn: no download, no files."""

from __future__ import annotations

import torch

from scgc.data.addition import Digits


def read_handwriting() -> tuple[Digits, Digits]:
    """Training and test digits, images scaled from 0..16 to -1..1; every fifth one is a test digit."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = torch.from_numpy(bunch.images).float().unsqueeze(1) / 8 - 1
    labels = torch.from_numpy(bunch.target).long()
    held_out = torch.arange(len(labels)) % 5 == 4
    return Digits(images[~held_out], labels[~held_out]), Digits(images[held_out], labels[held_out])
