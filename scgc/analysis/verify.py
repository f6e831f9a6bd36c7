"""Third stage of the analysis: what only the whole graph shows."""

from __future__ import annotations

from scgc.diagnostics.base import Sink
from scgc.ir.graph import Places, Program
from scgc.syntax import ast


def verify(program: Program, places: Places, tree: ast.Program, allow_extern: bool, sink: Sink) -> None:
    """Report what is wrong or doubtful in a graph whose types agree."""
