"""Draws from a model for `scgc sample`: what its stochastic nodes give, on test examples if it has inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from scgc.data import data_sets
from scgc.data.columns import Loaded, examples
from scgc.data.lengths import follows
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import CannotBeFree, NothingToRun
from scgc.draw.sampled import Drawn
from scgc.emit.guards import Inputs
from scgc.emit.output import Output
from scgc.emit.regions import Regions
from scgc.ir.graph import Program
from scgc.ir.types import TensorType
from scgc.runtime import Model
from scgc.train.batches import take
from scgc.train.compiled import Compiled
from scgc.train.evaluation import field_of
from scgc.train.plan import Wishes
from scgc.train.runs import load_run, make_model

LARGEST = 32
"""Entries of a value that are still shown; an image is not."""


@dataclass(frozen=True)
class Draws:
    """`values` holds, by name, one entry a draw: a number, a class, or nested lists of them; `drawn` all that
    the program computed, for pictures."""

    count: int
    values: dict[str, list[Any]]
    drawn: Drawn

    def rows(self) -> list[dict[str, Any]]:
        return [{name: column[i] for name, column in self.values.items()} for i in range(self.count)]


def sample(
    compiled: Compiled,
    wishes: Wishes,
    n: int,
    run_directory: Path | None = None,
    free: Sequence[str] = (),
) -> Draws:
    """n draws from the trained model of a run, or from a fresh one; `free` nodes as a generator draws them.

    Raises ProgramError (SCG5xx).
    """
    program = compiled.program
    use = program.train.data if program.train else None
    data = compiled.load(use, wishes)
    words = data_sets()[use.name].categories if use else {}
    if run_directory is not None:
        return draw(load_run(run_directory), program, data, n, wishes.seed, free, words)
    torch.manual_seed(wishes.seed)
    model = make_model(compiled.module, program.name, compiled.data_dims(data))
    return draw(model, program, data, n, wishes.seed, free, words)


def draw(
    model: Model,
    program: Program,
    data: Loaded | None,
    n: int,
    seed: int,
    free: Sequence[str] = (),
    categories: Mapping[str, tuple[str, ...]] | None = None,
) -> Draws:
    """n draws in evaluation mode; a program with inputs is given n test examples, from the first on.

    Inputs, stochastic nodes, losses and metrics are shown as far as they are small, with free nodes whatever
    is generated; one-hot vectors as classes. `categories` are words for the classes of inputs.

    Raises ProgramError (SCG510) where a program has inputs and no data, (SCG518) for a node that cannot be
    free.
    """
    torch.manual_seed(seed)
    whole = free and set(free) == set(model.generated) and "batch" in signature(model.generate).parameters
    inputs = {} if whole else _inputs(program, data, n)
    try:
        out = model.sample(1, free, **inputs) if inputs else model.sample(n, free)
    except ValueError as error:
        known = ", ".join(model.generated) or "none"
        raise ProgramError((CannotBeFree(span=None, problem=str(error), known=known),)) from None
    given = {name: getattr(out, field_of(model, name)) for name in model.fields}
    tensors = inputs | {name: value for name, value in given.items() if value is not None}
    types = {name: value_type(program, name) for name in tensors}
    if free:
        wanted = [name for name in tensors if name not in inputs]
    else:
        wanted = [name for name in (*inputs, *model.nodes, *model.losses, *model.metrics) if name in tensors]
    rows = {name: tensors[name].expand(n, *tensors[name].shape[1:]) for name in wanted}
    readable = {name: _readable(value, types[name]) for name, value in rows.items()}
    small = {name: value for name, value in readable.items() if value[0].numel() <= LARGEST}
    shown = {name: _unpadded(value, types[name], inputs) for name, value in small.items()}
    typed = {name: type_ for name, type_ in types.items() if type_ is not None}
    values = {name: tensors[name] for name in typed}
    return Draws(n, shown, Drawn(program, values, typed, inputs, categories or {}))


def _inputs(program: Program, data: Loaded | None, n: int) -> dict[str, Tensor]:
    if not program.inputs:
        return {}
    if data is None:
        advice = "name some in the train block; `scgc list data` shows what there is."
        fault = NothingToRun(span=None, action="sampled", missing="data for its inputs", advice=advice)
        raise ProgramError((fault,))
    split = data.splits["test"]
    return take(split, torch.arange(n) % examples(split), torch.device("cpu"))


def _readable(value: Tensor, type_: TensorType | None) -> Tensor:
    """One-hot vectors as classes, bits as whole numbers."""
    if type_ is not None and type_.kind == "onehot":
        return value.argmax(-1)
    return value.long() if type_ is not None and type_.kind == "bit" else value


def _unpadded(value: Tensor, type_: TensorType | None, inputs: Mapping[str, Tensor]) -> list[Any]:
    """Nested lists, each example in its own length."""
    axes = [follows(d, inputs) for d in type_.shape] if type_ is not None else []
    if not any(axes):
        return value.tolist()
    each = [None if a is None else (inputs[a.size] + a.offset).tolist() for a in axes]
    return [_cut(row, [None if w is None else w[i] for w in each]) for i, row in enumerate(value.tolist())]


def _cut(row: list[Any], widths: Sequence[int | None]) -> list[Any]:
    kept = row[: widths[0]]
    return [_cut(part, widths[1:]) for part in kept] if len(widths) > 1 else kept


def value_type(program: Program, name: str) -> TensorType | None:
    """The type of a value, `z` or `left.z`; None where it is a distribution or not found."""
    regions = Regions(program)
    found = regions.top.args.get(name)
    value = Output(regions, Inputs(regions)).values.get(name)
    if found is None and value is not None and regions.local(regions.top, value):
        type_ = regions.type_of(regions.top, value)
        return type_ if isinstance(type_, TensorType) else None
    return found
