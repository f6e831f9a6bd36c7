"""The graph as JSON and back, and the schema of it: for `scgc ir`, and for what a run keeps of its program.

Only where JSON is read pydantic looks at the graph, for it is to say what is wrong. What the compiler itself
makes is checked by types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from scgc.ir.dims import Dim
from scgc.ir.graph import Program
from scgc.ir.types import Frozen
from scgc.record import complete

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@cache
def _programs() -> TypeAdapter[Program]:
    """Of what pydantic knows to read: dataclasses, which records become for its sake."""
    from pydantic import ConfigDict, TypeAdapter

    records = tuple(_all(Frozen))
    for record in records:
        complete(record)  # before `dataclass` takes defaults that are made away from the class
    for record in records:
        dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=True)(record)
        record.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
    return TypeAdapter(Program)


def _all(base: type[Frozen]) -> Iterator[type[Frozen]]:
    yield base
    for record in base.__subclasses__():
        yield from _all(record)


def to_json(program: Program) -> dict[str, Any]:
    """A program as JSON."""
    return {name: _plain(getattr(program, name)) for name in program._fields}


def _plain(part: Any) -> Any:
    """A part of a program in lists, objects, numbers and texts."""
    match part:
        case Dim():
            return str(part)
        case Frozen():
            return {name: _plain(getattr(part, name)) for name in part._fields}
        case dict():
            return {name: _plain(value) for name, value in part.items()}
        case tuple():
            return [_plain(value) for value in part]
        case _:
            return part


def from_json(stored: Any) -> Program:
    """The program that `to_json` gave. Raises ValueError where it is something else."""
    return _programs().validate_python(stored)


def schema() -> dict[str, Any]:
    """The JSON schema of every program."""
    return _programs().json_schema()
