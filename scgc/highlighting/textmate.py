"""The grammar that colours programs in VS Code and other editors; `python -m scgc.highlighting FILE` writes
it.

A TextMate grammar: patterns tried in order at each place of a line, each with a scope that themes know.
"""

from __future__ import annotations

import json
from typing import Any

from scgc.highlighting import vocabulary

NAME = r"[^\W\d]\w*"
CALLED = r"(?=\s*\()"


def grammar() -> str:
    """The grammar as JSON."""
    whole = {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "scg",
        "scopeName": "source.scg",
        "fileTypes": ["scg"],
        "patterns": _patterns(),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _patterns() -> list[dict[str, Any]]:
    return [
        _pattern(r"##.*$", "comment.block.documentation"),
        _pattern(r"#.*$", "comment.line.number-sign"),
        _pattern(r'"[^"\n]*"', "string.quoted.double"),
        _pattern(r"\b\d+(\.\d+)?([eE][+-]?\d+)?\b", "constant.numeric"),
        _grouped(rf"\b(via)\s+({NAME})", "keyword.control", "entity.name.tag"),
        _grouped(rf"(\|>)\s*({NAME})", "keyword.operator", "entity.name.function"),
        _grouped(rf"\b(net|fn)\s+({NAME})", "keyword.declaration", "entity.name.function"),
        _grouped(rf"^\s*(variant|evaluate)\s+({NAME})", "keyword.declaration", "entity.name.section"),
        _pattern(_words(vocabulary.types()), "support.type"),
        _pattern(_words(vocabulary.functions()) + CALLED, "support.function"),
        _pattern(_words(vocabulary.families()) + CALLED, "support.class"),
        _pattern(_words(vocabulary.DECLARING), "keyword.declaration"),
        _pattern(_words(vocabulary.LOGIC), "keyword.operator.logical"),
        _pattern(_words(vocabulary.CONSTANTS), "constant.language"),
        _pattern(_words(vocabulary.ruling()), "keyword.control"),
        _pattern(NAME + CALLED, "entity.name.function"),
        _pattern(r"\|>|<-|->|[=!<>]=|[=~<>+\-*/@^']", "keyword.operator"),
        _pattern(NAME, "variable.other"),
    ]


def _words(found: tuple[str, ...]) -> str:
    """Whole words that stand behind no dot."""
    return rf"(?<![\w.])(?:{'|'.join(found)})\b"


def _pattern(match: str, scope: str) -> dict[str, Any]:
    return {"match": match, "name": f"{scope}.scg"}


def _grouped(match: str, *scopes: str) -> dict[str, Any]:
    captures = {str(number): {"name": f"{scope}.scg"} for number, scope in enumerate(scopes, 1)}
    return {"match": match, "captures": captures}
