"""The base of autograd functions that vmap batches."""

from __future__ import annotations

from functools import partial
from inspect import signature
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


class Batched(Function):
    """A function with `setup_context`. PyTorch asks for the signature of its `forward` at every call, which
    takes as long as several small operators: it is found once."""

    generate_vmap_rule = True

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.forward.__signature__ = signature(cls.forward)  # type: ignore[attr-defined]


class OneByOne(Batched):
    """One that is called for each run by itself where runs train side by side: a batch of them would be
    slower, or is unknown to its library."""

    generate_vmap_rule = False

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.vmap = staticmethod(partial(_one_by_one, cls))  # type: ignore[method-assign]


def _one_by_one(
    function: type[Function], info: Any, in_dims: tuple[int | None, ...], *inputs: Any
) -> tuple[Tensor, int]:
    count = info.batch_size
    given = [[x] * count if at is None else x.unbind(at) for x, at in zip(inputs, in_dims, strict=True)]
    each = [function.apply(*run) for run in zip(*given, strict=True)]  # type: ignore[no-untyped-call]
    return torch.stack(each), 0
