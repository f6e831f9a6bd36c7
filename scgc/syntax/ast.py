"""The syntax tree: records, one a grammar rule, as `syntax/parse.py` builds them.

Nothing here is checked beyond the grammar. Places (`span`) and documentation (`doc`, the `##` lines directly
above) take no part in equality, so that trees of differently laid out texts compare equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Literal

from scgc.record import Record
from scgc.source import Span


class Node(Record):
    span: Span = field(compare=False, repr=False, kw_only=True)


# ---- expressions


class Number(Node):
    """A literal. `value` is an int where the text has neither point nor exponent."""

    value: int | float


class Text(Node):
    value: str


class Name(Node):
    id: str


class Attribute(Node):
    """`base.name`: a node inside a net call (`left.z`), or what only the data knows (`data.entities`)."""

    base: Expression
    name: str


class Slice(Node):
    lower: Expression | None
    upper: Expression | None


class Index(Node):
    base: Expression
    items: tuple[Expression | Slice, ...]


class Named(Node):
    """A named argument."""

    name: str
    value: Expression


class Call(Node):
    """`function(args, name = arg)`; `function` is a Name, or an Index of one for a net's copy."""

    function: Expression
    args: tuple[Expression, ...]
    named: tuple[Named, ...]


BinaryOp = Literal["+", "-", "*", "/", "@", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or"]
UnaryOp = Literal["+", "-", "not"]


class Binary(Node):
    op: BinaryOp
    left: Expression
    right: Expression


class Unary(Node):
    op: UnaryOp
    operand: Expression


class Transpose(Node):
    operand: Expression


class Pipe(Node):
    """`value |> target`: target is a Name, an Index of one, or a Call, whose first argument value becomes."""

    value: Expression
    target: Expression


class List(Node):
    items: tuple[Expression, ...]


Expression = Number | Text | Name | Attribute | Index | Call | Binary | Unary | Transpose | Pipe | List


# ---- types


class Rest(Node):
    """`*s` in a signature: any number of leading axes."""

    name: str


class TypeExpr(Node):
    """`kind(size)[shape]`. `shape` is None where no brackets stand, () for `[]`; both mean a scalar."""

    kind: str
    size: Expression | None
    shape: tuple[Expression | Rest, ...] | None


# ---- declarations and statements


class Declaration(Node):
    doc: str = field(default="", compare=False, kw_only=True)


class Header(Declaration):
    name: str


class Use(Declaration):
    path: str


class Dim(Declaration):
    name: str
    value: Expression


class Size(Declaration):
    """`size n <= 50`: a length that differs between examples."""

    name: str
    most: Expression


class Input(Declaration):
    names: tuple[Name, ...]
    type: TypeExpr
    optional: bool


class Param(Declaration):
    name: str
    type: TypeExpr
    init: Expression | None


class Group(Node):
    """`u, v : real[D]` in the parameters of a net."""

    names: tuple[Name, ...]
    type: TypeExpr


class Net(Declaration):
    kind: Literal["net", "fn"]
    name: str
    copies: Expression | None
    parameters: tuple[Group, ...]
    result: TypeExpr
    body: tuple[Statement, ...]


class Extern(Declaration):
    kind: Literal["net", "fn"]
    name: str
    parameters: tuple[Group, ...]
    result: TypeExpr
    target: str


class Schedule(Declaration):
    """`schedule name = value else evaluated`; `evaluated` is what it is outside of training."""

    name: str
    value: Expression
    evaluated: Expression | None = None


class Assign(Declaration):
    name: str
    value: Expression


class Draw(Declaration):
    """`name ~ distribution via ... prior ... observe ... where ...`."""

    name: str
    distribution: Expression
    via: Expression | None
    prior: Expression | None
    observe: Expression | None
    where: Expression | None


class Update(Declaration):
    """`name <- value`: the next value of a name that stood before the loop."""

    name: str
    value: Expression


class Halt(Declaration):
    """`halt when test`, inside a loop."""

    test: Expression


class For(Declaration):
    """`for index in over { body }`; `over` is a sequence, or a call of `range`."""

    index: Name
    over: Expression
    body: tuple[Statement, ...]


class If(Declaration):
    """`if test { body } else { orelse }`; `else if` is an If alone in `orelse`."""

    test: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


class Return(Declaration):
    value: Expression


class Loss(Declaration):
    name: str
    value: Expression


class Metric(Declaration):
    name: str
    value: Expression


class Setting(Node):
    """`key = value` or `key = value per rate` in a block; `key` is dotted in `z.via = score`."""

    key: str
    value: Expression
    per: str | None


class Minimize(Node):
    """`minimize losses times over parameters with optimizer`: a player."""

    losses: tuple[Name, ...]
    times: Expression | None
    over: tuple[Name, ...]
    optimizer: Expression


class Train(Declaration):
    settings: tuple[Setting, ...]
    players: tuple[Minimize, ...] = ()


class Evaluate(Declaration):
    name: str
    settings: tuple[Setting, ...]


class Variant(Declaration):
    name: str
    settings: tuple[Setting, ...]


class Sweep(Declaration):
    settings: tuple[Setting, ...]


Statement = Net | Assign | Update | Draw | For | If | Halt | Return


class Program(Node):
    declarations: tuple[Declaration, ...]


# ---- signatures, the notation of the registries


class Slot(Node):
    """One parameter of a signature; `variadic` for `xs... : type`."""

    name: str
    type: TypeExpr
    default: Expression | None
    variadic: bool


class Signature(Node):
    name: str
    slots: tuple[Slot, ...]
    result: TypeExpr | None


def walk(part: object) -> Iterator[Node]:
    """Every node of a tree, or of several in a tuple, in the order of their fields."""
    waiting = [part]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, tuple):
            waiting += reversed(inner)
        elif isinstance(inner, Node):
            yield inner
            waiting += reversed(vars(inner).values())


def names(part: object) -> Iterator[Name]:
    """The names among them."""
    return (inner for inner in walk(part) if isinstance(inner, Name))
