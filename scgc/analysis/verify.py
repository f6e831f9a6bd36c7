"""Third stage of the analysis: what only the whole graph shows.

`legality` holds the errors, `doubts` the warnings; both ask the program with its calls opened, `opened`.
"""

from __future__ import annotations

from scgc.analysis.doubts import verify_doubts
from scgc.analysis.extent import verify_extent
from scgc.analysis.fields import verify_data
from scgc.analysis.legality import verify_legality
from scgc.analysis.minimizing import verify_players
from scgc.analysis.opened import Opened
from scgc.diagnostics.base import Sink
from scgc.diagnostics.graph import ExternNotAllowed
from scgc.ir.graph import Places, Program
from scgc.syntax import ast

NO_GRAPH = ("SCG0", "SCG102", "SCG233", "SCG235")
"""Mistakes after which there is no graph to ask: text that could not be parsed, a name of two values."""


def verify(program: Program, places: Places, tree: ast.Program, allow_extern: bool, sink: Sink) -> None:
    """Report what is wrong or doubtful in a graph; of one that is not whole since mistakes were found before,
    what its gradients cannot do."""
    before = sink.errors
    if any(fault.code.startswith(NO_GRAPH) for fault in before):
        return
    verify_extent(program, places, sink)
    if sink.errors == before:
        opened = Opened(program, places, sink)
        verify_legality(opened, before)
        if not before:
            verify_doubts(opened)
        if not sink.errors:
            verify_players(program, places, tree, opened.flow, opened.reached, sink)
    if not before:
        verify_data(program, tree, sink)
    if not before and not allow_extern:
        verify_extern(program, tree, sink)


def verify_extern(program: Program, tree: ast.Program, sink: Sink) -> None:
    """Python code of the user's runs only with leave."""
    spans = {d.name: d.span for d in tree.declarations if isinstance(d, ast.Extern)}
    for net in program.nets:
        if net.target is not None:
            sink.report(ExternNotAllowed(span=spans.get(net.name), name=net.name, target=net.target))
