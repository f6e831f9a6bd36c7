"""Message passing over weighted edges: m[v] = sum over u of along[u, v] * message(dst[v], src[u]).

`propagate` computes the messages of all pairs, a few examples at a time, so that they stay in the processor's
cache, and again in the backward pass, so that no tensor over all pairs is kept. `propagate_edges` and
`propagate_to_parents` compute those of the edges only, `propagate_affine` one for each node. The former two
use index_add: a tree of n edges needs no sparse matrix, and torch-geometric, whose `propagate` does the same
scatter, would add nothing but its import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn.functional import pad

from scgc.runtime.dropout import keep_masks, same_masks
from scgc.runtime.functions import broadcast_shapes

Message = Callable[[Tensor, Tensor], Tensor]
"""Of receivers and senders, [..., D] and [..., D'] that broadcast, to messages [..., K]."""

CACHED = 1 << 20
"""Bytes of a core in one tensor over pairs, on a CPU: half of its second-level cache."""
RESIDENT = 1 << 27
"""The same on a GPU, where few large kernels are faster."""


def propagate(
    message: Message,
    dst: Tensor,
    src: Tensor,
    along: Tensor,
    parameters: Sequence[Tensor] = (),
    sizes: Sequence[int] | None = None,
) -> Tensor:
    """[..., n, K]: for every v the sum over u of along[u, v] * message(dst[v], src[u]).

    message: called with [c, v, 1, D] and [c, 1, u, D'] for some of the examples, once more in the backward
        pass. What it draws must come from `scgc.runtime.dropout`, which then has the same mask.
    dst, src, along: [..., n, D], [..., m, D'] and [..., m (u), n (v)] of any numbers; leading axes broadcast.
    parameters: the tensors that `message` reads besides its arguments; no others get a gradient through it.
    sizes: for every example (leading axes flattened) how many of its n nodes are real, the others standing
        behind them; their pairs are left out: messages to them are 0, and weights from them count as 0.

    Not differentiable twice.
    """
    lead = broadcast_shapes(dst.shape[:-2], src.shape[:-2], along.shape[:-2])
    every = lead.numel()
    dst, src, along = (
        x.expand(*lead, *x.shape[-2:]).reshape(every, *x.shape[-2:]) for x in (dst, src, along)
    )
    out: Tensor = _Propagate.apply(message, sizes, dst, src, along, *parameters)  # type: ignore[no-untyped-call]
    return out.reshape(*lead, *out.shape[-2:])


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


class _Propagate(Function):
    """On one leading axis, in chunks of it. Kept for the backward pass: the arguments and dropout's masks."""

    @staticmethod
    def forward(
        ctx: Any,
        message: Message,
        sizes: Sequence[int] | None,
        dst: Tensor,
        src: Tensor,
        along: Tensor,
        *parameters: Tensor,
    ) -> Tensor:
        ctx.message, ctx.autocast = message, _autocast(dst.device.type)
        ctx.chunks, ctx.masks, parts = list(_chunks(dst, src, sizes)), [], []
        for rows, n, m in ctx.chunks:
            with ctx.autocast(), keep_masks() as masks:
                part = _weigh(message, dst[rows, :n], src[rows, :m], along[rows, :m, :n])
            parts.append(pad(part, (0, 0, 0, dst.shape[1] - n)))
            ctx.masks.append(masks)
        ctx.save_for_backward(dst, src, along, *parameters)
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        dst, src, along, *parameters = ctx.saved_tensors
        wanted = ctx.needs_input_grad[2:]
        sums: list[Tensor | None] = [torch.zeros_like(x) for x in (dst, src, along)]
        sums += [None] * len(parameters)  # until a message is seen to read one
        read = _with_gradient(grad)
        for (rows, n, m), masks in zip(ctx.chunks, ctx.masks, strict=True):
            some = None if read is None else read[read < n]
            to = slice(n) if some is None else some
            places: list[Any] = [(rows, to), (rows, slice(m)), (rows, slice(m), to)]
            leaves = [
                x[place].detach().requires_grad_(yes)
                for x, place, yes in zip((dst, src, along), places, wanted[:3], strict=True)
            ]
            with torch.enable_grad(), ctx.autocast(), same_masks(masks, some, n):
                part = _weigh(ctx.message, *leaves)
            asked = [i for i, yes in enumerate(wanted) if yes]
            inputs = (*leaves, *parameters)
            found = torch.autograd.grad(part, [inputs[i] for i in asked], grad[rows, to], allow_unused=True)
            for i, gradient in zip(asked, found, strict=True):
                known = sums[i]
                if gradient is None:
                    continue
                if i < len(places):
                    assert known is not None
                    known[places[i]] = gradient
                else:
                    sums[i] = gradient if known is None else known + gradient
        return None, None, *(x if yes else None for x, yes in zip(sums, wanted, strict=True))


def _weigh(message: Message, dst: Tensor, src: Tensor, along: Tensor) -> Tensor:
    """[c, v, K] of [c, v, D], [c, u, D'] and [c, u, v]."""
    messages = message(dst.unsqueeze(-2), src.unsqueeze(-3))
    messages = messages.expand(*along.transpose(-1, -2).shape, messages.shape[-1])
    weights = along.transpose(-1, -2).to(messages.dtype).contiguous()
    return (weights.unsqueeze(-2) @ messages).squeeze(-2)


def _chunks(dst: Tensor, src: Tensor, sizes: Sequence[int] | None) -> Iterator[tuple[slice, int, int]]:
    """Consecutive examples, and the largest numbers of receivers and of senders among them."""
    examples, width = dst.shape[0], max(dst.shape[2], src.shape[2])
    n, m = dst.shape[1], src.shape[1]
    limit = CACHED * torch.get_num_threads() if dst.device.type == "cpu" else RESIDENT
    limit //= _dtype(dst).itemsize
    begin = 0
    while begin < examples:
        largest = max(n, m) if sizes is None else max(1, sizes[begin])
        end = begin + 1
        while end < examples:
            larger = largest if sizes is None else max(largest, sizes[end])
            if (end + 1 - begin) * larger * larger * width > limit:
                break
            largest, end = larger, end + 1
        yield slice(begin, end), min(n, largest), min(m, largest)
        begin = end


def _with_gradient(grad: Tensor) -> Tensor | None:
    """The nodes whose gradient is not 0 everywhere, if they are few: often only the root's result is read.

    Not on a GPU, which would have to be waited for.
    """
    if grad.device.type != "cpu":
        return None
    found = (grad != 0).any(-1).any(0).nonzero().squeeze(-1)
    return found if 2 * len(found) <= grad.shape[1] else None


def _dtype(x: Tensor) -> torch.dtype:
    """The one in which messages of x are computed."""
    device = x.device.type
    if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
        return torch.get_autocast_dtype(device)
    return x.dtype


def _autocast(device: str) -> Callable[[], AbstractContextManager[Any]]:
    """The precision of now, for later. Without the cache of cast weights: those cast here have no graph."""
    if not torch.amp.is_autocast_available(device):
        return nullcontext
    enabled, dtype = torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)
    return partial(torch.autocast, device, dtype=dtype, enabled=enabled, cache_enabled=False)
