"""Dropout with cheap masks, which a computation that is done twice can draw once.

On a CPU a mask costs as much as a matrix product if every element has a random number of its own (PyTorch's
`bernoulli_`: 180 million a second on one core). Here 16 bits decide on an element, so that one draw of 64
bits is good for four: a tenth of the time. The probability is met to within 2^-17.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from typing import Any

import torch
from torch import Tensor

from scgc.runtime.batched import Batched

LANES = 1 << 16
"""Values of the 16 bits that decide."""
WORDS = {torch.float32: torch.int32, torch.bfloat16: torch.int16, torch.float16: torch.int16}
"""Integers as wide as a float: a mask of ones or zeros is applied by `&`, several times as fast as `*`."""


def dropout(x: Tensor, p: float, *, training: bool) -> Tensor:
    """`x` with every element set to 0 with probability p, the others divided by 1 - p; x outside training.

    Inside of `keep_masks` and `same_masks` the mask is noted down, or read.
    """
    if not training or p == 0:
        return x
    notes = _notes.get()
    if notes is None:
        mask = draw_mask(x, p)
    elif notes.reading:
        mask = notes.next(x.shape)
    else:
        mask = draw_mask(x, p)
        notes.masks.append(mask)
    return _Masked.apply(x, mask, 1 / (1 - p) if p < 1 else 0.0)  # type: ignore[no-untyped-call, no-any-return]


def draw_mask(x: Tensor, p: float) -> Tensor:
    """Integers of x's shape: 0 with probability p, else -1, which has all its bits set. As wide as x where
    that is 16 bits, to be applied as they are; else int8."""
    lanes = x.new_empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    kept = round((1 - p) * LANES) - LANES // 2
    if kept >= LANES // 2:  # p is below 2^-17
        return torch.full(x.shape, -1, dtype=torch.int8, device=x.device)
    bits = lanes.view(torch.int16)[: x.numel()].lt_(kept)
    if WORDS.get(x.dtype) is not torch.int16:
        bits = bits.to(torch.int8)
    return bits.neg_().view(x.shape)


class _Masked(Batched):
    """x & mask, scaled; it remembers the mask only, one byte an element."""

    @staticmethod
    def forward(x: Tensor, mask: Tensor, scale: float) -> Tensor:
        return apply_mask(x, mask).mul_(scale)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, float], output: Tensor) -> None:
        _, mask, ctx.scale = inputs
        ctx.save_for_backward(mask)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (mask,) = ctx.saved_tensors
        return _Masked.apply(grad, mask, ctx.scale), None, None  # type: ignore[no-untyped-call]


def apply_mask(x: Tensor, mask: Tensor) -> Tensor:
    """`x` where the mask's bits are set, 0 elsewhere; a new tensor."""
    word = WORDS.get(x.dtype)
    if word is None:
        return x * -mask
    return torch.bitwise_and(x.contiguous().view(word), mask.to(word)).view(x.dtype)


class Notes:
    """Masks in the order in which a computation draws them.

    rows: reading, only these places of the masks' second axis, for masks that have `of` of them.
    """

    def __init__(self, masks: list[Tensor], reading: bool, rows: Tensor | None = None, of: int = 0) -> None:
        self.masks = masks
        self.reading = reading
        self.rows, self.of = rows, of
        self._unread = iter(masks)

    def next(self, shape: torch.Size) -> Tensor:
        """The next mask, for a tensor of that shape."""
        mask = next(self._unread)
        if self.rows is not None and mask.shape[1] == self.of and mask.shape != shape:
            mask = mask.index_select(1, self.rows)
        assert prod(mask.shape) == prod(shape), "the computation draws other masks than the first time"
        return mask


_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)


@contextmanager
def _noting(notes: Notes) -> Iterator[list[Tensor]]:
    token = _notes.set(notes)
    try:
        yield notes.masks
    finally:
        _notes.reset(token)


def keep_masks() -> Any:
    """A context that yields a list, to which every `dropout` in it adds its mask."""
    return _noting(Notes([], reading=False))


def same_masks(masks: list[Tensor], rows: Tensor | None = None, of: int = 0) -> Any:
    """A context in which `dropout` uses these masks instead of new ones, one after the other."""
    return _noting(Notes(masks, reading=True, rows=rows, of=of))
