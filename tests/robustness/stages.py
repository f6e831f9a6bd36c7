"""One text through every stage: whatever is no diagnostic is raised."""

from __future__ import annotations

import builtins
import json
import warnings

from scgc.checking import check
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.published import as_json
from scgc.diagnostics.render import render_all
from scgc.draw import dot
from scgc.ir.reader import parse_ir
from scgc.ir.text import print_ir
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.syntax.errors import parse_program
from scgc.syntax.format import format_source


def through_every_stage(source: Source) -> bool:
    """Check, fmt, ir, draw and compile; whether the program has no errors."""
    compiled = Compilation(source)
    found = [d for _, d in check(compiled)]
    assert render_all(found) or not found
    json.dumps([as_json(d) for d in found])
    if not any(d.code.startswith("SCG0") for d in found):
        lay_out(source)
    if any(d.severity == "error" for d in compiled.diagnostics):
        return False
    program = compiled.program
    assert parse_ir(print_ir(program)) == program
    with warnings.catch_warnings():
        builtins.compile(compiled.python, "case.py", "exec")
    for depth in (0, 2):
        dot(program, depth, True, compiled.places)
    return True


def lay_out(source: Source) -> None:
    """The formatter keeps the tree and comes to rest."""
    try:
        tree = parse_program(source)
    except ProgramError:
        return  # the mistake is in another file
    once = format_source(source)
    assert parse_program(Source(source.path, once)) == tree
    assert format_source(Source(source.path, once)) == once
