"""Warnings that a program allows, with the reason why: `# allow SCG402: the shortcut is in the next layer`.

The comment stands on the line of what is warned of, or on a line above it. An allowance that has no reason,
names no warning or silences nothing is told itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from scgc.diagnostics.base import CATALOGUE, Diagnostic, nearest
from scgc.diagnostics.warnings import AllowanceOfNothing, AllowanceWithoutReason, UnknownAllowance
from scgc.record import Record
from scgc.source import Source, Span

_COMMENT = re.compile(r'"[^"\n]*"?|#(?P<text>[^\n]*)')
_ALLOW = re.compile(r"\s*allow\s+(?P<codes>SCG\w*(?:\s*,\s*SCG\w*)*)\s*:?(?P<reason>.*)", re.IGNORECASE)


class Allowance(Record):
    """One code of one comment, with the line that it is about."""

    code: str
    reason: str
    line: int
    span: Span

    def covers(self, diagnostic: Diagnostic) -> bool:
        """Whether a diagnostic is a warning of this kind on this line."""
        span = diagnostic.span
        if span is None or span.source != self.span.source or diagnostic.severity != "warning":
            return False
        first, last = (span.source.position(o)[0] for o in (span.start, max(span.end - 1, span.start)))
        return diagnostic.code == self.code and first <= self.line <= last


def told(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics that no comment allows."""
    return tuple(d for d in diagnostics if not any(a.covers(d) for a in _around(d)))


def verify(source: Source, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """What is wrong with the allowances of a text; `found` is all that there is to warn of."""
    found = tuple(found)
    for allowance in allowances(source):
        span, code = allowance.span, allowance.code
        kind = CATALOGUE.get(code)
        if kind is None or kind.severity != "warning":
            problem = "there is no such code" if kind is None else "it is an error"
            warnings = sorted(c for c, k in CATALOGUE.items() if k.severity == "warning")
            hint = nearest(code, warnings) if kind is None else ""
            yield UnknownAllowance(span=span, allowed=code, problem=problem, nearest=hint)
        elif not any(allowance.covers(d) for d in found):
            yield AllowanceOfNothing(span=span, allowed=code)
        elif not allowance.reason:
            yield AllowanceWithoutReason(span=span, allowed=code)


@lru_cache(maxsize=64)
def allowances(source: Source) -> tuple[Allowance, ...]:
    """Every allowance of a text, in order."""
    if "allow" not in source.text:
        return ()
    comments = [(m.start(), m["text"]) for m in _COMMENT.finditer(source.text) if m["text"] is not None]
    found = ((start, match) for start, text in comments if (match := _ALLOW.fullmatch(text)))
    return tuple(
        Allowance(
            code.strip().upper(),
            match["reason"].strip(),
            _line(source, start),
            Span(source, start, start + 1 + match.end()),
        )
        for start, match in found
        for code in match["codes"].split(",")
    )


def _around(diagnostic: Diagnostic) -> tuple[Allowance, ...]:
    return allowances(diagnostic.span.source) if diagnostic.span is not None else ()


def _line(source: Source, comment: int) -> int:
    """The line that a comment is about: its own, or the next one with more than a comment."""
    number, column = source.position(comment)
    if source.line(number)[: column - 1].strip():
        return number
    while number < len(source.line_starts):
        number += 1
        if (text := source.line(number).strip()) and not text.startswith("#"):
            return number
    return number
