"""Passes over the graph, between its analysis and the emitted module: what is computed twice, what nothing
asks for, and calls that can be one.

Each is a function of a program that gives one of the same values, gradients and distributions of draws;
values keep their names. They run in the order of `PASSES`. What calls are made together is told beside the
graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scgc.ir.graph import Program
from scgc.passes.batching import parallel_calls, side_by_side
from scgc.passes.common import share
from scgc.passes.unneeded import drop

if TYPE_CHECKING:
    from scgc.emit.regions import Together

PASSES: tuple[Callable[[Program], Program], ...] = (
    share,  # first, so that what was read only by a copy is dropped
    drop,
    side_by_side,  # last, for it looks at what calls depend on
)


@dataclass(frozen=True)
class Prepared:
    """A program as it is emitted. together: by region, the calls of one net that are made as one."""

    program: Program
    together: Together = field(default_factory=dict)


def prepare(program: Program) -> Prepared:
    """After all passes."""
    for change in PASSES:
        program = change(program)
    return Prepared(program, parallel_calls(program))


__all__ = ["PASSES", "Prepared", "prepare"]
