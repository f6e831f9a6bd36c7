"""Messages along the edges of a graph, by the way that its weights allow: all pairs, or the edges alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scgc.runtime import messages


def propagate(
    message: messages.Message,
    dst: Tensor,
    src: Tensor,
    along: Tensor,
    *,
    where: Tensor | None = None,
    pointers: bool = False,
    dense: bool = False,
    affine: bool = False,
) -> Tensor:
    """m[v] = sum over u of along[u, v] * message(dst[v], src[u]): [lead..., n, K].

    dst: [lead..., n, D]. src: [lead..., m, D']. along: [lead..., m, n]. Leading axes broadcast.
    where: [lead..., m], the senders that take part.
    pointers: every row of `along` is one-hot, so that each u sends to one v. dense: any pair may have a
    weight, through which a gradient passes; without it only what is not 0 is computed. affine: the message is
    affine in both ends, and `along` of truth values, so that one message a node is enough.
    """
    if dense:
        weights = along if where is None else torch.where(where.unsqueeze(-1), along, 0.0)
        return messages.propagate(message, dst, src, weights, _parameters(message))
    if pointers:
        weight = None if where is None else where.to(src.dtype)
        return messages.propagate_to_parents(message, dst, src, along.argmax(-1), weight)
    edges = along if where is None else along * where.unsqueeze(-1)
    if affine:
        return messages.propagate_affine(message, dst, src, edges)
    return messages.propagate_edges(message, dst, src, edges)


def _parameters(message: messages.Message) -> tuple[Tensor, ...]:
    """Those that a message can read: its own, or those of the module whose method it is."""
    owner = message if isinstance(message, nn.Module) else getattr(message, "__self__", None)
    return tuple(owner.parameters()) if isinstance(owner, nn.Module) else ()
