"""Message passing over all pairs: m[v] = sum over u of along[u, v] * message(dst[v], src[u]).

The messages are computed a few examples at a time, so that they stay in the processor's cache, and again in
the backward pass, so that no tensor over all pairs is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn.functional import pad

from scgc.runtime.dropout import keep_masks, same_masks
from scgc.runtime.functions import broadcast_shapes

Message = Callable[..., Tensor]
"""Of receivers and senders, [..., D] and [..., D'] that broadcast, and what else it is given, to messages
[..., K]."""

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
    given: Sequence[Tensor] = (),
) -> Tensor:
    """[..., n, K]: for every v the sum over u of along[u, v] * message(dst[v], src[u], *given).

    message: called with [c, v, 1, D] and [c, 1, u, D'] for some of the examples, once more in the backward
        pass. What it draws must come from `scgc.runtime.dropout`, which then has the same mask.
    dst, src, along: [..., n, D], [..., m, D'] and [..., m (u), n (v)] of any numbers; leading axes broadcast.
    parameters: the leaves that `message` reads besides its arguments; no others get a gradient through it.
    sizes: for every example (leading axes flattened) how many of its n nodes are real, the others standing
        behind them; their pairs are left out: messages to them are 0, and weights from them count as 0.
    given: the same for all pairs and examples.
    """
    lead = broadcast_shapes(dst.shape[:-2], src.shape[:-2], along.shape[:-2])
    every = lead.numel()
    dst, src, along = (
        x.expand(*lead, *x.shape[-2:]).reshape(every, *x.shape[-2:]) for x in (dst, src, along)
    )
    arguments = (dst, src, along, *given)
    out: Tensor = _Propagate.apply(message, sizes, len(arguments), *arguments, *parameters)  # type: ignore[no-untyped-call]
    return out.reshape(*lead, *out.shape[-2:])


class _Propagate(Function):
    """On one leading axis, in chunks of it. Kept for the backward pass: the arguments and dropout's masks.

    Of `tensors` the first `count` are the receivers, the senders, the weights and what the message is given;
    the others it reads by itself.
    """

    @staticmethod
    def forward(
        ctx: Any, message: Message, sizes: Sequence[int] | None, count: int, *tensors: Tensor
    ) -> Tensor:
        dst, src, along, *given = tensors[:count]
        ctx.message, ctx.count, ctx.autocast = message, count, _autocast(dst.device.type)
        ctx.chunks, ctx.masks, parts = list(_chunks(dst, src, sizes)), [], []
        for rows, n, m in ctx.chunks:
            with ctx.autocast(), keep_masks() as masks:
                part = _weigh(message, dst[rows, :n], src[rows, :m], along[rows, :m, :n], *given)
            parts.append(pad(part, (0, 0, 0, dst.shape[1] - n)))
            ctx.masks.append(masks)
        ctx.save_for_backward(*tensors)
        ctx.set_materialize_grads(False)
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, grad: Tensor | None) -> tuple[Tensor | None, ...]:
        if grad is None:
            return (None,) * len(ctx.needs_input_grad)
        wanted = ctx.needs_input_grad[3:]
        sums = [torch.zeros_like(x) if i < 3 else None for i, x in enumerate(ctx.saved_tensors)]
        # where the gradient is to be differentiated, 0 is a number like others
        read = None if torch.is_grad_enabled() else _with_gradient(grad)
        for (rows, n, m), masks in zip(ctx.chunks, ctx.masks, strict=True):
            some = None if read is None else read[read < n]
            to = slice(n) if some is None else some
            places = [(rows, to), (rows, slice(m)), (rows, slice(m), to)]
            with ctx.autocast(), same_masks(masks, some, n):
                found = _slopes(ctx, places, grad[rows, to])
            for i, gradient in found.items():
                known = sums[i]
                if known is not None and i < len(places):
                    known[places[i]] = gradient
                else:
                    sums[i] = gradient if known is None else known + gradient
        return None, None, None, *(x if yes else None for x, yes in zip(sums, wanted, strict=True))


def _slopes(ctx: Any, places: list[Any], grad: Tensor) -> dict[int, Tensor]:
    """The gradients of a chunk by the numbers of the tensors, with a graph of their own if they are to be
    differentiated once more."""
    higher, wanted, end = torch.is_grad_enabled(), ctx.needs_input_grad[3:], _End()
    inputs = list(ctx.saved_tensors)
    with torch.enable_grad():
        for i in range(ctx.count):
            x = inputs[i][places[i]] if i < len(places) else inputs[i]
            inputs[i] = _ended(x, end) if higher else x.detach().requires_grad_(wanted[i])
        part = _weigh(ctx.message, *inputs[: ctx.count])
    asked = [i for i, yes in enumerate(wanted) if yes]
    found = torch.autograd.grad(
        part, [inputs[i] for i in asked], grad, allow_unused=True, create_graph=higher
    )
    end.closed = False
    return {i: g for i, g in zip(asked, found, strict=True) if g is not None}


@dataclass
class _End:
    """Where a gradient goes no further, as long as it is closed."""

    closed: bool = True


class _Ended(Function):
    """An argument as it is. Parameters that a message reads may have made its arguments too: what reaches
    them by that way is found by the pass that asks for the gradient of the arguments."""

    @staticmethod
    def forward(ctx: Any, end: _End, x: Tensor) -> Tensor:
        ctx.end = end
        ctx.set_materialize_grads(False)
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor | None) -> tuple[None, Tensor | None]:
        return None, None if ctx.end.closed else grad


def _ended(x: Tensor, end: _End) -> Tensor:
    found: Tensor = _Ended.apply(end, x)  # type: ignore[no-untyped-call]
    return found


def _weigh(message: Message, dst: Tensor, src: Tensor, along: Tensor, *given: Tensor) -> Tensor:
    """[c, v, K] of [c, v, D], [c, u, D'] and [c, u, v]."""
    messages = message(dst.unsqueeze(-2), src.unsqueeze(-3), *given)
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
