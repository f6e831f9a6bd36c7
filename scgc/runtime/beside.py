"""Costs of values that stand beside a node's draw: what is only compared, and what is only subtracted.

Estimators that compare draws weigh most of them by 0: a number is all that the gradient wants of their costs,
and a backward pass through what follows them would multiply zeros. A control variate has the mean 0 whatever
the parameters of what follows are, so that these have nothing to learn from it. Generated modules compute the
costs of such values by a method of their own, `below`, behind those of the draw, and both functions here give

    the costs of the draw and, behind them on the node's sample axis, those of the values beside it,

with the derivatives of all orders that the estimator needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

Costs = tuple[Tensor, ...]
Below = Callable[..., Costs]
"""A method of the model: of values of a node and what else the costs read, the costs, [S, ..., B] each."""


def beside(values: Tensor, weights: Tensor | None, count: int) -> tuple[Tensor, Tensor]:
    """The first `count` values of a node, which are its draws and pass no gradient, and the others; outside
    of training, where there are no weights, the values as they are, and none."""
    if weights is None:
        return values, values[:0]
    return values[:count].detach(), values[count:]


def compared(costs: Costs, below: Below, values: Tensor, *given: Tensor, axis: int = 0) -> Costs:
    """Costs of values that have the weight 0. Their derivatives are computed when they are not multiplied by
    zero, or are to be differentiated once more: then what follows is computed again.

    costs: of the draws, [samples, ..., B]. values: those beside them; given: what else `below` reads.
    """
    if torch.compiler.is_compiling():  # which does not follow what depends on gradients
        return _joined(costs, below(values, *given), len(values), axis)
    parameters = [p for p in _owner(below).parameters() if p.requires_grad]
    found = _Numbers.apply(below, len(given), values, *given, *parameters)  # type: ignore[no-untyped-call]
    return _joined(costs, found, len(values), axis)


def subtracted(costs: Costs, below: Below, values: Tensor, *given: Tensor, axis: int = 0) -> Costs:
    """Costs that enter a control variate: differentiable in `values` and in nothing else. The derivative that
    has been found to steer the estimator is not computed again for the gradient.

    costs: of the draws, [samples, ..., B]. values: those beside them; given: what else `below` reads.
    """
    fixed = {n: p.detach() for n, p in _owner(below).named_parameters()}
    own = values.view_as(values)
    found = _called(below, fixed, own, [g.detach() for g in given])
    if values.requires_grad:
        known = _Known()
        own.register_hook(known.find)  # type: ignore[no-untyped-call]
        found = _Remembered.apply(known, values, *found)  # type: ignore[no-untyped-call]
    return _joined(costs, found, len(values), axis)


class _Numbers(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, below: Below, count: int, values: Tensor, *tensors: Tensor) -> Costs:
        ctx.below, ctx.count = below, count
        kind = values.device.type
        ctx.low = {"device_type": kind, "enabled": torch.is_autocast_enabled(kind)}
        ctx.low["dtype"] = torch.get_autocast_dtype(kind)
        ctx.save_for_backward(values, *tensors)
        return below(values, *tensors[:count])

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        higher = torch.is_grad_enabled()
        values, *tensors = ctx.saved_tensors
        nothing = (None,) * (3 + len(tensors))
        if not higher and not any(bool(s.any()) for s in slopes):
            return nothing
        with torch.enable_grad(), torch.autocast(**ctx.low):
            # other tensors of the same values, so that a gradient ends at what was given
            own = [t.view_as(t) for t in tensors]
            names = [n for n, p in _owner(ctx.below).named_parameters() if p.requires_grad]
            costs = _called(
                ctx.below, dict(zip(names, own[ctx.count :], strict=True)), values, own[: ctx.count]
            )
            differentiable = [(c, s) for c, s in zip(costs, slopes, strict=True) if c.requires_grad]
            wanted = [x for x in own if x.requires_grad]
            if not differentiable or not wanted:
                return nothing
            ends, starts = zip(*differentiable, strict=True)
            found = iter(torch.autograd.grad(ends, wanted, starts, create_graph=higher, allow_unused=True))
        return (None, None, None, *(next(found) if x.requires_grad else None for x in own))


class _Remembered(torch.autograd.Function):
    """Costs as they are. The gradient for the values that a pass with `create_graph` has found serves a later
    pass with the same slopes, which then does not go through the costs."""

    @staticmethod
    def forward(ctx: Any, known: _Known, values: Tensor, *costs: Tensor) -> Costs:
        ctx.known = known
        return tuple(c.view_as(c) for c in costs)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        known = ctx.known
        if torch.is_grad_enabled():
            known.slopes = tuple(s.detach() for s in slopes)
        elif known.found is not None and all(map(torch.equal, slopes, known.slopes)):
            return (None, known.found, *(None for _ in slopes))
        return (None, None, *slopes)


@dataclass
class _Known:
    """What the latest pass with `create_graph` came with and found."""

    slopes: Costs = ()
    found: Tensor | None = None

    def find(self, gradient: Tensor) -> None:
        if torch.is_grad_enabled():
            self.found = gradient.detach()


class _Method(nn.Module):
    """A method of a module as a module, which `functional_call` can give other parameters."""

    def __init__(self, method: Below) -> None:
        super().__init__()
        self.owner = _owner(method)
        self.method = method.__name__

    def forward(self, *args: Tensor) -> Costs:
        found: Costs = getattr(self.owner, self.method)(*args)
        return found


def _owner(below: Below) -> nn.Module:
    found: nn.Module = below.__self__  # type: ignore[attr-defined]
    return found


def _called(below: Below, parameters: dict[str, Tensor], values: Tensor, given: Sequence[Tensor]) -> Costs:
    """The costs, with other parameters in the model."""
    named = {f"owner.{n}": p for n, p in parameters.items()}
    found: Costs = functional_call(_Method(below), named, (values, *given))
    return found


def _joined(costs: Costs, found: Costs, count: int, axis: int) -> Costs:
    """Costs of the draws and, behind them, of `count` values. A cost without the axis, which an observed node
    keeps apart from the values, is the same for all of them."""
    dim = -(2 + axis)
    own = [f.dim() >= -dim and f.shape[dim] == count for f in found]
    return tuple(torch.cat([c, f], dim) if o else c for c, f, o in zip(costs, found, own, strict=True))
