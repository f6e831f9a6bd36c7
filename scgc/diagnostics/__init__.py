"""What can be told to the user: the catalogue by theme. Importing this fills `CATALOGUE`."""

from scgc.diagnostics import (
    arguments,
    data,
    graph,
    loops,
    names,
    players,
    running,
    studies,
    syntax,
    types,
    warnings,
)
from scgc.diagnostics.base import CATALOGUE, CompilerBug, Diagnostic, Label, ProgramError, Sink, nearest

__all__ = [
    "CATALOGUE", "CompilerBug", "Diagnostic", "Label", "ProgramError", "Sink", "arguments", "data", "graph",
    "loops", "names", "nearest", "players", "running", "studies", "syntax", "types",
    "warnings",
]  # fmt: skip
