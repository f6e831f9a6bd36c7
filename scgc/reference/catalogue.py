"""docs/diagnostics.md: every code with what it means, the way out, and wrong programs with what is told."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from scgc.diagnostics import CATALOGUE
from scgc.diagnostics.base import Diagnostic
from scgc.diagnostics.explain import Example, example, says_something, without_facts
from scgc.reference.markdown import block, join, paragraph
from scgc.reference.shown import told

EXAMPLES = Path("tests/golden/err")
"""Wrong programs, `scg201_matmul.scg`, each beside what is told of it, `scg201_matmul.err`."""

HEAD = """# Diagnostics

Every error and warning that scgc knows, written by `python -m scgc.reference docs` from the catalogue. A
diagnostic names the place, the facts of both sides and a way out; `…` below stands for such facts. The
programs are wrong on purpose; below each stand what is told of it and a right one, below `--- NAME` a file
that lies beside it. `scgc explain CODE` shows the same.

`scgc check` tells all of a program's mistakes at once; with `--json` it tells them to other programs."""

THEMES = {
    "0": "Syntax",
    "1": "Names, files and settings",
    "2": "Types, shapes and arguments",
    "3": "The graph and its estimators",
    "4": "Warnings",
    "5": "Data and running",
}


def document(examples: Path = EXAMPLES) -> str:
    """The whole page. Programs that are missing are left out."""
    parts = [HEAD, "\n".join(f"- [{title}](#{_anchor(title)})" for title in THEMES.values())]
    for number, title in THEMES.items():
        parts.append(f"## {title}")
        for code in sorted(CATALOGUE):
            if code[3] == number:
                parts += _entry(CATALOGUE[code], examples)
    return join(parts)


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _entry(kind: type[Diagnostic], examples: Path) -> Iterator[str]:
    yield f"### {kind.code}: {_words(kind.__name__)}"
    title, advice = without_facts(kind.title), without_facts(kind.help)
    if says_something(title):
        yield f"**{kind.severity}: {title}**"
    yield paragraph(inspect.getdoc(kind) or "")
    if says_something(advice):
        yield f"Way out: {advice}"
    programs = example(kind.code)
    if programs is None:
        for program in sorted(examples.glob(f"{kind.code.lower()}_*.scg")):
            yield from _golden(program)
    else:
        yield from _both(programs)


def _words(name: str) -> str:
    """`UnknownName` as `unknown name`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _both(programs: Example) -> Iterator[str]:
    """The wrong program, what is told of it, and the right one. Below a command both are plain text."""
    yield block(programs.wrong, "text" if programs.wrong.startswith("$") else "scg wrong")
    yield block(programs.told or told(programs.wrong))
    yield "Right:"
    yield block(programs.right, "text" if programs.right.startswith("$") else "scg")


def _golden(program: Path) -> Iterator[str]:
    """A program and its message; only the message where the file is no text, or too long for a page."""
    try:
        text = program.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and max(map(len, text.splitlines())) < 160:
        yield block(text, "scg wrong")
    yield block(program.with_suffix(".err").read_text(encoding="utf-8"))
