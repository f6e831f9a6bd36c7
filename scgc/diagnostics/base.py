"""What a diagnostic is: one class a code, its facts as fields, its words as class attributes.

The catalogue lies beside this file by theme: `syntax` (0xx), `names` (1xx), `types` and `arguments` (2xx),
`graph` (3xx: the graph and estimators), `warnings` (4xx), `data` (5xx: data and running), `studies` (54x).
Rendering is
`diagnostics/render.py`'s; collecting is `Sink`'s. A bug of ours is a `CompilerBug`, never a diagnostic.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import ClassVar, Literal, dataclass_transform

from scgc.record import Record
from scgc.source import Span

CATALOGUE: dict[str, type[Diagnostic]] = {}
"""Every code with its class."""


class Label(Record):
    """A second place that takes part, with what stands there."""

    span: Span
    text: str


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Diagnostic(Record):
    """One thing to tell the user. Subclasses add facts as fields and word them in three templates.

    `title` is the first line, `label` stands under the marked place, `help` is the way out; each may name the
    fields in braces. The class's docstring is its explanation in the reference.
    """

    _keywords: ClassVar[bool] = True

    code: ClassVar[str] = ""
    severity: ClassVar[Literal["error", "warning"]] = "error"
    title: ClassVar[str] = ""
    label: ClassVar[str] = ""
    help: ClassVar[str] = ""

    span: Span | None
    others: tuple[Label, ...] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.code:
            assert cls.code not in CATALOGUE, cls.code
            CATALOGUE[cls.code] = cls

    def words(self, template: str) -> str:
        """A template with this diagnostic's facts filled in."""
        return template.format(**{name: getattr(self, name) for name in self._fields})


class ProgramError(Exception):
    """Raised where the caller asked for a result that a faulty program or input cannot give."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(f"{d.code}: {d.words(d.title)}" for d in diagnostics))
        self.diagnostics = diagnostics

    def _render_traceback_(self) -> list[str]:
        """What IPython and notebooks show in place of a traceback."""
        from scgc.diagnostics.render import render_all

        return render_all(self.diagnostics, color="NO_COLOR" not in os.environ).split("\n")


class CompilerBug(Exception):
    """Something that cannot happen did; never the user's fault."""


class Sink:
    """Collects what the stages report, each once; they go on after an error so that one run shows all."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._found = dict.fromkeys(diagnostics)

    def report(self, diagnostic: Diagnostic) -> None:
        self._found.setdefault(diagnostic)

    def forget(self, count: int) -> None:
        """What was reported after the first `count`."""
        for diagnostic in list(self._found)[count:]:
            del self._found[diagnostic]

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """In the order of their reports."""
        return list(self._found)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self if d.severity == "error")

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Diagnostic]:
        """In order of place."""
        yield from sorted(self._found, key=lambda d: (d.span is None, d.span.start if d.span else 0))


MOST_COMPARED = 500
"""How many names a misspelt one is compared with: those that were declared last."""

LONGEST = 100
"""How many letters of it are compared."""


def nearest(name: str, known: list[str] | tuple[str, ...]) -> str:
    """` Did you mean "..."?` for the closest known name, or nothing where none is close."""
    close = get_close_matches(name[:LONGEST], known[-MOST_COMPARED:], n=1, cutoff=0.6)
    return f' Did you mean "{close[0]}"?' if close else ""
