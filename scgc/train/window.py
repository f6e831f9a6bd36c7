"""The losses of the latest steps, kept on the device and looked at once in a while.

Reading a number from a GPU waits for all work before it, so a step only writes; what is not finite is found
when the window is read, with the step it began at.
"""

from __future__ import annotations

import torch
from torch import Tensor


class Window:
    """Up to `size` losses in a row."""

    def __init__(self, size: int, device: torch.device) -> None:
        self.size = size
        self._losses = torch.zeros(size, device=device)
        self._count = 0

    def add(self, loss: Tensor) -> None:
        self._losses[self._count] = loss
        self._count += 1

    def extend(self, losses: Tensor) -> None:
        """Add several, `[n]`, the oldest first."""
        self._losses[self._count : self._count + len(losses)] = losses
        self._count += len(losses)

    def restore(self, losses: Tensor) -> None:
        """Go on from the `losses` of another, `[n]`, which may have been larger."""
        self._losses = losses.new_zeros(max(self.size, len(losses) + 1))
        self.extend(losses)

    @property
    def full(self) -> bool:
        return self.room <= 0

    @property
    def room(self) -> int:
        """How many more there may be before it is full."""
        return self.size - self._count

    @property
    def losses(self) -> Tensor:
        """Those since the last reading."""
        return self._losses[: self._count]

    def read(self) -> list[float]:
        """The losses since the last reading."""
        values: list[float] = self.losses.tolist()
        self._count = 0
        return values
