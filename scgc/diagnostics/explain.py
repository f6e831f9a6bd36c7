"""What a code means, at length: why it is told, a wrong program and a right one.

Each file of `examples` holds the two programs, below the command that tells of them where that is another
than `scgc check example.scg`; `scgc explain`, the catalogue in the documents and the tests read them here.
Files beside a program stand below their names, as `--- points.py`; what that cannot show has none. What a run
tells stands there too, below `--- told`, so that the documents are written without running anything.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill, indent

from scgc.diagnostics import CATALOGUE
from scgc.diagnostics.base import Diagnostic

_EXAMPLES = Path(__file__).parent / "examples"
_TOLD, _RIGHT = "\n--- told\n\n", "\n--- right\n\n"


@dataclass(frozen=True)
class Example:
    """A program that has one mistake, and the same without it. told: what a run says of the mistake."""

    wrong: str
    right: str
    told: str = ""


def example(code: str) -> Example | None:
    """The programs of a code; None where there are none."""
    path = _EXAMPLES / f"{code.lower()}.txt"
    if not path.is_file():
        return None
    wrong, _, right = path.read_text(encoding="utf-8").partition(_RIGHT)
    wrong, _, told = wrong.partition(_TOLD)
    return Example(wrong, right, told.rstrip("\n"))


def title(kind: type[Diagnostic]) -> str:
    """A template of a diagnostic with `…` in place of every fact."""
    return without_facts(kind.title)


def without_facts(template: str) -> str:
    """A template with `…` in place of every fact; without the guess at what was meant."""
    text = re.sub(r"\{\w+\}", "…", template.replace("{nearest}", ""))
    return " ".join(text.replace("{{", "{").replace("}}", "}").split())


def says_something(text: str) -> bool:
    """Whether there is more than facts that are left out."""
    return re.search(r"\w", text) is not None


def explain(code: str) -> str:
    """The page of a code, as text for a terminal."""
    kind = CATALOGUE[code]
    name = re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).lower()
    parts = [f"{kind.severity} {code}: {name}", fill(" ".join((inspect.getdoc(kind) or "").split()), 90)]
    if says_something(advice := without_facts(kind.help)):
        parts.append(fill(f"Way out: {advice}", 90))
    programs = example(code)
    if programs is not None:
        parts += ["Wrong:", indent(programs.wrong.rstrip(), "    ")]
        parts += ["Right:", indent(programs.right.rstrip(), "    ")]
    return "\n\n".join(parts)
