"""The graph as JSON and back, and the schema of it: for `scgc ir`, and for what a run keeps of its program.

Only here pydantic looks at the graph; what the compiler itself makes is checked by types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from scgc.ir.graph import Program
from scgc.ir.types import Frozen
from scgc.record import complete


@cache
def _programs() -> TypeAdapter[Program]:
    """Of what pydantic knows to read: dataclasses, which records become for its sake."""
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
    found: dict[str, Any] = _programs().dump_python(program, mode="json")
    return found


def from_json(stored: Any) -> Program:
    """The program that `to_json` gave. Raises ValueError where it is something else."""
    return _programs().validate_python(stored)


def schema() -> dict[str, Any]:
    """The JSON schema of every program."""
    return _programs().json_schema()
