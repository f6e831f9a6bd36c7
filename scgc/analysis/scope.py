"""Names and what they stand for, and the region of statements that inference writes into."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, Invoke, Net, Operand, Sample, refs
from scgc.ir.types import Type
from scgc.source import Span


@dataclass(frozen=True)
class Typed:
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
        return not isinstance(self.operand, str) or (self.dim is not None and self.operand.startswith("%"))


UNKNOWN = Typed(operand="%unknown", type=None, fixed=True)


@dataclass(frozen=True)
class ValueSymbol:
    """A value of the graph."""

    value: Typed
    span: Span
    region: str


@dataclass(frozen=True)
class DimSymbol:
    dim: Dim
    span: Span


@dataclass(frozen=True)
class NetSymbol:
    """A net that calls may name; `draws` if it or a net it calls holds a stochastic node."""

    net: Net
    path: str
    draws: bool
    span: Span


Symbol = ValueSymbol | DimSymbol | NetSymbol


@dataclass
class Scope:
    """Names visible at a place; inner scopes see the outer ones."""

    parent: Scope | None = None
    symbols: dict[str, Symbol] = field(default_factory=dict)

    def find(self, name: str) -> Symbol | None:
        if name in self.symbols:
            return self.symbols[name]
        return self.parent.find(name) if self.parent else None

    def names(self) -> list[str]:
        return [*self.symbols, *(self.parent.names() if self.parent else ())]


@dataclass
class Region:
    """Statements being written: a program's body or a net's. `path` is the net's path, "" for the program;
    `nets` are the nets known so far, by path."""

    path: str
    scope: Scope
    places: dict[tuple[str, str], Span]
    nets: dict[str, Net]
    kind: Literal["program", "net", "fn", "schedule"] = "program"
    statements: list[Apply | Invoke | Sample] = field(default_factory=list)
    temporaries: int = 0
    layers: Counter[str] = field(default_factory=Counter)
    draws: bool = False

    def fresh(self) -> str:
        self.temporaries += 1
        return f"%{self.temporaries}"

    def layer(self, operator: str) -> str:
        """The next attribute name for a layer: conv1, conv2, ..."""
        self.layers[operator] += 1
        return f"{operator}{self.layers[operator]}"

    def add(self, statement: Apply | Invoke | Sample, span: Span) -> str:
        self.statements.append(statement)
        self.places[self.path, statement.result] = span
        return statement.result

    def statement(self, name: str) -> Apply | Invoke | Sample | None:
        """The statement that defines a value of this region."""
        return next((s for s in self.statements if s.result == name), None)

    def finished(self, result: Operand | None = None) -> tuple[Apply | Invoke | Sample, ...]:
        """The statements of a region with this result; a layer that is the only one of its operator loses its
        number, and compile-time numbers that were folded into others are left out."""
        done: list[Apply | Invoke | Sample] = []
        read = {result, *(name for s in self.statements for name in refs(s))}
        for s in self.statements:
            if (
                isinstance(s, Apply)
                and s.function == "number"
                and s.result[0] == "%"
                and s.result not in read
            ):
                continue
            if isinstance(s, Apply) and s.layer and self.layers[s.function] == 1:
                s = s.model_copy(update={"layer": s.function})
            done.append(s)
        return tuple(done)
