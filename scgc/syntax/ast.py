"""The syntax tree: frozen dataclasses, one a grammar rule, as `syntax/parse.py` builds them.

Nothing here is checked beyond the grammar. Places (`span`) and documentation (`doc`, the `##` lines directly
above) take no part in equality, so that trees of differently laid out texts compare equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from scgc.source import Span


@dataclass(frozen=True, kw_only=True)
class Node:
    span: Span = field(compare=False, repr=False)


# ---- expressions


@dataclass(frozen=True)
class Number(Node):
    """A literal. `value` is an int where the text has neither point nor exponent."""

    value: int | float


@dataclass(frozen=True)
class Text(Node):
    value: str


@dataclass(frozen=True)
class Name(Node):
    id: str


@dataclass(frozen=True)
class Attribute(Node):
    """`base.name`: a node inside a net call (`left.z`), or what only the data knows (`data.entities`)."""

    base: Expression
    name: str


@dataclass(frozen=True)
class Slice(Node):
    lower: Expression | None
    upper: Expression | None


@dataclass(frozen=True)
class Index(Node):
    base: Expression
    items: tuple[Expression | Slice, ...]


@dataclass(frozen=True)
class Named(Node):
    """A named argument."""

    name: str
    value: Expression


@dataclass(frozen=True)
class Call(Node):
    """`function(args, name = arg)`; `function` is a Name, or an Index of one for a net's copy."""

    function: Expression
    args: tuple[Expression, ...]
    named: tuple[Named, ...]


BinaryOp = Literal["+", "-", "*", "/", "@", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or"]
UnaryOp = Literal["+", "-", "not"]


@dataclass(frozen=True)
class Binary(Node):
    op: BinaryOp
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Unary(Node):
    op: UnaryOp
    operand: Expression


@dataclass(frozen=True)
class Transpose(Node):
    operand: Expression


@dataclass(frozen=True)
class Pipe(Node):
    """`value |> target`: target is a Name, an Index of one, or a Call, whose first argument value becomes."""

    value: Expression
    target: Expression


@dataclass(frozen=True)
class List(Node):
    items: tuple[Expression, ...]


Expression = Number | Text | Name | Attribute | Index | Call | Binary | Unary | Transpose | Pipe | List


# ---- types


@dataclass(frozen=True)
class Rest(Node):
    """`*s` in a signature: any number of leading axes."""

    name: str


@dataclass(frozen=True)
class TypeExpr(Node):
    """`kind(size)[shape]`. `shape` is None where no brackets stand, () for `[]`; both mean a scalar."""

    kind: str
    size: Expression | None
    shape: tuple[Expression | Rest, ...] | None


# ---- declarations and statements


@dataclass(frozen=True, kw_only=True)
class Declaration(Node):
    doc: str = field(default="", compare=False)


@dataclass(frozen=True)
class Header(Declaration):
    name: str


@dataclass(frozen=True)
class Use(Declaration):
    path: str


@dataclass(frozen=True)
class Dim(Declaration):
    name: str
    value: Expression


@dataclass(frozen=True)
class Size(Declaration):
    """`size n <= 50`: a length that differs between examples."""

    name: str
    most: Expression


@dataclass(frozen=True)
class Input(Declaration):
    names: tuple[Name, ...]
    type: TypeExpr
    optional: bool


@dataclass(frozen=True)
class Param(Declaration):
    name: str
    type: TypeExpr
    init: Expression | None


@dataclass(frozen=True)
class Group(Node):
    """`u, v : real[D]` in the parameters of a net."""

    names: tuple[Name, ...]
    type: TypeExpr


@dataclass(frozen=True)
class Net(Declaration):
    kind: Literal["net", "fn"]
    name: str
    copies: Expression | None
    parameters: tuple[Group, ...]
    result: TypeExpr
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Extern(Declaration):
    kind: Literal["net", "fn"]
    name: str
    parameters: tuple[Group, ...]
    result: TypeExpr
    target: str


@dataclass(frozen=True)
class Schedule(Declaration):
    """`schedule name = value else evaluated`; `evaluated` is what it is outside of training."""

    name: str
    value: Expression
    evaluated: Expression | None = None


@dataclass(frozen=True)
class Assign(Declaration):
    name: str
    value: Expression


@dataclass(frozen=True)
class Draw(Declaration):
    """`name ~ distribution via ... prior ... observe ... where ...`."""

    name: str
    distribution: Expression
    via: Expression | None
    prior: Expression | None
    observe: Expression | None
    where: Expression | None


@dataclass(frozen=True)
class Update(Declaration):
    """`name <- value`: the next value of a name that stood before the loop."""

    name: str
    value: Expression


@dataclass(frozen=True)
class Halt(Declaration):
    """`halt when test`, inside a loop."""

    test: Expression


@dataclass(frozen=True)
class For(Declaration):
    """`for index in over { body }`; `over` is a sequence, or a call of `range`."""

    index: Name
    over: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class If(Declaration):
    """`if test { body } else { orelse }`; `else if` is an If alone in `orelse`."""

    test: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


@dataclass(frozen=True)
class Return(Declaration):
    value: Expression


@dataclass(frozen=True)
class Loss(Declaration):
    name: str
    value: Expression


@dataclass(frozen=True)
class Metric(Declaration):
    name: str
    value: Expression


@dataclass(frozen=True)
class Setting(Node):
    """`key = value` or `key = value per rate` in a block; `key` is dotted in `z.via = score`."""

    key: str
    value: Expression
    per: str | None


@dataclass(frozen=True)
class Minimize(Node):
    """`minimize losses times over parameters with optimizer`: a player."""

    losses: tuple[Name, ...]
    times: Expression | None
    over: tuple[Name, ...]
    optimizer: Expression


@dataclass(frozen=True)
class Train(Declaration):
    settings: tuple[Setting, ...]
    players: tuple[Minimize, ...] = ()


@dataclass(frozen=True)
class Evaluate(Declaration):
    name: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Variant(Declaration):
    name: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Sweep(Declaration):
    settings: tuple[Setting, ...]


Statement = Net | Assign | Update | Draw | For | If | Halt | Return


@dataclass(frozen=True)
class Program(Node):
    declarations: tuple[Declaration, ...]


# ---- signatures, the notation of the registries


@dataclass(frozen=True)
class Slot(Node):
    """One parameter of a signature; `variadic` for `xs... : type`."""

    name: str
    type: TypeExpr
    default: Expression | None
    variadic: bool


@dataclass(frozen=True)
class Signature(Node):
    name: str
    slots: tuple[Slot, ...]
    result: TypeExpr | None
