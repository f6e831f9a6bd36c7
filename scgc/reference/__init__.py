"""The reference as Markdown, from the registries: what programs may name, and what the compiler may say.

Beside the pipeline: it reads every registry, nothing reads it. `python -m scgc.reference docs` writes the
documents into the folder `docs`; a test compares them. Importing this imports no torch.
"""

from __future__ import annotations

from collections.abc import Callable

from scgc.diagnostics import published
from scgc.ir import json
from scgc.reference import catalogue, registries

DOCUMENTS: dict[str, Callable[[], str]] = {
    "reference.md": registries.document,
    "diagnostics.md": catalogue.document,
    "check.schema.json": lambda: published.text(published.Checked.model_json_schema()),
    "ir.schema.json": lambda: published.text(json.schema()),
}
"""The documents by file name, with what writes them; to be called at the top of a checkout."""

__all__ = ["DOCUMENTS"]
