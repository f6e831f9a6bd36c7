"""Pygments' lexer of `.scg` programs, found by its entry point."""

from __future__ import annotations

from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, Whitespace

from scgc.highlighting import vocabulary

NAME = r"[^\W\d]\w*"
CALLED = r"(?=\s*\()"


def _words(found: tuple[str, ...], suffix: str = r"\b") -> Any:
    """Whole words that stand behind no dot."""
    return words(found, prefix=r"(?<![\w.])", suffix=suffix)


class ScgLexer(RegexLexer):  # type: ignore[misc]
    """Programs of stochastic computation graphs."""

    name = "scg"
    url = "https://pypi.org/project/scg-compiler/"
    aliases: ClassVar[list[str]] = ["scg"]
    filenames: ClassVar[list[str]] = ["*.scg"]
    mimetypes: ClassVar[list[str]] = ["text/x-scg"]

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            (r"[ \t\r\n\f]+", Whitespace),
            (r"##[^\n]*", String.Doc),
            (r"#[^\n]*", Comment.Single),
            (r'"[^"\n]*"', String.Double),
            (r"\d+(\.\d+)?([eE][+-]?\d+)?", Number),
            (rf"(via)(\s+)({NAME})", bygroups(Keyword, Whitespace, Name.Decorator)),
            (rf"(\|>)(\s*)({NAME})", bygroups(Operator, Whitespace, Name.Function)),
            (_words(vocabulary.types()), Keyword.Type),
            (_words(vocabulary.functions(), CALLED), Name.Builtin),
            (_words(vocabulary.families(), CALLED), Name.Class),
            (_words(vocabulary.DECLARING), Keyword.Declaration),
            (_words(vocabulary.LOGIC), Operator.Word),
            (_words(vocabulary.CONSTANTS), Keyword.Constant),
            (_words(vocabulary.ruling()), Keyword),
            (rf"{NAME}{CALLED}", Name.Function),
            (NAME, Name),
            (r"\|>|<-|->|[=!<>]=|[=~<>+\-*/@^']", Operator),
            (r"[()\[\]{},:.]", Punctuation),
            (r".", Text),
        ]
    }
