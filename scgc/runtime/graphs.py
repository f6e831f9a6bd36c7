"""Messages along the edges of a graph, by the way that its weights allow: all pairs, or the edges alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from scgc.runtime import messages, pairs
from scgc.runtime.pairs import Message


def propagate(
    message: Message,
    dst: Tensor,
    src: Tensor,
    along: Tensor,
    *given: Any,
    where: Tensor | None = None,
    pointers: bool = False,
    dense: bool = False,
    affine: bool = False,
) -> Tensor:
    """m[v] = sum over u of along[u, v] * message(dst[v], src[u], *given): [lead..., n, K].

    dst: [lead..., n, D]. src: [lead..., m, D']. along: [lead..., m, n]. Leading axes broadcast.
    given: what the message reads from outside: tensors, the same for all pairs; numbers; nets.
    where: [lead..., m], the senders that take part.
    pointers: every row of `along` is one-hot, so that each u sends to one v. dense: any pair may have a
    weight, through which a gradient passes; without it only what is not 0 is computed. affine: the message is
    affine in both ends, and `along` of truth values, so that one message a node is enough.
    """
    if dense:
        weights = along if where is None else torch.where(where.unsqueeze(-1), along, 0.0)
        tensors = [g for g in given if isinstance(g, Tensor)]
        read = _parameters(message, *given)
        return pairs.propagate(_given(message, given), dst, src, weights, read, given=tensors)
    if given:
        message = _given(message, given)
    if pointers:
        weight = None if where is None else where.to(src.dtype)
        return messages.propagate_to_parents(message, dst, src, along.argmax(-1), weight)
    edges = along if where is None else along * where.unsqueeze(-1)
    if affine:
        return messages.propagate_affine(message, dst, src, edges)
    return messages.propagate_edges(message, dst, src, edges)


def _given(message: Message, given: Sequence[Any]) -> Message:
    """The message with what else it is given; further arguments replace its tensors."""

    def called(dst: Tensor, src: Tensor, *tensors: Tensor) -> Tensor:
        others = iter(tensors)
        return message(dst, src, *(next(others, g) if isinstance(g, Tensor) else g for g in given))

    return called


def _parameters(*read: Any) -> tuple[Tensor, ...]:
    """Those of nets: their own, or those of the module whose method one is."""
    owners = [r if isinstance(r, nn.Module) else getattr(r, "__self__", None) for r in read]
    found = [p for o in owners if isinstance(o, nn.Module) for p in o.parameters()]
    return tuple({id(p): p for p in found}.values())
