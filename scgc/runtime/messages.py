"""Message passing along edges: m[v] = sum over u of along[u, v] * message(dst[v], src[u]).

`propagate_edges` and `propagate_to_parents` compute the messages of the edges only, `propagate_affine` one
for each node; `propagate` of `pairs.py` those of all pairs. The former two use index_add: a tree of n edges
needs no sparse matrix, and torch-geometric, whose `propagate` does the same scatter, would add nothing but
its import.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scgc.runtime.functions import broadcast_shapes
from scgc.runtime.pairs import Message


def propagate_to_parents(
    message: Message, dst: Tensor, src: Tensor, parent: Tensor, weight: Tensor | None = None
) -> Tensor:
    """`propagate` along a tree whose node u points at `parent[u]` only: n messages instead of n * n.

    message: called once, with [N, D] and [N, D'].
    parent: [..., n] nodes (integers). weight: [..., n] of the edges, 1 if left out.
    """
    n, m = dst.shape[-2], src.shape[-2]
    lead = broadcast_shapes(dst.shape[:-2], src.shape[:-2], parent.shape[:-1])
    dst, src = (x.expand(*lead, *x.shape[-2:]).flatten(0, -2) for x in (dst, src))
    first = n * torch.arange(lead.numel(), device=parent.device).reshape(*lead, 1)
    to = (parent.expand(*lead, m) + first).flatten()
    weight = None if weight is None else weight.expand(*lead, m).flatten()
    out = _collect(message(dst.index_select(0, to), src), weight, to, len(dst))
    return out.reshape(*lead, n, -1)


def propagate_edges(message: Message, dst: Tensor, src: Tensor, along: Tensor) -> Tensor:
    """`propagate` where most weights are 0: the messages of the others only.

    message: called once, with [edges, D] and [edges, D'].
    along: [..., n (u), n (v)]; entries that are 0 get no gradient.
    """
    n, m = dst.shape[-2], src.shape[-2]
    lead = broadcast_shapes(dst.shape[:-2], src.shape[:-2], along.shape[:-2])
    dst, src = (x.expand(*lead, *x.shape[-2:]).flatten(0, -2) for x in (dst, src))
    along = along.expand(*lead, m, n).reshape(lead.numel(), m, n)
    example, u, v = along.nonzero(as_tuple=True)
    to = example * n + v
    weight = None if along.dtype is torch.bool else along[example, u, v]
    messages = message(dst.index_select(0, to), src.index_select(0, example * m + u))
    return _collect(messages, weight, to, len(dst)).reshape(*lead, n, messages.shape[-1])


def propagate_affine(message: Message, dst: Tensor, src: Tensor, along: Tensor) -> Tensor:
    """`propagate` of a message that is affine in both ends together, along edges that are there or not: the
    sum of a node's messages is their number times the message from the mean of their senders.

    message: called once, with [..., n, D] and [..., n, D']. along: bool, [..., n (u), n (v)].
    """
    weights = along.mT.to(src.dtype)
    count = weights.sum(-1, keepdim=True)
    return message(dst, (weights / count.clamp_min(1)) @ src) * count


def _collect(messages: Tensor, weight: Tensor | None, to: Tensor, nodes: int) -> Tensor:
    """[nodes, K]: the sum of each node's messages."""
    if weight is not None:
        messages = messages * weight.unsqueeze(-1)
    return messages.new_zeros(nodes, messages.shape[-1]).index_add(0, to, messages)
