"""Categoricals over the rows of a large table, whose logits are products with those rows.

`select_softly` is a relaxed draw z and the product z @ values; `table_cross_entropy` a loss over all rows.
Both keep at most one tensor of [batch, rows] for the backward pass and work on it in place, a few examples at
a time, so that they stay in the processor's cache; the gradients of a `Table` are gathered in one tensor.
A backward pass that is to be differentiated itself has all logits at once and gathers nothing.
The products are in the precision of autocast, noise and softmax in float32 at least.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function

from scgc.estimators.gumbel_softmax import gumbel_softmax
from scgc.runtime.categorical import Categorical
from scgc.runtime.functions import broadcast_shapes, cross_entropy
from scgc.runtime.net import Mode
from scgc.runtime.noise import exponential_like, gumbel_like
from scgc.runtime.products import linear, matmul
from scgc.runtime.table import Table, add_product, differentiated

CACHED = 1 << 18
"""Numbers of one tensor that a core works on at once, on a CPU."""
BLOCK = 1 << 22
"""Numbers of a temporary block of products: smaller ones would make the products slower."""
KEPT = BLOCK
"""Numbers that one relaxed selection keeps for the backward pass: several in a row are used in one step, and
computing what is beyond again costs a fifth of it."""
LARGE = 1 << 18
"""Numbers of a relaxed draw from which on `select_row` avoids having it whole; below it would be slower."""


def select_row(
    query: Tensor,
    table: Tensor,
    values: Tensor | None = None,
    *,
    tau: Tensor | float = 1.0,
    scale: Tensor | float = 1.0,
    mode: Mode,
) -> tuple[Tensor, Tensor | None]:
    """z @ values, [..., L], and z, [..., N], with z ~ Categorical(logits = query @ table').

    query: [..., K]. table: [N, K]. values: [N, L], the table itself if left out.
    tau, scale: as in `gumbel_softmax`, by which z is relaxed in training; otherwise it is a corner.

    In training a z of more than `LARGE` numbers is None: its entries are never all there at once.
    """
    values = table if values is None else values
    if torch.compiler.is_compiling() or query[..., 0].numel() * len(table) <= LARGE:
        z = gumbel_softmax(Categorical(logits=linear(query, table)), tau=tau, scale=scale, mode=mode)
        return z @ values, z
    if mode != "train":
        chosen = _choose(query, Table(table), noisy=mode == "sample")
        z = query.new_zeros(*chosen.shape, len(table)).scatter(-1, chosen.unsqueeze(-1), 1.0)
        return values[chosen], z
    shared = Table.of(table)
    other = shared if values is table else Table.of(values)
    return select_softly(query, shared, other, tau=tau, scale=scale, mode=mode), None


def row_logits(query: Tensor, table: Tensor, *, keep: bool) -> Tensor | None:
    """query @ table', [..., N], for `row_cross_entropy` and what else reads them.

    keep: whether anything else does. Without it, more than `LARGE` numbers are None: they are never all
    there at once.
    """
    if keep or torch.compiler.is_compiling() or query[..., 0].numel() * len(table) <= LARGE:
        return linear(query, table)
    return None


def row_cross_entropy(query: Tensor, table: Tensor, target: Tensor, logits: Tensor | None) -> Tensor:
    """Minus the log-probability of `target`, [...], under Categorical(logits = query @ table'), [...].

    query: [..., K]. table: [N, K]. logits: what `row_logits` gave.
    """
    if logits is not None:
        if logits.dim() == 2 and target.dim() == 1:
            return F.cross_entropy(logits, target, reduction="none")
        return cross_entropy(logits, target)
    lead = broadcast_shapes(query.shape[:-1], target.shape)
    return table_cross_entropy(query.expand(*lead, -1), Table.of(table), target.expand(lead))


def select_softly(
    query: Tensor,
    table: Table,
    values: Table | None = None,
    *,
    tau: Tensor | float = 1.0,
    scale: Tensor | float = 1.0,
    recompute: float | None = None,
    mode: Mode,
) -> Tensor:
    """z @ values, [..., L], with z ~ Categorical(logits = query @ table') relaxed by gumbel_softmax.

    query: [..., K]. table: [N, K]. values: [N, L], the table itself if left out.
    tau, scale: as in `gumbel_softmax`; numbers or tensors with one entry, without a gradient.
    recompute: the share of the examples, 0 to 1, of which nothing of size N is kept for the backward pass; it
        computes their logits and noise again. None for as much as does not fit into `KEPT` numbers.

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
    for rows in _rows(len(flat), len(table.rows), BLOCK):
        logits = matmul(flat[rows], table.cast(flat.dtype).t())
        chosen.append((logits + gumbel_like(logits) if noisy else logits).argmax(-1))
    return torch.cat(chosen).reshape(query.shape[:-1])


class _Select(Function):
    """Keeps, of every block of examples, exponentials of the perturbed logits until they are used once, and
    the state of the generator, from which they can be drawn again.

    With w = exp((query @ table' + scale * gumbel) / tau) up to a factor of each row, and s the sums of
    w's rows, z is w / s. The factors 1 / tau and 1 / s go to tensors of [B, K], not to those of [B, N].
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        table_rows: Tensor,
        values_rows: Tensor,
        table: Table,
        values: Table,
        tau: Tensor | float,
        scale: Tensor | float,
        recompute: float | None,
    ) -> Tensor:
        given = query, table_rows, values_rows
        ctx.table, ctx.values, ctx.tau, ctx.scale = table, values, tau, scale
        ctx.dtype, ctx.precision = query.dtype, _precision(query)
        query = (query / tau).to(ctx.precision)
        blocks = list(_rows(len(query), len(table.rows), BLOCK))
        kept = _kept(query, len(table.rows), len(blocks), recompute) if any(ctx.needs_input_grad) else 0
        ctx.kept, ctx.states, sums, parts = [], [], [], []
        for i, rows in enumerate(blocks):
            ctx.states.append(_generator_state(query.device))
            w, total = _draw(ctx, query[rows])
            parts.append(matmul(w, values.cast(w.dtype)).div_(total))
            sums.append(total)
            ctx.kept.append(w if i < kept else None)
            del w  # before the next one
        out = torch.cat(parts)
        ctx.save_for_backward(torch.cat(sums), out, *given)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        total, out, *given = ctx.saved_tensors
        query = (given[0] / ctx.tau).to(ctx.precision)
        if torch.is_grad_enabled():
            noise = _noise(ctx, query)
            whole = partial(_selected, noise=noise, tau=ctx.tau, dtype=out.dtype)
            return *differentiated(whole, tuple(given), grad), *(None,) * 5
        grad = (grad / total).to(query.dtype)
        inner = (grad * out).sum(-1, keepdim=True, dtype=_wide(out))
        parts = []
        blocks = _rows(len(query), len(ctx.table.rows), BLOCK)
        for i, rows in enumerate(blocks):
            w, ctx.kept[i] = ctx.kept[i], None
            if w is None:
                with _generator_at(grad.device, ctx.states[i]):
                    w, _ = _draw(ctx, query[rows])
            parts.append(_select_backward(ctx, query[rows], w, inner[rows], grad[rows]))
            del w
        return torch.cat(parts).to(ctx.dtype).div_(ctx.tau), *(None,) * 7


def _kept(query: Tensor, width: int, blocks: int, recompute: float | None) -> int:
    """Of how many equal blocks of examples the exponentials are kept."""
    if recompute is not None:
        return round((1 - recompute) * blocks)
    whole = len(query) * width
    return blocks * KEPT // whole if whole > KEPT else blocks


def _draw(ctx: Any, query: Tensor) -> tuple[Tensor, Tensor]:
    """w, [B, N], and its sums, [B, 1]; of queries that are divided by tau."""
    w = matmul(query, ctx.table.cast(query.dtype).t())
    totals = []
    for rows in _rows(len(w), w.shape[1], _cached(w)):
        x = w[rows].to(_wide(w))
        x += exponential_like(x).log_().mul_(-ctx.scale / ctx.tau)
        _exponentials(x)
        totals.append(x.sum(-1, keepdim=True))
        if x.dtype != w.dtype:
            w[rows] = x
    return w, torch.cat(totals)


def _noise(ctx: Any, query: Tensor) -> Tensor:
    """What `_draw` added to the logits of all queries, times tau: [B, N]."""
    width, parts = len(ctx.table.rows), []
    for i, rows in enumerate(_rows(len(query), width, BLOCK)):
        with _generator_at(query.device, ctx.states[i]):
            some = query[rows]
            for portion in _rows(len(some), width, _cached(query)):
                x = some.new_empty(len(some[portion]), width, dtype=_wide(query))
                parts.append(exponential_like(x).log_().mul_(-ctx.scale))
    return torch.cat(parts)


def _selected(
    query: Tensor, table: Tensor, values: Tensor, *, noise: Tensor, tau: Tensor | float, dtype: torch.dtype
) -> Tensor:
    """The same as the forward pass, with all logits at once."""
    query, table, values = (x.to(noise.dtype) for x in (query, table, values))
    return (((query @ table.t() + noise) / tau).softmax(-1) @ values).to(dtype)


def _select_backward(ctx: Any, query: Tensor, w: Tensor, inner: Tensor, grad: Tensor) -> Tensor:
    """The gradient of queries that are divided by tau; those of the tables are gathered. Changes w.

    With g the gradient of z @ values divided by s, that of the logits is w * (values @ g - (z @ values) . g).
    """
    table, values = ctx.table, ctx.values
    if values.gathered is not None:
        values.add_product(w, grad)
    for some in _rows(len(w), w.shape[1], BLOCK // 2):
        direction = matmul(grad[some], values.cast(grad.dtype).t())
        for rows in _rows(len(direction), w.shape[1], _cached(w)):
            w[some][rows] *= direction[rows].to(inner.dtype).sub_(inner[some][rows])
        del direction  # before the next one
    if table.gathered is not None:
        table.add_product(w, query)
    return matmul(w, table.cast(w.dtype))


class _CrossEntropy(Function):
    """Keeps the gradients for a weight of 1 of every example, until they are used."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, rows: Tensor, target: Tensor, table: Table) -> Tensor:
        given = query, rows
        ctx.table, ctx.dtype, query = table, query.dtype, query.to(_precision(query))
        ctx.save_for_backward(query, target, *given)
        wanted = any(ctx.needs_input_grad)
        losses, ctx.of_query, ctx.of_table = _losses(query, target, table, None if wanted else False)
        return losses

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        query, target, *given = ctx.saved_tensors
        if torch.is_grad_enabled():
            return *differentiated(partial(_crossed, target=target), tuple(given), grad), None, None
        of_query, of_table = ctx.of_query, ctx.of_table
        ctx.of_query = ctx.of_table = None
        if of_query is None or not (grad == grad[0]).all():
            _, of_query, of_table = _losses(query, target, ctx.table, grad)
        else:
            of_query = of_query * grad[0]
            of_table = None if of_table is None else of_table.mul_(grad[0])
        if of_table is not None:
            ctx.table.add(of_table)
        assert of_query is not None
        return of_query.to(ctx.dtype), None, None, None


def _crossed(query: Tensor, table: Tensor, *, target: Tensor) -> Tensor:
    """The same losses, with all logits at once."""
    dtype = _wide(query)
    return F.cross_entropy(query.to(dtype) @ table.to(dtype).t(), target, reduction="none")


def _losses(
    query: Tensor, target: Tensor, table: Table, weight: Tensor | Literal[False] | None
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Losses, [B], and the gradients of their sum weighted by `weight` (None: 1; False: none wanted)."""
    of_table: Tensor | None = None
    losses, of_query = [], []
    for rows in _rows(len(query), len(table.rows), BLOCK):
        logits = matmul(query[rows], table.cast(query.dtype).t())
        losses.append(_to_gradient(logits, target[rows]))
        if weight is False:
            continue
        if weight is not None:
            logits *= weight[rows].unsqueeze(-1)
        of_query.append(matmul(logits, table.cast(query.dtype)))
        if table.gathered is not None:
            of_table = add_product(of_table, table.rows, logits, query[rows])
        del logits  # before the next ones
    return torch.cat(losses), torch.cat(of_query) if of_query else None, of_table


def _to_gradient(logits: Tensor, target: Tensor) -> Tensor:
    """The losses, [B]; the logits, [B, N], become their gradient: softmax - onehot(target)."""
    losses = []
    for rows in _rows(len(logits), logits.shape[1], _cached(logits)):
        x, of = logits[rows].to(_wide(logits)), target[rows].unsqueeze(-1)
        true = x.gather(-1, of)
        largest = _exponentials(x)
        total = x.sum(-1, keepdim=True)
        losses.append((total.log() + largest - true).squeeze(-1))
        x.div_(total).scatter_add_(-1, of, x.new_full(of.shape, -1.0))
        if x.dtype != logits.dtype:
            logits[rows] = x
    return torch.cat(losses)


def _exponentials(x: Tensor) -> Tensor:
    """x becomes exp(x - its largest entry), [B, N]; returns the largest, [B, 1]."""
    largest = x.amax(-1, keepdim=True)
    x.sub_(largest).exp_()
    return largest


def _rows(count: int, width: int, limit: int) -> Iterator[slice]:
    """Equal portions of `count` rows, of at most `limit` numbers each if a row is not more."""
    portions = min(count, -(-count * width // max(1, limit)))
    size = -(-count // max(1, portions))
    return (slice(begin, begin + size) for begin in range(0, count, size))


def _cached(x: Tensor) -> int:
    """Numbers to work on at once: what stays in the cache of a CPU's core, and all on a GPU."""
    return CACHED * torch.get_num_threads() if x.device.type == "cpu" else max(1, x.numel())


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
def _generator_at(device: torch.device, state: Tensor) -> Iterator[None]:
    """With the generator as it was; after that as it is now."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        if device.type == "cuda":
            torch.cuda.set_rng_state(state, device)
        else:
            torch.set_rng_state(state)
        yield
