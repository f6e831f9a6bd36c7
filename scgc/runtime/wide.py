"""Categoricals over the rows of a large table, whose logits are products with those rows.

`select_softly` is a relaxed draw z and the product z @ values; `table_cross_entropy` a loss over all rows.
Both keep at most one tensor of [batch, rows] for the backward pass and work on it in place, a few examples at
a time, so that they stay in the processor's cache; the gradients of a `Table` are gathered in one tensor.
The products are in the precision of autocast, noise and softmax in float32 at least.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd import Function

from scgc.runtime.net import Mode
from scgc.runtime.noise import gumbel_like
from scgc.runtime.table import Table, add_product

CACHED = 1 << 18
"""Numbers of one tensor that is worked on at once, on a CPU."""
BLOCK = 1 << 24
"""Bytes of a temporary block of products: smaller ones would make the products slower."""


def select_softly(
    query: Tensor,
    table: Table,
    values: Table | None = None,
    *,
    tau: Tensor | float = 1.0,
    scale: Tensor | float = 1.0,
    recompute: bool = False,
    mode: Mode,
) -> Tensor:
    """z @ values, [..., L], with z ~ Categorical(logits = query @ table') relaxed by gumbel_softmax.

    query: [..., K]. table: [N, K]. values: [N, L], the table itself if left out.
    tau, scale: as in `gumbel_softmax`; numbers or tensors with one entry, without a gradient.
    recompute: keep nothing of size N for the backward pass, which then computes logits and noise again.

    In mode "sample" or "mode": the row of a hard draw, or of the most likely category.
    """
    values = table if values is None else values
    if mode != "train":
        return values.take(_choose(query, table, noisy=mode == "sample"))
    flat = query.reshape(-1, query.shape[-1])
    out: Tensor = _Select.apply(  # type: ignore[no-untyped-call]
        flat, table.rows, values.rows, table, values, tau, scale, recompute
    )
    return out.reshape(*query.shape[:-1], out.shape[-1])


def table_cross_entropy(query: Tensor, table: Table, target: Tensor) -> Tensor:
    """Minus the log-probability of `target` under Categorical(logits = query @ table'): [...].

    query: [..., K]. table: [N, K]. target: [...], integers below N.
    The gradient is computed in the forward pass, for an equal weight of all examples, as in a mean; for other
    weights it is computed again.
    """
    flat = query.reshape(-1, query.shape[-1])
    losses: Tensor = _CrossEntropy.apply(flat, table.rows, target.flatten(), table)  # type: ignore[no-untyped-call]
    return losses.reshape(target.shape)


@torch.no_grad()
def _choose(query: Tensor, table: Table, noisy: bool) -> Tensor:
    """[...]: for every query the row of the largest logit, with Gumbel noise if `noisy`."""
    flat = query.reshape(-1, query.shape[-1]).to(_precision(query))
    chosen = []
    for rows in _rows(len(flat), len(table.rows), _block(flat)):
        logits = flat[rows] @ table.cast(flat.dtype).t()
        chosen.append((logits + gumbel_like(logits) if noisy else logits).argmax(-1))
    return torch.cat(chosen).reshape(query.shape[:-1])


class _Select(Function):
    """Keeps z, or with `recompute` the state of the generator that its noise came from."""

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        _table: Tensor,
        _values: Tensor,
        table: Table,
        values: Table,
        tau: Tensor | float,
        scale: Tensor | float,
        recompute: bool,
    ) -> Tensor:
        ctx.table, ctx.values, ctx.tau, ctx.scale = table, values, tau, scale
        ctx.dtype, query = query.dtype, query.to(_precision(query))
        ctx.state = _generator_state(query.device) if recompute else None
        blocks = list(_rows(len(query), len(table.rows), _block(query)))
        z = None if recompute else query.new_empty(len(query), len(table.rows))
        parts = []
        for rows in blocks:
            part = _draw(ctx, query[rows], None if z is None else z[rows])
            parts.append(part @ values.cast(query.dtype))
        out = torch.cat(parts)
        ctx.save_for_backward(query, out, z)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        query, out, z = ctx.saved_tensors
        parts = []
        with _generator_at(grad.device, ctx.state):
            for rows in _rows(len(query), len(ctx.table.rows), _block(query)):
                part = _draw(ctx, query[rows], None) if z is None else z[rows]
                parts.append(_select_backward(ctx, query[rows], part, out[rows], grad[rows]))
        return torch.cat(parts).to(ctx.dtype), *(None,) * 7


def _draw(ctx: Any, query: Tensor, out: Tensor | None) -> Tensor:
    """softmax((query @ table' + scale * gumbel) / tau), [B, N]."""
    z = torch.mm(query, ctx.table.cast(query.dtype).t(), out=out)
    for rows in _rows(*z.shape, _cached(z)):
        x = z[rows].to(_wide(z))
        x += gumbel_like(x).mul_(ctx.scale)
        _exponentials(x.div_(ctx.tau))
        z[rows] = x.div_(x.sum(-1, keepdim=True))
    return z


def _select_backward(ctx: Any, query: Tensor, z: Tensor, out: Tensor, grad: Tensor) -> Tensor:
    """The gradient of the queries; those of the tables are gathered.

    With g the gradient of z @ values, that of the logits is z * (values @ g - (z @ values) . g) / tau.
    """
    table, values = ctx.table, ctx.values
    if values.gathered is not None:
        values.add_product(z, grad)
    inner = (grad * out).sum(-1, keepdim=True, dtype=_wide(z))
    logits = grad @ values.cast(grad.dtype).t()
    for rows in _rows(*z.shape, _cached(z)):
        x = logits[rows].to(inner.dtype)
        logits[rows] = x.sub_(inner[rows]).mul_(z[rows]).div_(ctx.tau)
    if table.gathered is not None:
        table.add_product(logits, query)
    return logits @ table.cast(logits.dtype)


class _CrossEntropy(Function):
    """Keeps the gradients for a weight of 1 of every example, until they are used."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, _table: Tensor, target: Tensor, table: Table) -> Tensor:
        ctx.table, ctx.dtype, query = table, query.dtype, query.to(_precision(query))
        ctx.save_for_backward(query, target)
        wanted = any(ctx.needs_input_grad)
        losses, ctx.of_query, ctx.of_table = _losses(query, target, table, None if wanted else False)
        return losses

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        query, target = ctx.saved_tensors
        of_query, of_table = ctx.of_query, ctx.of_table
        ctx.of_query = ctx.of_table = None
        if of_query is None or not (grad == grad[0]).all():
            _, of_query, of_table = _losses(query, target, ctx.table, grad)
        else:
            of_query = of_query * grad[0]
            of_table = None if of_table is None else of_table.mul_(grad[0])
        if of_table is not None:
            ctx.table.gathered.add(of_table)
        assert of_query is not None
        return of_query.to(ctx.dtype), None, None, None


def _losses(
    query: Tensor, target: Tensor, table: Table, weight: Tensor | Literal[False] | None
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Losses, [B], and the gradients of their sum weighted by `weight` (None: 1; False: none wanted)."""
    of_table = torch.zeros_like(table.rows) if table.gathered is not None and weight is not False else None
    losses, of_query = [], []
    for rows in _rows(len(query), len(table.rows), _block(query)):
        logits = query[rows] @ table.cast(query.dtype).t()
        losses.append(_to_gradient(logits, target[rows]))
        if weight is False:
            continue
        if weight is not None:
            logits *= weight[rows].unsqueeze(-1)
        of_query.append(logits @ table.cast(query.dtype))
        if of_table is not None:
            add_product(of_table, logits, query[rows])
    return torch.cat(losses), torch.cat(of_query) if of_query else None, of_table


def _to_gradient(logits: Tensor, target: Tensor) -> Tensor:
    """The losses, [B]; the logits, [B, N], become their gradient: softmax - onehot(target)."""
    losses = []
    for rows in _rows(*logits.shape, _cached(logits)):
        x, of = logits[rows].to(_wide(logits)), target[rows].unsqueeze(-1)
        true = x.gather(-1, of)
        largest = _exponentials(x)
        total = x.sum(-1, keepdim=True)
        losses.append((total.log() + largest - true).squeeze(-1))
        logits[rows] = x.div_(total).scatter_add_(-1, of, x.new_full(of.shape, -1.0))
    return torch.cat(losses)


def _exponentials(x: Tensor) -> Tensor:
    """x becomes exp(x - its largest entry), [B, N]; returns the largest, [B, 1]."""
    largest = x.amax(-1, keepdim=True)
    x.sub_(largest).exp_()
    return largest


def _rows(count: int, width: int, limit: int) -> Iterator[slice]:
    """Equal portions of `count` rows, of at most `limit` numbers each if a row is not more."""
    portions = min(count, -(-count * width // limit))
    size = -(-count // max(1, portions))
    return (slice(begin, begin + size) for begin in range(0, count, size))


def _cached(x: Tensor) -> int:
    """Numbers to work on at once: what stays in the cache of a CPU's core, and all on a GPU."""
    return CACHED if x.device.type == "cpu" else max(1, x.numel())


def _block(x: Tensor) -> int:
    return BLOCK // x.element_size()


def _precision(x: Tensor) -> torch.dtype:
    """In which products are computed: autocast's where it is on."""
    device = x.device.type
    if x.dtype is torch.float64 or not torch.is_autocast_enabled(device):
        return x.dtype
    return torch.get_autocast_dtype(device)


def _wide(x: Tensor) -> torch.dtype:
    return torch.promote_types(x.dtype, torch.float32)


def _generator_state(device: torch.device) -> Tensor:
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()


@contextmanager
def _generator_at(device: torch.device, state: Tensor | None) -> Iterator[None]:
    """With the generator as it was; after that as it is now."""
    if state is None:
        yield
        return
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        if device.type == "cuda":
            torch.cuda.set_rng_state(state, device)
        else:
            torch.set_rng_state(state)
        yield
