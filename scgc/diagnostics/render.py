"""Diagnostics as text for people, in rustc's manner; the last step of a command.

error[SCG101]: there is no value named `betta`
 --> model.scg:3:15
  |
3 | z ~ Normal(0, betta)
  |               ^^^^^ not known
  |
  = help: a name is defined before its use. Did you mean "beta"?
"""

from __future__ import annotations

from collections.abc import Iterable

from scgc.diagnostics.base import Diagnostic
from scgc.diagnostics.excerpt import Mark, Row, excerpt
from scgc.source import Source

_COLORS = {"error": "1;31", "warning": "1;33", "title": "1", "frame": "1;34", "second": "34", "help": "1;36"}


def render(diagnostic: Diagnostic, color: bool = False) -> str:
    """One diagnostic as several lines, without a line break at the end; `color` adds ANSI colours."""
    paint = _paint if color else _plain
    severity = diagnostic.severity
    code = paint(severity, f"{severity}[{diagnostic.code}]")
    lines = [code + paint("title", f": {message(diagnostic)}")]
    excerpts = [(source, excerpt(source, marks)) for source, marks in _marks(diagnostic).items()]
    numbers = [row.number for _, rows in excerpts for row in rows if row.number is not None]
    margin = " " * len(str(max(numbers, default=0)))
    bar = paint("frame", f"{margin} |")
    for index, (source, rows) in enumerate(excerpts):
        lines.append(paint("frame", margin + ("--> " if index == 0 else "::: ")) + _place(diagnostic, source))
        lines += [bar, *(_row(row, margin, severity, color) for row in rows)]
    if advice := help_text(diagnostic):
        lines += [bar] if excerpts else []
        lines.append(f"{margin} {paint('frame', '=')} {paint('help', 'help:')} {advice}")
    return "\n".join(lines)


def render_all(diagnostics: Iterable[Diagnostic], color: bool = False) -> str:
    """Several diagnostics, a blank line between them, in the order given."""
    return "\n\n".join(render(diagnostic, color) for diagnostic in diagnostics)


def message(diagnostic: Diagnostic) -> str:
    """The title with its facts, one line."""
    return _one_line(diagnostic.words(diagnostic.title))


def label(diagnostic: Diagnostic) -> str:
    """What stands under the marked place, one line; may be empty."""
    return _one_line(diagnostic.words(diagnostic.label))


def help_text(diagnostic: Diagnostic) -> str:
    """The way out with its facts, one line; empty where there is none."""
    return _one_line(diagnostic.words(diagnostic.help))


def _marks(diagnostic: Diagnostic) -> dict[Source, list[Mark]]:
    """The places by source, the main one's first."""
    marks: dict[Source, list[Mark]] = {}
    if diagnostic.span is not None:
        marks[diagnostic.span.source] = [Mark(diagnostic.span, "^", label(diagnostic))]
    for other in diagnostic.others:
        marks.setdefault(other.span.source, []).append(Mark(other.span, "-", _one_line(other.text)))
    return marks


def _place(diagnostic: Diagnostic, source: Source) -> str:
    """Path, line and column of the first place in a source."""
    places = (diagnostic.span, *(other.span for other in diagnostic.others))
    return str(next(span for span in places if span is not None and span.source == source))


def _row(row: Row, margin: str, severity: str, color: bool) -> str:
    paint = _paint if color else _plain
    if row.kind == "gap":
        return paint("frame", row.text)
    number = margin if row.number is None else str(row.number).rjust(len(margin))
    style = {"^": severity, "-": "second"}.get(row.kind)
    text = paint(style, row.text) if style else row.text
    return (paint("frame", f"{number} |") + (f" {text}" if text else "")).rstrip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _paint(style: str, text: str) -> str:
    return f"\x1b[{_COLORS[style]}m{text}\x1b[0m"


def _plain(style: str, text: str) -> str:
    return text
