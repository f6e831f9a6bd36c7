"""The base of autograd functions that vmap batches."""

from __future__ import annotations

from inspect import signature
from typing import Any

from torch.autograd import Function


class Batched(Function):
    """A function with `setup_context`. PyTorch asks for the signature of its `forward` at every call, which
    takes as long as several small operators: it is found once."""

    generate_vmap_rule = True

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.forward.__signature__ = signature(cls.forward)  # type: ignore[attr-defined]
