"""Where a number that is not finite came from: steps are done again, and everything in them is looked at.

What a step gives is looked at in the order of the graph: inputs, named values (stochastic nodes among them),
losses, then the gradients of parameters and the parameters themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from scgc.runtime import Model

if TYPE_CHECKING:
    from scgc.train.batches import Batch
    from scgc.train.loop import Loop

TOLD = 4
"""Parameters whose gradients are named."""


def first_fault(loop: Loop, until: int) -> str | None:
    """What was the first not to be finite in steps up to `until`, in words; None where all is well.

    The loop is at a step before, and of no use afterwards. Values that were not finite in a step whose loss
    was, such as the scores of what is masked, are none of its faults.
    """
    batches = Remembered(loop.batches)
    loop.batches = batches
    loop.model.train()
    loop.advance(loop.state.step)
    usual: set[str] = set()
    while loop.state.step < until:
        out = loop.move()
        found = dict(_values(loop.model, batches.latest, out))
        faults = [words for name, words in found.items() if name not in usual]
        if not bool(torch.isfinite(out.loss)):
            return f"at step {loop.state.step} {faults[0] if faults else 'the loss'} was the first"
        usual |= found.keys()
        if (parameters := _parameters(loop)) is not None:
            return f"at step {loop.state.step} {parameters} was the first"
    return None


class Remembered:
    """Batches, of which the latest can be looked at again."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self.batches = batches
        self.latest: Batch = {}

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        self.latest = next(self.batches)
        return self.latest


def _values(model: Model, batch: Batch, out: Any) -> Iterator[tuple[str, str]]:
    """Everything that is not finite, by name, with what it is in words."""
    for name, value in batch.items():
        if _infinite(value):
            yield f"input {name}", f"the input `{name}`"
    for name in sorted(model.fields, key=_order(model)):
        if _infinite(getattr(out, model.fields[name])):
            kind = "node" if name in model.nodes else "loss" if name in model.losses else "value"
            yield name, f"the {kind} `{name}`"


def _order(model: Model) -> Callable[[str], tuple[int, bool]]:
    """By which values come in the order of the graph: those inside of a call, `left.z`, before its `left`."""
    first: dict[str, int] = {}
    for i, name in enumerate(model.fields):
        first.setdefault(name.split(".")[0], i)
    return lambda name: (first[name.split(".")[0]], "." not in name)


def _parameters(loop: Loop) -> str | None:
    """The parameters whose gradients are not finite, or else those that are not themselves."""
    named = [(name, p) for name, p in loop.model.named_parameters() if p.requires_grad]
    followed = {
        id(p): gradient
        for player in loop.players
        for p, gradient in zip(player.parameters, player.latest, strict=True)
    }
    gradients = [f"`{name}`" for name, p in named if _infinite(followed.get(id(p)))]
    values = [f"`{name}`" for name, p in named if _infinite(p)]
    for what, names in (("the gradient of", gradients), ("the parameter", values)):
        if names:
            more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
            return f"{what} {', '.join(names[:TOLD])}{more}"
    return None


def _infinite(value: Any) -> bool:
    """Whether it is a tensor that holds what is no finite number."""
    return isinstance(value, Tensor) and value.is_floating_point() and not bool(torch.isfinite(value).all())
