"""Faults to plant in the compiler and in what generated code imports, to see that they are found.

Each is a function that, given pytest's `monkeypatch`, breaks one thing; generated modules take their names
from `scgc.runtime` when they are loaded, so that is where the broken part is put.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

import scgc.runtime as runtime
from scgc.analysis.credit import Credit

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Fault:
    """plant: breaks; touches: a piece of the program's text without which nothing can be seen of it."""

    name: str
    plant: Callable[[Patch], None]
    touches: tuple[str, ...]


def weights_of(draw: str, changed: Callable[[Tensor], Tensor]) -> Callable[[Patch], None]:
    """Change the weights of an estimator."""

    def plant(patch: Patch) -> None:
        true = getattr(runtime, draw)

        def broken(*args: Any, **options: Any) -> Any:
            z, weights = true(*args, **options)
            return z, None if weights is None else changed(weights)

        patch.setattr(runtime, draw, broken)

    return plant


def credit(changed: Callable[[Credit], Credit]) -> Callable[[Patch], None]:
    """Change who is weighed by what."""

    def plant(patch: Patch) -> None:
        import scgc.emit

        true = scgc.emit.credit
        patch.setattr(scgc.emit, "credit", lambda *given: changed(true(*given)))

    return plant


def without_last(found: Credit) -> Credit:
    """Of several losses that a node influences the last is forgotten."""
    kept = {n: c[:-1] if len(c) > 1 else c for n, c in found.downstream.items()}
    return found.replace(downstream=kept)


def without_first_node(found: Credit) -> Credit:
    """A node of which there are several has no costs."""
    first = next(iter(found.downstream))
    return found.replace(downstream={**found.downstream, first: ()})


def scored(changed: Callable[..., Tensor]) -> Callable[[Patch], None]:
    """Another way to weigh the costs of a score node; it is given the true one first."""

    def plant(patch: Patch) -> None:
        true = runtime.scored
        patch.setattr(runtime, "scored", lambda *args, **named: changed(true, *args, **named))

    return plant


def biased_mean(true: Any, cost: Tensor, log_prob: Tensor, *, baseline: Any = None, axis: int = 0) -> Tensor:
    """The mean of all samples, this one among them: S / (S - 1) is missing."""
    if baseline != "leave_one_out" or cost.dim() < 2 + axis:
        return true(cost, log_prob, baseline=baseline, axis=axis)
    return true(cost, log_prob, baseline=cost.detach().mean(-(2 + axis), keepdim=True))


def leaking(true: Any, cost: Tensor, log_prob: Tensor, *, baseline: Any = None, axis: int = 0) -> Tensor:
    """A tenth of the cost is in the baseline that it is compared with."""
    if not isinstance(baseline, Tensor):
        return true(cost, log_prob, baseline=baseline, axis=axis)
    return true(cost, log_prob, baseline=0.9 * baseline + 0.1 * cost.detach())


def without_own(true: Any, cost: Tensor, log_prob: Tensor, **named: Any) -> Tensor:
    """The gradient of the costs themselves is lost."""
    return true(cost.detach(), log_prob, **named)


def last_element(patch: Patch) -> None:
    """The log-probability of a plate is that of its last element."""
    true = runtime.log_prob

    def broken(q: Any, v: Tensor, plates: int = 0, where: Tensor | None = None) -> Tensor:
        found = q.log_prob(v)
        return found[(..., *(-1,) * plates)] if plates and where is None else true(q, v, plates, where)

    patch.setattr(runtime, "log_prob", broken)


def wrong_mask(patch: Patch) -> None:
    """Elements that a mask leaves out are in, and the others out."""
    true = runtime.log_prob

    def broken(q: Any, v: Tensor, plates: int = 0, where: Tensor | None = None) -> Tensor:
        return true(q, v, plates, where if where is None else ~where)

    patch.setattr(runtime, "log_prob", broken)


def kl_without_mask(patch: Patch) -> None:
    """The divergence of elements that take no part counts."""
    true = runtime.kl
    patch.setattr(
        runtime, "kl", lambda q, p, plates=0, sample=None, where=None: true(q, p, plates, sample, None)
    )


def alike(cost: Tensor, weight: Tensor, axis: int = 0) -> Tensor:
    """Every value of an enumerated node counts the same."""
    dim = -(2 + axis)
    return (cost * (weight - weight.detach() + 1 / weight.shape[dim])).sum(dim, keepdim=True)


def moved(changed: Callable[[Tensor], Tensor]) -> Callable[[Patch], None]:
    """Change what pathwise draws hand on."""

    def plant(patch: Patch) -> None:
        true = runtime.pathwise
        patch.setattr(runtime, "pathwise", lambda q, **options: changed(true(q, **options)))

    return plant


def mirrored(x: Tensor) -> Tensor:
    """The value stays and the gradient changes its sign."""
    return 2 * x.detach() - x


def without_last_weight(cls: str) -> Callable[[Patch], None]:
    """The control variate at the draw given the hard one is forgotten."""

    def plant(patch: Patch) -> None:
        true = getattr(runtime, cls)

        class Broken(true):  # type: ignore[misc]
            def forward(self, *args: Any, **options: Any) -> Any:
                z, weights = super().forward(*args, **options)
                return z, None if weights is None else torch.cat([weights[:-1], 0 * weights[-1:]])

        patch.setattr(runtime, cls, Broken)

    return plant


FAULTS = (
    Fault("a downstream loss is dropped", credit(without_last), ("loss loss1", "score")),
    Fault("a node is without its costs", credit(without_first_node), ("score",)),
    Fault("leave-one-out without S / (S - 1)", scored(biased_mean), ("leave_one_out",)),
    Fault("a baseline that sees its own draw", scored(leaking), ("moving_average",)),
    Fault("the costs' own gradient is lost", scored(without_own), ("score",)),
    Fault("a plate's log-probability is one element's", last_element, ("score", "real[2]")),
    Fault("a mask the wrong way round", wrong_mask, ("where on", "score")),
    Fault("a divergence without its mask", kl_without_mask, ("where on", "= kl(")),
    Fault(
        "wrong weights of an enumerated ancestor",
        lambda patch: patch.setattr(runtime, "marginal", alike),
        ("enumerate",),
    ),
    Fault("weights without a gradient", weights_of("enumerate_support", Tensor.detach), ("enumerate",)),
    Fault("a sign in disarm", weights_of("disarm", mirrored), ("disarm",)),
    Fault(
        "disarm without its factor 1/2",
        weights_of("disarm", lambda w: 2 * w - w.detach()),
        ("disarm",),
    ),
    Fault("a sign in arm", weights_of("arm", mirrored), ("arm",)),
    Fault(
        "no S in measure_valued",
        weights_of("measure_valued", lambda w: 2 * w - w.detach()),
        ("measure_valued",),
    ),
    Fault(
        "draws without replacement weighed alike",
        weights_of("without_replacement", lambda w: w * 0 + 1 / len(w) + w - w.detach()),
        ("without_replacement",),
    ),
    Fault(
        "the rest's probability forgotten in rao_blackwell",
        weights_of("rao_blackwell", lambda w: torch.cat([w[:-1], w[-1:] / w[-1:].detach()])),
        ("rao_blackwell(k = 1",),
    ),
    Fault(
        "the ratio forgotten in importance",
        weights_of("importance", lambda w: w * 0 + 1 / len(w) + w - w.detach()),
        ("importance",),
    ),
    Fault("the eta term forgotten in rebar", without_last_weight("Rebar"), ("rebar",)),
    Fault("pathwise the wrong way round", moved(mirrored), ("pathwise",)),
    Fault("pathwise without a gradient", moved(Tensor.detach), ("pathwise",)),
)
