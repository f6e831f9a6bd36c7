"""Models that differ in the seed as one: every parameter has an axis of runs in front (torch.func.vmap).

The loss is the sum over the runs, so that its gradient by a stacked parameter is each run's own gradient, and
an optimiser, which treats every number by itself, makes each run's own step. What is drawn is drawn for every
run anew.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from scgc.runtime import Model
from scgc.train.batches import Batch, TrainingBatches, take
from scgc.train.players import Player
from scgc.train.whole import WholeStep

EACH = "each"
"""The field of the output that holds the loss of every run, [K]."""


class Stacked(nn.Module):
    """K models in training. From now on their parameters and buffers are views of those of this module, so
    that each is at any time what it would be alone; schedules are read from the first.

    Called with a batch whose inputs are `[K, b, ...]`, it gives the output of the models, `[K, ...]` each,
    with the sum of the losses as `loss`, and `each` of them.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        super().__init__()
        self._one = [models[0]]  # in a list: its parameters are not this module's
        self.losses, self.metrics, self.fields = models[0].losses, models[0].metrics, models[0].fields
        self.sizes = models[0].sizes
        self.schedules = models[0].schedules
        output: Any = models[0].Output
        self.Output: Any = namedtuple("Output", (*output._fields, EACH))  # type: ignore[misc]
        for name, parameter in models[0].named_parameters():
            stacked = nn.Parameter(_stack(models, name), requires_grad=parameter.requires_grad)
            self.register_parameter(_inner(name), stacked)
        for name, _ in models[0].named_buffers():
            if name not in models[0].schedules:
                self.register_buffer(_inner(name), _stack(models, name))

    def trained_by(self, number: int) -> list[nn.Parameter]:
        """The parameters that the only player trains."""
        return list(self.parameters())

    def forward(self, **batch: Any) -> Any:
        held = dict(self.named_parameters()) | dict(self.named_buffers())
        given = {name: value for name, value in batch.items() if isinstance(value, Tensor)}
        plain = {name: value for name, value in batch.items() if name not in given}

        def one(held: dict[str, Tensor], given: Batch) -> dict[str, Tensor]:
            named = {_outer(name): value for name, value in held.items()}
            out = functional_call(self._one[0], named, (), {**given, **plain})
            return {n: value for n, value in out._asdict().items() if isinstance(value, Tensor)}

        found = vmap(one, randomness="different")(held, given)
        each = found["loss"]
        return self.Output(**dict.fromkeys(self.Output._fields) | found | {"loss": each.sum(), EACH: each})


def _stack(models: Sequence[Model], name: str) -> Tensor:
    """Parameters or buffers of that name as one tensor, of which they become views."""
    own = [dict(m.named_parameters()).get(name, dict(m.named_buffers()).get(name)) for m in models]
    stacked = torch.stack([tensor.detach() for tensor in own if tensor is not None])
    for tensor, view in zip(own, stacked, strict=True):
        assert tensor is not None
        tensor.data = view
    return stacked


def _inner(name: str) -> str:
    """A module's own tensors have no dots in their names."""
    return name.replace(".", "/")


def _outer(name: str) -> str:
    return name.replace("/", ".")


def of_run(out: Any, run: int) -> Any:
    """What the output is for one of the runs, without `each`."""
    found = {name: None if value is None else value[run] for name, value in _fields(out).items()}
    return out._replace(**found, loss=out.each[run])


def _fields(out: Any) -> dict[str, Tensor | None]:
    return {name: value for name, value in out._asdict().items() if name not in ("loss", EACH)}


class StackedBatches(Iterator[Batch]):
    """The batches of several runs side by side, each in its own order: inputs are `[K, b, ...]`.

    Examples with lengths are as wide as the longest of all runs.
    """

    def __init__(self, runs: Sequence[TrainingBatches]) -> None:
        self.runs = runs

    def __next__(self) -> Batch:
        chosen = [run.choose() for run in self.runs]
        count, first = len(chosen), self.runs[0]
        widths = {size: max(widths[size] for _, widths in chosen) for size in chosen[0][1]}
        batch = take(first.split, torch.cat([rows for rows, _ in chosen]), first.device, widths)
        return {name: value.unflatten(0, (count, -1)) for name, value in batch.items()}


class StackedStep(WholeStep):
    """The training step of all runs as one compiled function."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for move in self.moves.values():
            move.fields = [*move.fields, EACH]

    def takes(self, players: tuple[Player, ...], batch: Batch) -> bool:
        one = {name: value[0] if isinstance(value, Tensor) else value for name, value in batch.items()}
        return super().takes(players, one)
