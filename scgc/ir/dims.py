"""Dimensions: integers known only in part before the data is there.

A `Dim` is a polynomial with integer coefficients over atoms, kept in one canonical form so that equality of
dimensions is equality of values. An atom is a name (`D`, `data.entities`) or a `Quotient` that could not be
worked out. Its text is both the language's notation and, with `//`, Python's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scgc.record import Record

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler


class Quotient(Record):
    """The floor of `over / under`."""

    over: Dim
    under: Dim

    def __str__(self) -> str:
        return f"{self.over.factor()} // {self.under.factor()}"


class Unwieldy(ArithmeticError):
    """A product with more terms, or a larger number, than anyone means."""


MOST_TERMS, LARGEST_FACTOR = 1000, 10**30
"""What a product of dimensions may have."""

Atom = str | Quotient
Monomial = tuple[Atom, ...]


class Dim(Record):
    """A sum of `coefficient * atom * ... * atom`; build one with `Dim.of` and arithmetic."""

    terms: tuple[tuple[Monomial, int], ...]

    @classmethod
    def of(cls, value: int | str | Dim) -> Dim:
        """An integer, a name, or a Dim as it is."""
        if isinstance(value, Dim):
            return value
        if isinstance(value, int):
            return cls((((), value),) if value else ())
        return cls((((value,), 1),))

    @classmethod
    def _from(cls, sums: Mapping[Monomial, int]) -> Dim:
        kept = [(m, c) for m, c in sums.items() if c]
        kept.sort(key=lambda term: (-len(term[0]), [str(a) for a in term[0]]))
        return cls(tuple(kept))

    @classmethod
    def parse(cls, text: str) -> Dim:
        """Inverse of `str`."""
        tokens = re.findall(r"//|[-+*()]|\d+|%?[^\W\d][\w.]*", text)
        value, rest = _parse_sum(tokens)
        if rest:
            raise ValueError(f"not a dimension: {text!r}")
        return value

    @property
    def value(self) -> int | None:
        """The integer, where nothing is left open."""
        if not self.terms:
            return 0
        if len(self.terms) == 1 and self.terms[0][0] == ():
            return self.terms[0][1]
        return None

    @property
    def symbols(self) -> frozenset[str]:
        """The names it depends on."""
        found: set[str] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                found |= {atom} if isinstance(atom, str) else atom.over.symbols | atom.under.symbols
        return frozenset(found)

    def substitute(self, values: Mapping[str, Dim]) -> Dim:
        """With names replaced, again and again until none of `values` is left."""
        match self.terms:
            case () | (((), _),):
                return self
            case (((str(name),), 1),):  # as most axes are
                return values[name].substitute(values) if name in values else self
        if not any(name in values for name in self.symbols):
            return self
        total = Dim.of(0)
        for monomial, coefficient in self.terms:
            term = Dim.of(coefficient)
            for atom in monomial:
                if isinstance(atom, Quotient):
                    over, under = atom.over.substitute(values), atom.under.substitute(values)
                    # a divisor that the data makes 0 leaves the quotient open
                    term *= Dim((((atom,), 1),)) if under.value == 0 else over // under
                else:
                    term *= values[atom].substitute(values) if atom in values else Dim.of(atom)
            total += term
        return total

    def __add__(self, other: Dim | int) -> Dim:
        sums = dict(self.terms)
        for monomial, coefficient in Dim.of(other).terms:
            sums[monomial] = sums.get(monomial, 0) + coefficient
        return Dim._from(sums)

    def __neg__(self) -> Dim:
        return Dim(tuple((m, -c) for m, c in self.terms))

    def __sub__(self, other: Dim | int) -> Dim:
        return self + -Dim.of(other)

    def __mul__(self, other: Dim | int) -> Dim:
        """Raises Unwieldy."""
        sums: dict[Monomial, int] = {}
        for m1, c1 in self.terms:
            for m2, c2 in Dim.of(other).terms:
                monomial = tuple(sorted(m1 + m2, key=str))
                sums[monomial] = sums.get(monomial, 0) + c1 * c2
        if len(sums) > MOST_TERMS or any(abs(c) > LARGEST_FACTOR for c in sums.values()):
            raise Unwieldy
        return Dim._from(sums)

    __radd__ = __add__
    __rmul__ = __mul__

    def __floordiv__(self, other: Dim | int) -> Dim:
        """The floor; an integer divisor takes what it can: (n - 2) // 2 is n // 2 - 1.

        Raises ZeroDivisionError.
        """
        under = Dim.of(other)
        divisor = under.value
        if divisor == 0:
            raise ZeroDivisionError
        if self == under:
            return Dim.of(1)
        if divisor is None:
            return _open(self, under)
        whole = Dim._from({m: c // divisor for m, c in self.terms})
        rest = self - whole * divisor
        return whole if rest.value is not None else whole + _open(rest, under)

    def factor(self) -> str:
        """Its text, in parentheses where a product would tear it apart."""
        text = str(self)
        return f"({text})" if " " in text else text

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        text = ""
        for monomial, coefficient in self.terms:
            factors = [str(a) if isinstance(a, str) else f"({a})" for a in monomial]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            sign = "-" if coefficient < 0 else "+"
            text += f" {sign} " if text else ("-" if sign == "-" else "")
            text += " * ".join(factors)
        if text.startswith("(") and text.endswith(")") and len(self.terms) == 1:
            (monomial, coefficient) = self.terms[0]
            if len(monomial) == 1 and coefficient == 1:
                return text[1:-1]
        return text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        from pydantic_core import core_schema

        def validate(value: Any) -> Dim:
            if isinstance(value, Dim | int):
                return cls.of(value)
            if isinstance(value, str):
                return cls.parse(value)
            raise ValueError("a dimension is an integer or an expression")

        return core_schema.no_info_plain_validator_function(
            validate,
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, str]:
        return {"type": "string", "description": "a dimension: integers and names with + - * //"}


def _open(over: Dim, under: Dim) -> Dim:
    """A quotient that could not be worked out; (n // 4 + 1) // 2 is (n + 4) // 8."""
    match over.terms:
        case (((Quotient() as quotient,), 1), *rest) if _positive(quotient.under) and _positive(under):
            more = Dim(tuple(rest))
            if more.value is not None:
                return (quotient.over + more * quotient.under) // (quotient.under * under)
    return Dim((((Quotient(over, under),), 1),))


def _positive(dim: Dim) -> bool:
    return dim.value is not None and dim.value > 0


def _parse_sum(tokens: list[str]) -> tuple[Dim, list[str]]:
    value, rest = _parse_product(tokens)
    while rest and rest[0] in "+-":
        right, after = _parse_product(rest[1:])
        value, rest = (value + right if rest[0] == "+" else value - right), after
    return value, rest


def _parse_product(tokens: list[str]) -> tuple[Dim, list[str]]:
    value, rest = _parse_factor(tokens)
    while rest and rest[0] in ("*", "//"):
        right, after = _parse_factor(rest[1:])
        value, rest = (value * right if rest[0] == "*" else value // right), after
    return value, rest


def _parse_factor(tokens: list[str]) -> tuple[Dim, list[str]]:
    match tokens:
        case ["-", *rest]:
            value, after = _parse_factor(rest)
            return -value, after
        case ["(", *rest]:
            value, after = _parse_sum(rest)
            if after[:1] != [")"]:
                raise ValueError("a dimension with an open parenthesis")
            return value, after[1:]
        case [token, *rest] if token not in "+*)//":
            return Dim.of(int(token) if token.isdigit() else token), rest
        case _:
            raise ValueError("a dimension that breaks off")
