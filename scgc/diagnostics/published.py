"""Diagnostics as JSON for other programs, in a form that stays: its schema is `docs/check.schema.json`.

Lines and columns count characters from 1; the end is exclusive.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from scgc.diagnostics.base import Diagnostic
from scgc.diagnostics.render import help_text, label, message
from scgc.source import Span


class Place(BaseModel):
    """A part of a file; all null where something has no place."""

    model_config = ConfigDict(extra="forbid")

    file: str | None = None
    line: int | None = Field(None, ge=1)
    column: int | None = Field(None, ge=1)
    end_line: int | None = Field(None, ge=1)
    end_column: int | None = Field(None, ge=1, description="behind the last character")


class Other(Place):
    """A second place that takes part."""

    message: str


class Told(Place):
    """One error or warning."""

    code: str = Field(
        pattern=r"^SCG\d{3}$", description="never given out twice; `scgc explain CODE` tells of it"
    )
    severity: Literal["error", "warning"]
    message: str = Field(description="what is wrong, in one line")
    label: str = Field(description="what stands under the marked place; may be empty")
    help: str | None = Field(description="the way out")
    others: list[Other]


class Found(Told):
    """One error or warning of a program."""

    variant: str | None = Field(description="the variant that has it; null for the program without one")


class Checked(BaseModel):
    """What `scgc check --json` prints."""

    model_config = ConfigDict(extra="forbid")

    files: dict[str, list[Found]] = Field(description="by the file as it was named, in order of place")


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """The facts of a diagnostic, as `Told` describes them."""
    return Told(
        code=diagnostic.code,
        severity=diagnostic.severity,
        message=message(diagnostic),
        label=label(diagnostic),
        help=help_text(diagnostic) or None,
        others=[Other(message=o.text, **_place(o.span)) for o in diagnostic.others],
        **_place(diagnostic.span),
    ).model_dump()


def text(schema: dict[str, Any]) -> str:
    """A JSON schema as it is printed and kept."""
    return json.dumps(schema, indent=2) + "\n"


def _place(span: Span | None) -> dict[str, Any]:
    if span is None:
        return {}
    (line, column), (end_line, end_column) = (span.source.position(o) for o in (span.start, span.end))
    place = {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
    return {"file": span.source.path, **place}
