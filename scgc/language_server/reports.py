"""Diagnostics in the protocol's form: the place, what is wrong, and what to do about it in one text."""

from __future__ import annotations

from pathlib import Path

from lsprotocol.types import (
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    DiagnosticTag,
    Location,
    Range,
)

from scgc.checking import Found
from scgc.diagnostics import base
from scgc.diagnostics.render import help_text, message
from scgc.diagnostics.warnings import UnusedDeclaration
from scgc.language_server.positions import Positions
from scgc.language_server.reading import Reading
from scgc.source import Source, Span
from scgc.syntax import ast

SEVERITY = {"error": DiagnosticSeverity.Error, "warning": DiagnosticSeverity.Warning}


def report(reading: Reading, found: Found, encoding: str) -> Diagnostic:
    """One diagnostic; of a used file it stands at the `use`."""
    variant, diagnostic = found
    span = diagnostic.span
    at = span if span and span.source.path == reading.source.path else _stand_in(reading)
    others = [(o.span, o.text) for o in diagnostic.others if o.text]
    others += [(span, "here")] if span is not None and at is not span else []
    return Diagnostic(
        Positions(reading.source.text, encoding).range(at.start, at.end),
        _text(diagnostic, variant),
        severity=SEVERITY[diagnostic.severity],
        code=diagnostic.code,
        source="scgc",
        related_information=[_related(s, text, encoding) for s, text in others if _file(s.source)],
        tags=[DiagnosticTag.Unnecessary] if isinstance(diagnostic, UnusedDeclaration) else None,
    )


def _text(diagnostic: base.Diagnostic, variant: str | None) -> str:
    label = " ".join(diagnostic.words(diagnostic.label).split())
    title = message(diagnostic) + (f" (in the variant {variant})" if variant else "")
    return "\n".join(filter(None, (title, label, help_text(diagnostic))))


def _stand_in(reading: Reading) -> Span:
    """Where to tell what has its place elsewhere: at the first `use`, else at the beginning."""
    uses = (d.span for d in reading.tree.declarations if isinstance(d, ast.Use))
    return next(uses, Span(reading.source, 0, 0))


def _related(span: Span, text: str, encoding: str) -> DiagnosticRelatedInformation:
    return DiagnosticRelatedInformation(location(span, encoding), text)


def location(span: Span, encoding: str) -> Location:
    """A place in a file."""
    where: Range = Positions(span.source.text, encoding).range(span.start, span.end)
    return Location(Path(span.source.path).resolve().as_uri(), where)


def _file(source: Source) -> bool:
    """Whether a source is a file, and not a text of the command line's or one put together."""
    return Path(source.path).suffix == ".scg"
