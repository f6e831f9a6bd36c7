"""The typed graph of a program: what the analysis produces and every later stage reads.

A `Program` holds declarations and a `body`: statements in an order in which each value is defined before
its use (single assignment). A `Net` is a region of its own with the same statements, so that a call stays a
call. Values are named as the program names them; the parts of a nested expression get the names `%1`, `%2`,
... in their region. `left.z` is the node `z` inside the call that defined `left`.

A name that a loop or a choice gives another value has versions: `x`, then `x@1`, `x@2`, ... in its region;
read from outside it means its last. Statements are a tagged union (`form`); loops and choices hold statements
of their own. Places in the text live outside, in `Places`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Literal

from scgc.ir.dims import Dim
from scgc.ir.types import Frozen, TensorType, Type
from scgc.record import Record
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
    inputs: dict[str, Operand] = field(default_factory=dict)
    options: dict[str, Option] = field(default_factory=dict)


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
    options: dict[str, Option] = field(default_factory=dict)
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

    `distribution` and `prior` name values of a DistType, `observe` a value of the support's type; elements of
    the plate where `where` is false take no part: no cost, no observation.
    """

    form: Literal["sample"] = "sample"
    result: str
    distribution: str
    estimator: Use
    prior: str | None = None
    observe: Operand | None = None
    where: str | None = None
    type: TensorType


class Propagate(Frozen):
    """`result[v] = sum over u of along[u, v] * net(dst[v], src[u])`: messages along the edges of a graph.

    `along` names a value `[m, n]` (real, bool, bit, or `onehot(n)[m]`: every u points at one v); `dst` has
    the axis n in front of the net's own, `src` the axis m. Where `where` (`[m]`) is false, u sends nothing.
    """

    form: Literal["propagate"] = "propagate"
    result: str
    net: str
    copy_index: Dim | None = None
    dst: str
    src: str
    along: str
    where: str | None = None
    type: TensorType


class Carry(Frozen):
    """A value that a loop hands from round to round: `name` in the body is `start` in the first round, then
    what `next` was in the round before; behind the loop `result` is what it was last."""

    name: str
    start: Operand
    next: Operand
    result: str
    type: TensorType


class Loop(Frozen):
    """`for index in range(start, start + count)`, or over the first axis of `over`, whose entry is `item`.

    Where `count` depends on a size, an example takes part in its own first rounds; where `halt` names a truth
    value of the body, only until it was true in a round. `alive` names what tells in a round whether an
    example takes part; where it does not, its carried values stay.

    Seen from outside, a value of the body is one of the loop's, `%loop1.z`, with the rounds as first axis.
    """

    form: Literal["loop"] = "loop"
    result: str
    index: str
    start: Dim
    count: Dim
    over: str | None = None
    item: str | None = None
    carried: tuple[Carry, ...] = ()
    alive: str | None = None
    halt: str | None = None
    body: tuple[Statement, ...]


Comparison = Literal["<", "<=", ">", ">=", "==", "!="]


class Test(Frozen):
    """What is known before a statement runs: a comparison of dims and loop indices, `training`, or tests
    joined by `and`, `or` and `not` (which has only a `left`)."""

    op: Comparison | Literal["and", "or", "not", "training"]
    left: Test | Dim | None = None
    right: Test | Dim | None = None


class Merge(Frozen):
    """What a name stands for behind a choice: `then` or `orelse`."""

    result: str
    then: Operand
    orelse: Operand
    type: TensorType


class Choice(Frozen):
    """`if test { body } else { orelse }`; what stands in it is known outside by its own name."""

    form: Literal["choice"] = "choice"
    result: str
    test: Test
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...] = ()
    merges: tuple[Merge, ...] = ()


Simple = Apply | Invoke | Propagate | Sample
"""Statements that define one value."""

Statement = Simple | Loop | Choice


# ---- declarations


class DimDecl(Frozen):
    """`dim D = 84`; the value of `dim N = data.entities` is the symbol `data.entities`."""

    name: str
    value: Dim
    doc: str = ""


class SizeDecl(Frozen):
    """`size n <= 50`: a length that differs between examples, at least 1 and at most `most`."""

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
    literals and earlier schedules with operators that have a scalar lowering; `result` is its value, or
    outside of training the number `evaluated`."""

    name: str
    body: tuple[Apply, ...]
    result: Operand
    evaluated: float | None = None
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


class Player(Frozen):
    """Who minimises the sum of some losses by what the optimiser does to some parameters; `times` moves a
    round.

    nets, params: declared ones, a net with all it holds. layers: those of the program's body. nodes: the
    stochastic nodes there whose estimators learn. With nothing of these, every parameter of the program.
    """

    losses: tuple[str, ...]
    optimizer: Use
    times: int = 1
    nets: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a player is called: the first that it trains."""
        return next(iter((*self.nets, *self.params, *self.layers, *self.nodes)), "")


class Train(Frozen):
    """The train block, every setting resolved; exactly one of `epochs` and `steps` is set.

    With one player, it minimises all losses over all parameters. Of several, each moves in its turn, on a
    batch of its own, or all `together` on one.
    """

    data: Use | None = None
    batch: int = 1
    epochs: int | None = None
    steps: int | None = None
    players: tuple[Player, ...]
    together: bool = False
    reduce_lr: Use | None = None
    ticks: Rate = Rate(count=1, per="step")
    evaluate: Rate | None = None
    select: Select = Select()
    checkpoint: Rate | None = None


class Evaluate(Frozen):
    """`evaluate NAME { ... }`, run after training: other data and dims; `report` lists measures.

    `draws` times for every example, with the nodes of `free` drawn as a generator does; without data that
    those nodes need, so many in all.
    """

    name: str
    free: tuple[str, ...] = ()
    draws: int | None = None
    dims: dict[str, Dim] = field(default_factory=dict)
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
    docs: dict[str, str] = field(default_factory=dict)
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


Home = tuple[str, str]
"""What a name belongs to, however many values it is given: the path of its net or "", and the name there. The
indices of loops carry their offset, `i@120`, since other loops may have one of the same name."""


class Name(Record):
    """A name at one place of the text: what it belongs to, its type there if it is a value, and whether this
    is where it is declared."""

    home: Home
    type: Type | None
    declares: bool = False


class Places(Record):
    """Where values stand in the text: (path of the net or "", value name) -> the statement's or
    expression's span; and what each name of the text belongs to, for editors.

    Kept apart from the graph, so that places play no part in its equality or text.
    """

    spans: Mapping[tuple[str, str], Span] = field(default_factory=dict)
    names: Mapping[Span, Name] = field(default_factory=dict)

    def of(self, region: str, name: str) -> Span | None:
        return self.spans.get((region, name))


def refs(statement: Statement) -> tuple[str, ...]:
    """The names of the values that a statement reads from outside of itself, in order."""
    operands: list[Operand | tuple[Operand, ...] | None]
    match statement:
        case Apply():
            operands = list(statement.inputs.values())
        case Invoke():
            operands = list(statement.args)
        case Propagate():
            operands = [statement.dst, statement.src, statement.along, statement.where]
        case Sample():
            operands = [
                statement.distribution,
                *statement.estimator.inputs.values(),
                statement.prior,
                statement.observe,
                statement.where,
            ]
        case Loop():
            operands = [statement.over, *(c.start for c in statement.carried), *_free(statement)]
        case Choice():
            operands = [*_free(statement)]
    found: list[str] = []
    for operand in operands:
        parts = operand if isinstance(operand, tuple) else (operand,)
        found += [part for part in parts if isinstance(part, str)]
    return tuple(found)


def settings(sample: Sample) -> tuple[Operand, ...]:
    """The values that a node's draws depend on beside its distribution: all of its estimator's but a
    baseline, which only the loss reads."""
    return tuple(o for slot, o in sample.estimator.inputs.items() if slot != "baseline")


def _free(statement: Loop | Choice) -> list[str]:
    """What the statements inside read from outside."""
    own = inside(statement)
    read = [name for s in bodies(statement) for name in refs(s)]
    match statement:
        case Loop():
            read += [c.next for c in statement.carried if isinstance(c.next, str)]
        case Choice():
            read += [o for m in statement.merges for o in (m.then, m.orelse) if isinstance(o, str)]
    return [name for name in dict.fromkeys(read) if name.split(".")[0] not in own]


def held(holder: Loop | Choice) -> list[str]:
    """What a loop or choice itself reads, beside the statements inside of it."""
    found: list[Operand | None] = []
    match holder:
        case Loop():
            found = [holder.over, holder.halt, *(o for c in holder.carried for o in (c.start, c.next))]
        case Choice():
            found = [o for m in holder.merges for o in (m.then, m.orelse)]
    return [o for o in found if isinstance(o, str)]


def bodies(statement: Statement) -> tuple[Statement, ...]:
    """The statements directly inside of a loop or choice; none for others."""
    match statement:
        case Loop():
            return statement.body
        case Choice():
            return (*statement.body, *statement.orelse)
        case _:
            return ()


def inside(statement: Loop | Choice) -> set[str]:
    """The names that only the statements inside of a loop or choice know."""
    found = {name for s in bodies(statement) for name in results(s)}
    if isinstance(statement, Loop):
        found |= {c.name for c in statement.carried} | {statement.index}
        found |= {name for name in (statement.item, statement.alive) if name}
    return found


def results(statement: Statement) -> tuple[str, ...]:
    """The names that a statement gives to those that follow it."""
    match statement:
        case Loop():
            return tuple(c.result for c in statement.carried)
        case Choice():
            return tuple(m.result for m in statement.merges)
        case _:
            return (statement.result,)


def walk(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Every statement, those inside of loops and choices after the one that holds them."""
    for statement in statements:
        yield statement
        yield from walk(bodies(statement))


def shown(name: str) -> str:
    """The name that the program knows a value by: `x@2.z` is seen as `x.z`, `%loop1.k` as `k`."""
    return re.sub(r"@\d+|%loop\d+\.", "", name)
