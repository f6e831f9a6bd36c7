"""Whatever the text, only diagnostics come out; what has no errors goes through every stage.

`SCGC_FUZZ=20000 pytest tests/test_robustness.py` tries that many texts, new ones each time; without it a few
hundred, always the same.
"""

from __future__ import annotations

import builtins
import os
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.render import render_all
from scgc.draw import dot
from scgc.ir.reader import parse_ir
from scgc.ir.text import print_ir
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.syntax.errors import parse_program
from scgc.syntax.format import format_source

CASES = int(os.environ.get("SCGC_FUZZ", "300"))


def through_every_stage(text: str) -> None:
    """Raises whatever is no diagnostic."""
    compiled = Compilation(Source("case.scg", text))
    found = compiled.diagnostics
    assert render_all(found) or not found
    if not any(d.code.startswith("SCG0") for d in found):
        lay_out(compiled.source)
    if any(d.severity == "error" for d in found):
        return
    program = compiled.program
    assert parse_ir(print_ir(program)) == program
    builtins.compile(compiled.python, "case.py", "exec")
    for depth in (0, 2):
        dot(program, depth, True, compiled.places)


def lay_out(source: Source) -> None:
    """The formatter keeps the tree and comes to rest."""
    try:
        tree = parse_program(source)
    except ProgramError:
        return  # the mistake is in another file
    once = format_source(source)
    assert parse_program(Source(source.path, once)) == tree
    assert format_source(Source(source.path, once)) == once


@settings(
    max_examples=CASES,
    deadline=None,
    derandomize="SCGC_FUZZ" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(st.randoms(use_true_random=False))
def test_only_diagnostics_come_out(random: Random) -> None:
    through_every_stage(mutated(random))
