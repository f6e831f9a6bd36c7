"""What the registries hold has a signature in the language's own notation, and is named by it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from scgc.syntax import ast


@dataclass(frozen=True)
class Declared:
    """The base of declarations; see `ops/declare.py` for the notation.

    signature: `NAME(slot : type = default, ...) -> type`, the result where there is one.
    """

    signature: str

    @property
    def name(self) -> str:
        return self.signature[: self.signature.index("(")]

    @cached_property
    def parsed(self) -> ast.Signature:
        """The signature's tree; parsed when first asked for."""
        from scgc.syntax.parse import parse_signature

        return parse_signature(self.signature)
