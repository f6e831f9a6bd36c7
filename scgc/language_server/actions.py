"""What can be done about a diagnostic with one edit: the cure that it names, where it is exact, or for a
warning the comment that allows it, to which its reason is to be added."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scgc.diagnostics.base import Diagnostic
from scgc.diagnostics.syntax import UnexpectedCharacter
from scgc.diagnostics.warnings import AllowanceOfNothing, AllowanceWithoutReason, UnknownAllowance
from scgc.source import Span

_MEANT = re.compile(r'Did you mean "([^"]+)"\?')
_WRITE = re.compile(r"write `([^`\s]+)`\.")
WORDS = ("key", "name", "found", "option")
"""The facts of diagnostics that may hold the word which was not meant."""


ALLOWANCES = (AllowanceOfNothing, AllowanceWithoutReason, UnknownAllowance)


@dataclass(frozen=True)
class Action:
    """An edit, and whether it cures what is wrong."""

    title: str
    span: Span
    text: str
    cures: bool


def actions(diagnostic: Diagnostic, span: Span) -> Iterator[Action]:
    """What can be done about a diagnostic at its place."""
    if found := cure(diagnostic):
        wrong, meant = found
        yield Action(f"Replace `{wrong.text}` by `{meant}`", wrong, meant, True)
    if diagnostic.severity == "warning" and not isinstance(diagnostic, ALLOWANCES):
        start = span.source.text.rfind("\n", 0, span.start) + 1
        indent = re.match(r"[ \t]*", span.source.text[start:])
        comment = f"{indent[0] if indent else ''}# allow {diagnostic.code}: \n"
        yield Action(f"Allow {diagnostic.code} here", Span(span.source, start, start), comment, False)


def cure(diagnostic: Diagnostic) -> tuple[Span, str] | None:
    """The part of the text to replace, and what with."""
    span = diagnostic.span
    if span is None:
        return None
    if isinstance(diagnostic, UnexpectedCharacter):
        instead = _WRITE.fullmatch(diagnostic.advice)
        return (span, instead[1]) if instead else None
    meant = _MEANT.search(getattr(diagnostic, "nearest", ""))
    wrong = _wrong(diagnostic, span) if meant else None
    return (wrong, meant[1]) if meant and wrong else None


def _wrong(diagnostic: Diagnostic, span: Span) -> Span | None:
    """The word of the place that was not meant; behind a dot the last."""
    for fact in WORDS:
        word = getattr(diagnostic, fact, None)
        if not isinstance(word, str) or not word:
            continue
        places = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", span.text)]
        if places:
            start = span.start + (places[-1] if hasattr(diagnostic, "base") else places[0])
            return Span(span.source, start, start + len(word))
    return None
