"""The typed graph of a program: what the analysis produces and every later stage reads.

A `Program` holds declarations and a `body`: statements in an order in which each value is defined before
its use (single assignment). A `Net` is a region of its own with the same statements, so that a call stays a
call. Values are named as the program names them; the parts of a nested expression get the names `%1`, `%2`,
... in their region. `left.z` is the node `z` inside the call that defined `left`.

Statements are a tagged union (`form`): what comes next (loops with carried values, inner graphs) joins as
further forms with a body, and masks as a field of `Sample`. Places in the text live outside, in `Places`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from scgc.ir.dims import Dim
from scgc.ir.types import Frozen, TensorType, Type
from scgc.source import Span

# ---- the parts of a statement

Operand = bool | int | float | str
"""A literal, or the name of a value."""


class DimOption(Frozen):
    """A compile-time integer, symbolic as far as it is known."""

    dim: Dim


class WordOption(Frozen):
    """One of a few words, such as `leave_one_out`."""

    word: str


class TextOption(Frozen):
    """A text, such as the path of a file."""

    text: str


Setting = DimOption | WordOption | TextOption | bool | int | float
Option = Setting | None | tuple[Setting, ...]
"""A compile-time setting of an operator; None where its default says "not given"."""


class Use(Frozen):
    """A declared thing (estimator, optimiser, data set, initialiser, measure) with its arguments by name.

    `inputs` are values of the graph, `options` are known before running.
    """

    name: str
    inputs: dict[str, Operand] = {}
    options: dict[str, Option] = {}


# ---- statements


class Apply(Frozen):
    """`result = function(inputs; options)`: an operator, a layer or a distribution of the registries.

    `layer` is the attribute that owns the layer's parameters in the generated module, unique in its region.
    A variadic input holds a tuple.
    """

    form: Literal["apply"] = "apply"
    result: str
    function: str
    inputs: dict[str, Operand | tuple[Operand, ...] | None]
    options: dict[str, Option] = {}
    layer: str | None = None
    type: Type


class Invoke(Frozen):
    """`result = net(args)`: a call of a net or fn, mapped over the leading axes `mapped` of the arguments
    that `spread` marks; the others are the same for every element.

    `net` is the path of the net from the top (`spread/forth`), `copy` selects one of several copies.
    """

    form: Literal["invoke"] = "invoke"
    result: str
    net: str
    copy_index: Dim | None = None
    args: tuple[Operand, ...]
    mapped: tuple[Dim, ...] = ()
    spread: tuple[bool, ...] = ()
    type: TensorType


class Sample(Frozen):
    """A stochastic node: `result ~ distribution via estimator prior prior observe observe`.

    `distribution` and `prior` name values of a DistType, `observe` a value of the support's type.
    """

    form: Literal["sample"] = "sample"
    result: str
    distribution: str
    estimator: Use
    prior: str | None = None
    observe: Operand | None = None
    type: TensorType


Statement = Annotated[Apply | Invoke | Sample, Field(discriminator="form")]


# ---- declarations


class DimDecl(Frozen):
    """`dim D = 84`; the value of `dim N = data.entities` is the symbol `data.entities`."""

    name: str
    value: Dim
    doc: str = ""


class SizeDecl(Frozen):
    """`size n <= 50`: a length that differs between examples, from 1 to `most`."""

    name: str
    most: Dim
    doc: str = ""


class Input(Frozen):
    name: str
    type: TensorType
    optional: bool = False
    doc: str = ""


class Param(Frozen):
    name: str
    type: TensorType
    init: Use
    doc: str = ""


class Schedule(Frozen):
    """A number that changes during training. `body` computes it from `t`, `step`, `epoch`, `progress`,
    literals and earlier schedules with operators that have a scalar lowering; `result` is its value."""

    name: str
    body: tuple[Apply, ...]
    result: Operand
    doc: str = ""


class Argument(Frozen):
    name: str
    type: TensorType


class Net(Frozen):
    """A net (owns the parameters of its layers and nested nets; `copies` of each) or a fn (owns none).

    An extern one has a `target` "package.module:attribute" and an empty body.
    """

    kind: Literal["net", "fn"]
    name: str
    copies: Dim | None = None
    args: tuple[Argument, ...]
    nets: tuple[Net, ...] = ()
    body: tuple[Statement, ...] = ()
    result: Operand | None = None
    result_type: TensorType
    target: str | None = None
    doc: str = ""


class Cost(Frozen):
    """A loss or a metric: a name for the scalar per example that `value` holds."""

    name: str
    value: Operand
    doc: str = ""


class Rate(Frozen):
    """`8 per epoch`, `1 per step`."""

    count: float
    per: Literal["epoch", "step"]


class Select(Frozen):
    """Which checkpoint is the result: the last, or the one with the best `target` (a loss or metric)."""

    rule: Literal["best", "last"] = "last"
    target: str | None = None
    mode: Literal["max", "min"] = "max"


class Train(Frozen):
    """The train block, every setting resolved; exactly one of `epochs` and `steps` is set."""

    data: Use | None = None
    batch: int = 1
    epochs: int | None = None
    steps: int | None = None
    optimizer: Use
    ticks: Rate = Rate(count=1, per="step")
    evaluate: Rate | None = None
    select: Select = Select()


class Evaluate(Frozen):
    """`evaluate NAME { ... }`, run after training: other data, dims or sizes; `report` lists measures."""

    name: str
    data: Use | None = None
    batch: int | None = None
    examples: int | None = None
    report: tuple[Use, ...] = ()
    doc: str = ""


class Program(Frozen):
    """A whole program, one variant of it, with overrides applied."""

    name: str
    doc: str = ""
    variant: str | None = None
    dims: tuple[DimDecl, ...] = ()
    sizes: tuple[SizeDecl, ...] = ()
    inputs: tuple[Input, ...] = ()
    params: tuple[Param, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    nets: tuple[Net, ...] = ()
    body: tuple[Statement, ...] = ()
    losses: tuple[Cost, ...] = ()
    metrics: tuple[Cost, ...] = ()
    docs: dict[str, str] = {}
    train: Train | None = None
    evaluations: tuple[Evaluate, ...] = ()

    def dim_values(self) -> dict[str, Dim]:
        """What every declared dim stands for."""
        return {d.name: d.value for d in self.dims}

    def net(self, path: str) -> Net:
        """The net at a path such as `spread/forth`. Raises KeyError."""
        nets, found = self.nets, None
        for name in path.split("/"):
            found = next((n for n in nets if n.name == name), None)
            if found is None:
                raise KeyError(path)
            nets = found.nets
        assert found is not None
        return found


# ---- beside the graph


@dataclass(frozen=True)
class Places:
    """Where values stand in the text: (path of the net or "", value name) -> the statement's or
    expression's span.

    Kept apart from the graph, so that places play no part in its equality or text.
    """

    spans: Mapping[tuple[str, str], Span] = field(default_factory=dict)

    def of(self, region: str, name: str) -> Span | None:
        return self.spans.get((region, name))


def refs(statement: Apply | Invoke | Sample) -> tuple[str, ...]:
    """The names of the values that a statement reads, in order."""
    operands: list[Operand | tuple[Operand, ...] | None]
    match statement:
        case Apply():
            operands = list(statement.inputs.values())
        case Invoke():
            operands = list(statement.args)
        case Sample():
            operands = [
                statement.distribution,
                *statement.estimator.inputs.values(),
                statement.prior,
                statement.observe,
            ]
    found: list[str] = []
    for operand in operands:
        parts = operand if isinstance(operand, tuple) else (operand,)
        found += [part for part in parts if isinstance(part, str)]
    return tuple(found)
