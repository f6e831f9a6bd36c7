"""What distributions over structures have in common: exponential families of logits, whose draws and
relaxations have the logits' shape; see `categorical.py` for the manner."""

from __future__ import annotations

from typing import ClassVar

from torch import Size, Tensor
from torch.distributions import Distribution, constraints


class Structure(Distribution):
    """A structure of the parts that `logits` score; its last `event_axes` axes belong to one structure."""

    arg_constraints: ClassVar[dict[str, constraints.Constraint]] = {}
    event_axes: ClassVar[int]
    logits: Tensor

    @property
    def batch_shape(self) -> Size:
        return self.logits.shape[: -self.event_axes]

    @property
    def event_shape(self) -> Size:
        return self.logits.shape[-self.event_axes :]

    @property
    def probs(self) -> Tensor:
        """Of each part to be in the structure, in the logits' shape."""
        return self.relax(self.logits)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def variance(self) -> Tensor:
        probs = self.probs
        return probs * (1 - probs)

    @property
    def mode(self) -> Tensor:
        return self.corner(self.logits)

    def relax(self, x: Tensor) -> Tensor:
        """From numbers in the logits' shape to the probabilities that the parts would have."""
        raise NotImplementedError

    def corner(self, x: Tensor) -> Tensor:
        """From numbers in the logits' shape to the structure of the largest sum, without a gradient."""
        raise NotImplementedError
