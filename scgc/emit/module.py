"""A small model of a Python module: what the emitter builds and `layout` turns into text."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field


@dataclass
class Comment:
    """`# text`."""

    text: str


@dataclass
class Assign:
    """`a, b = value`; with `chained`, `a = b = value`. A comment goes above."""

    targets: tuple[str, ...]
    value: ast.expr
    comment: str = ""
    chained: bool = False
    annotation: str = ""


@dataclass
class Return:
    value: ast.expr


@dataclass
class Do:
    """An expression as a statement."""

    value: ast.expr
    comment: str = ""


@dataclass
class If:
    test: ast.expr
    body: list[Line]
    orelse: list[Line] = field(default_factory=list)
    comment: str = ""


@dataclass
class For:
    """`for targets in over:`."""

    targets: tuple[str, ...]
    over: ast.expr
    body: list[Line]
    comment: str = ""


@dataclass
class Blank:
    """An empty line."""


Line = Comment | Assign | Return | Do | If | For | Blank


@dataclass
class Parameter:
    """A parameter of a function, `name: annotation = default`."""

    name: str
    annotation: str = ""
    default: str = ""

    def __str__(self) -> str:
        text = f"{self.name}: {self.annotation}" if self.annotation else self.name
        if not self.default:
            return text
        return f"{text} = {self.default}" if self.annotation else f"{text}={self.default}"


@dataclass
class Function:
    name: str
    parameters: list[Parameter]
    returns: str
    body: list[Line]
    doc: str = ""
    decorator: str = ""


@dataclass
class Class:
    name: str
    bases: tuple[str, ...]
    doc: str = ""
    fields: list[Parameter] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    constants: list[Assign] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)


@dataclass
class Module:
    """imports: (module, names) pairs; without names the module itself is imported."""

    doc: str
    imports: list[tuple[str, tuple[str, ...]]]
    constants: list[Line]
    parts: list[Class | Function]
