"""Names and what they stand for, and the region of statements that inference writes into."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Literal

from scgc.ir.dims import Dim
from scgc.ir.graph import (
    Apply,
    Choice,
    Home,
    Loop,
    Name,
    Net,
    Operand,
    Simple,
    Statement,
    refs,
    results,
    walk,
)
from scgc.ir.types import Type
from scgc.record import Record
from scgc.source import Span
from scgc.syntax import ast


class Typed(Record):
    """An inferred expression: the operand that holds it and its type (None after a reported mistake).

    fixed: it depends on no input and no draw, so it is the same for every example.
    dim: its value as a compile-time integer, where it is one.
    literal: a number in the text, free to be of any numeric kind.
    start: the number it is when training starts, where that is known. changes: whether it is another later.
    """

    operand: Operand
    type: Type | None
    fixed: bool = False
    dim: Dim | None = None
    literal: bool = False
    start: float | None = None
    changes: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is a plain number in the generated code, good for every kind: a literal, or dims put
        together without a name."""
        if not isinstance(self.operand, str):
            return True
        return self.dim is not None and self.fixed and self.operand.startswith("%")


UNKNOWN = Typed(operand="%unknown", type=None, fixed=True)


class ValueSymbol(Record):
    """A value of the graph."""

    value: Typed
    span: Span
    region: str


class DimSymbol(Record):
    dim: Dim
    span: Span


class SizeSymbol(Record):
    """A length that differs between examples."""

    most: Dim
    span: Span


class IndexSymbol(Record):
    """The index of a loop, from `low` to `high`, both included."""

    low: Dim
    high: Dim
    span: Span


class NetSymbol(Record):
    """A net that calls may name; `draws` if it or a net it calls holds a stochastic node."""

    net: Net
    path: str
    draws: bool
    span: Span


Symbol = ValueSymbol | DimSymbol | SizeSymbol | IndexSymbol | NetSymbol


def type_of(symbol: Symbol) -> Type | None:
    """The type of what is a value; None for the rest, and after a mistake."""
    return symbol.value.type if isinstance(symbol, ValueSymbol) else None


@dataclass
class Scope:
    """Names visible at a place; inner scopes see the outer ones. All scopes of a program share
    `names_at`, what each name of the text belongs to. Of uses of `faulty` names, whose declaration holds a
    mistake, nothing more is said."""

    parent: Scope | None = None
    symbols: dict[str, Symbol] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    dims: dict[str, Dim] = field(default_factory=dict)

    homes: dict[str, Home] = field(default_factory=dict)
    names_at: dict[Span, Name] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.parent is not None:
            self.names_at = self.parent.names_at

    def declare(self, name: str, symbol: Symbol, home: Home, at: Span) -> None:
        """Give a name its meaning from here on; `at` is the place of the name itself."""
        self.symbols[name] = symbol
        if isinstance(symbol, DimSymbol):
            self.dims[name] = symbol.dim
        self.homes[name] = home
        self.names_at[at] = Name(home, type_of(symbol), declares=True)

    def read(self, name: ast.Name) -> Symbol | None:
        """What a name of the text stands for."""
        symbol = self.find(name.id)
        if symbol is not None:
            self.names_at[name.span] = Name(self.home(name.id), type_of(symbol))
        return symbol

    def home(self, name: str) -> Home:
        """What a name that can be seen here belongs to."""
        if name in self.homes:
            return self.homes[name]
        return self.parent.home(name) if self.parent else ("", name)

    def is_faulty(self, name: str) -> bool:
        return name in self.faulty or (self.parent is not None and self.parent.is_faulty(name))

    def find(self, name: str) -> Symbol | None:
        if name in self.symbols:
            return self.symbols[name]
        return self.parent.find(name) if self.parent else None

    def names(self) -> list[str]:
        return [*self.symbols, *(self.parent.names() if self.parent else ())]


@dataclass
class Region:
    """Statements being written: a program's body or a net's. `path` is the net's path, "" for the program;
    `nets` are the nets known so far, by path.

    Inside a loop or choice `statements` are those of its body. `defined` finds every statement of the region
    by its results, `outside` what a net sees of the program around it, and None for the net's arguments;
    `loops` are the loops (`%loop1.%loop2.`) around each; `alive` are the values that tell, in the
    loops around this place, whether an example takes part in a round; `attending` holds, for a call in loops
    (region, result), the value that tells it of the call.
    """

    path: str
    scope: Scope
    places: dict[tuple[str, str], Span]
    nets: dict[str, Net]
    kind: Literal["program", "net", "fn", "schedule"] = "program"
    statements: list[Statement] = field(default_factory=list)
    defined: dict[str, Statement] = field(default_factory=dict)
    outside: MutableMapping[str, Statement | None] = field(default_factory=dict)
    around: str = ""
    loops: dict[str, str] = field(default_factory=dict)
    alive: tuple[str, ...] = ()
    numbers: Counter[str] = field(default_factory=Counter)
    layers: Counter[str] = field(default_factory=Counter)
    draws: bool = False
    choices: list[Choice] = field(default_factory=list)
    attending: dict[tuple[str, str], str] = field(default_factory=dict)

    def fresh(self, kind: str = "") -> str:
        """`%1`, `%2`, ...; of a kind `%loop1`, `%loop2`, ..."""
        self.numbers[kind] += 1
        return f"%{kind}{self.numbers[kind]}"

    def version(self, name: str) -> str:
        """The next version of a name: `x@1`, `x@2`, ..."""
        self.numbers[f"{name}@"] += 1
        return f"{name}@{self.numbers[f'{name}@']}"

    def layer(self, operator: str) -> str:
        """The next attribute name for a layer: conv1, conv2, ..."""
        self.layers[operator] += 1
        return f"{operator}{self.layers[operator]}"

    def add(self, statement: Simple, span: Span) -> str:
        self.write(statement)
        self.places[self.path, statement.result] = span
        return statement.result

    def write(self, statement: Statement) -> None:
        """One more statement at this place."""
        self.statements.append(statement)
        self.choices += [statement] if isinstance(statement, Choice) else []
        for name in {statement.result, *results(statement)}:
            self.defined[name] = statement
            self.loops[name] = self.around

    def statement(self, name: str) -> Statement | None:
        """The statement that defines a value of this region."""
        return self.defined.get(name)

    @property
    def visible(self) -> MutableMapping[str, Statement | None]:
        """By its results every statement of the region, and of the program around a net."""
        return ChainMap(self.defined, self.outside)  # type: ignore[arg-type]

    def finished(self, result: Operand | None = None) -> tuple[Statement, ...]:
        """The statements of a region with this result; a layer that is the only one of its operator loses its
        number, and compile-time numbers that were folded into others are left out."""
        read = {result} | _read(self.statements)
        return self._finished(self.statements, read)

    def _finished(self, statements: Iterable[Statement], read: set[Operand | None]) -> tuple[Statement, ...]:
        done: list[Statement] = []
        for s in statements:
            folded = isinstance(s, Apply) and s.function == "number" and s.result[0] == "%"
            if folded and s.result not in read:
                continue
            if isinstance(s, Apply) and s.layer and self.layers[s.function] == 1:
                s = s.replace(layer=s.function)
            elif isinstance(s, Loop):
                s = s.replace(body=self._finished(s.body, read))
            elif isinstance(s, Choice):
                orelse = self._finished(s.orelse, read)
                s = s.replace(body=self._finished(s.body, read), orelse=orelse)
            done.append(s)
        return tuple(done)


def _read(statements: Iterable[Statement]) -> set[Operand | None]:
    """Every name that statements read, also from one another inside of loops and choices."""
    found: set[Operand | None] = set()
    for statement in walk(statements):
        found |= set(refs(statement))
        match statement:
            case Loop():
                found |= {c.next for c in statement.carried} | {statement.halt}
            case Choice():
                found |= {o for m in statement.merges for o in (m.then, m.orelse)}
    return found
