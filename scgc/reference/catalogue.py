"""docs/diagnostics.md: every code with what it means, the way out, and wrong programs with what is told."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from scgc.diagnostics import CATALOGUE
from scgc.diagnostics.base import Diagnostic
from scgc.reference.markdown import block, join, paragraph

EXAMPLES = Path("tests/golden/err")
"""Wrong programs, `scg201_matmul.scg`, each beside what is told of it, `scg201_matmul.err`."""

HEAD = """# Diagnostics

Every error and warning that scgc knows, written by `python -m scgc.reference docs` from the catalogue. A
diagnostic names the place, the facts of both sides and a way out; `…` below stands for such facts. The
programs are wrong on purpose: they are the tests of their messages.

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
    title, advice = _without_facts(kind.title), _without_facts(kind.help)
    if _says_something(title):
        yield f"**{kind.severity}: {title}**"
    yield paragraph(inspect.getdoc(kind) or "")
    if _says_something(advice):
        yield f"Way out: {advice}"
    for program in sorted(examples.glob(f"{kind.code.lower()}_*.scg")):
        yield from _example(program)


def _words(name: str) -> str:
    """`UnknownName` as `unknown name`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _example(program: Path) -> Iterator[str]:
    """A program and its message; only the message where the file is no text, or too long for a page."""
    try:
        text = program.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and max(map(len, text.splitlines())) < 160:
        yield block(text, "scg wrong")
    yield block(program.with_suffix(".err").read_text(encoding="utf-8"))


def _says_something(text: str) -> bool:
    """Whether there is more than facts that are left out."""
    return re.search(r"\w", text) is not None


def _without_facts(template: str) -> str:
    """A template of a diagnostic with `…` in place of every fact; without the guess at what was meant."""
    text = re.sub(r"\{\w+\}", "…", template.replace("{nearest}", ""))
    return paragraph(text.replace("{{", "{").replace("}}", "}"))
