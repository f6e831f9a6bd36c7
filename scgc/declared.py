"""What the registries hold has a signature in the language's own notation, and is named by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from math import inf

from scgc.record import Record
from scgc.syntax import ast


class Range(Record):
    """What a number may be: from `least` to `most`; with `open` neither of them itself."""

    least: float = -inf
    most: float = inf
    open: bool = False

    def holds(self, number: float) -> bool:
        """Whether a number lies within."""
        if self.open:
            return self.least < number < self.most
        return self.least <= number <= self.most

    def __str__(self) -> str:
        if self.most == inf:
            return f"above {self.least:g}" if self.open else f"at least {self.least:g}"
        between = "between" if self.open else "from"
        return f"{between} {self.least:g} {'and' if self.open else 'to'} {self.most:g}"


class Above(Record):
    """More than the number of another slot."""

    slot: str


class UpTo(Record):
    """From 1 to a dimension of the signature."""

    dim: str


Limits = Mapping[str, Range | Above | UpTo]
"""What numbers may be, by slot."""

POSITIVE, COUNT, SIZE, PROBABILITY = Range(0, open=True), Range(0), Range(1), Range(0, 1)
"""The usual ones: above 0; 0, 1, 2, ...; 1, 2, 3, ...; a probability."""


NEVER = -1e9
"""A logit whose category is never drawn; finite, so that 0 times it is 0."""


class Declared(Record):
    """The base of declarations; see `ops/declare.py` for the notation.

    signature: `NAME(slot : type = default, ...) -> type`, the result where there is one.
    limits: what options, and values that are plain numbers in the text, may be.
    words: the legal words of each option of kind word.
    """

    signature: str
    limits: Limits = field(default_factory=dict, kw_only=True)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)

    @property
    def name(self) -> str:
        return self.signature[: self.signature.index("(")]

    @cached_property
    def parsed(self) -> ast.Signature:
        """The signature's tree; parsed when first asked for."""
        from scgc.syntax.parse import parse_signature

        return parse_signature(self.signature)
