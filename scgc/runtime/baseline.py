"""Baselines of the score estimator that remember earlier batches."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MovingAverage(nn.Module):
    """The exponentially weighted mean of the costs of earlier batches; 0 before the first.

    Called with the current costs (any shape), it returns the mean from before them, so that the baseline does
    not depend on the draws that it is subtracted from and the gradient stays unbiased; in training it then
    takes them in. The start at 0 is corrected as in Adam (Kingma and Ba 2015).
    """

    mean: Tensor
    seen: Tensor

    def __init__(self, decay: float = 0.95) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("seen", torch.zeros(()))  # the same average of ones: how far from the start

    def forward(self, cost: Tensor) -> Tensor:
        before = self.mean / self.seen.clamp_min(1e-12)
        if self.training:
            with torch.no_grad():
                self.mean.lerp_(cost.mean().to(self.mean.dtype), 1 - self.decay)
                self.seen.lerp_(torch.ones_like(self.seen), 1 - self.decay)
        return before
