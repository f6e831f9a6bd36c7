"""A large table of parameters that several computations of one step read.

Autograd would make a table-sized gradient for every use and add them up; here the uses add to one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from weakref import WeakValueDictionary

import torch
from torch import Tensor
from torch.autograd import Function

from scgc.runtime.products import matmul

PORTION = 1 << 9
"""Rows of a gradient that are added to at once: the product is still in the cache then."""


class Gathered:
    """The gradient of a table in the making. A use is told to add to it, and reports no gradient itself."""

    def __init__(self) -> None:
        self._sum: Tensor | None = None
        self._pass = -1

    @property
    def sum(self) -> Tensor | None:
        """The sum so far of this backward pass; what another pass left is none of this one's."""
        return self._sum if self._pass == torch._C._current_graph_task_id() else None

    @sum.setter
    def sum(self, value: Tensor | None) -> None:
        self._sum, self._pass = value, torch._C._current_graph_task_id()


class Table:
    """`rows` [N, K], and where its gradient is gathered; None where no gradient is asked for."""

    def __init__(self, rows: Tensor) -> None:
        self.gathered: Final = Gathered() if rows.requires_grad and torch.is_grad_enabled() else None
        self.rows: Tensor = rows
        if self.gathered is not None:
            self.rows = _Shared.apply(rows, self.gathered)  # type: ignore[no-untyped-call]
        self.source, self.version = rows, rows._version
        self._cast: Tensor | None = None

    @classmethod
    def of(cls, rows: Tensor) -> Table:
        """The one that other computations of the same step use."""
        found = _TABLES.get(id(rows))
        same = found is not None and found.source is rows and found.version == rows._version
        if found is not None and same and torch.is_grad_enabled():
            return found
        made = cls(rows)
        if made.gathered is not None:
            _TABLES[id(rows)] = made
        return made

    def cast(self, dtype: torch.dtype) -> Tensor:
        """The rows in a dtype, without a gradient; made once for all uses."""
        rows = self.rows.detach()
        if rows.dtype == dtype:
            return rows
        if self._cast is None or self._cast.dtype != dtype:
            self._cast = rows.to(dtype)
        return self._cast

    def take(self, index: Tensor) -> Tensor:
        """The rows of [...] indices, [..., K]."""
        taken: Tensor = _Take.apply(self.rows, index, self)  # type: ignore[no-untyped-call]
        return taken

    def add_product(self, left: Tensor, right: Tensor) -> None:
        """Add left' @ right, of [B, N] and [B, K], to the gradient."""
        assert self.gathered is not None
        self.gathered.sum = add_product(self.gathered.sum, self.rows, left, right)

    def add(self, gradient: Tensor) -> None:
        """Add a gradient of the table's shape, which may be changed from now on."""
        assert self.gathered is not None
        total = self.gathered.sum
        self.gathered.sum = gradient if total is None else total.add_(gradient)


_TABLES: WeakValueDictionary[int, Table] = WeakValueDictionary()
"""By the identity of the rows, as long as the graph of a step, or anything else, holds them."""


def add_product(total: Tensor | None, like: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """total + left' @ right, in place, of the dtype of `like`; the product is of its factors' dtype."""
    if total is None:
        total = torch.zeros_like(like)
    for columns, part in zip(torch.split(left, PORTION, 1), torch.split(total, PORTION), strict=True):
        part += matmul(columns.t(), right)
    return total


def differentiated(
    compute: Callable[..., Tensor], inputs: tuple[Tensor, ...], grad: Tensor
) -> tuple[Tensor | None, ...]:
    """The gradients of what `compute` makes of the inputs, which can be differentiated once more: for a
    backward pass with `create_graph`, in which nothing is gathered and nothing is computed in place."""
    own = [x.view_as(x) for x in inputs]  # so that a gradient ends here, if one input comes from another
    wanted = [x for x in own if x.requires_grad]
    found = iter(torch.autograd.grad(compute(*own), wanted, grad, create_graph=True))
    return tuple(next(found) if x.requires_grad else None for x in own)


class _Shared(Function):
    """The table itself; backward, what the uses gathered and what plain autograd brings."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, gathered: Gathered) -> Tensor:
        ctx.gathered = gathered
        ctx.set_materialize_grads(False)
        return rows.view_as(rows)

    @staticmethod
    def backward(ctx: Any, grad: Tensor | None) -> tuple[Tensor | None, None]:
        total, ctx.gathered.sum = ctx.gathered.sum, None
        if total is None or grad is None:
            return grad if total is None else total, None
        return total.add_(grad), None


class _Take(Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, index: Tensor, table: Table) -> Tensor:
        ctx.table = table
        ctx.save_for_backward(index, rows)
        return rows.index_select(0, index.flatten()).view(*index.shape, rows.shape[-1])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        index, rows = ctx.saved_tensors
        if torch.is_grad_enabled():
            return *differentiated(lambda own: own[index], (rows,), grad), None, None
        total = ctx.table.gathered.sum
        if total is None:
            total = torch.zeros_like(ctx.table.rows)
            ctx.table.add(total)
        total.index_add_(0, index.flatten(), grad.reshape(-1, grad.shape[-1]).to(total.dtype))
        return None, None, None
