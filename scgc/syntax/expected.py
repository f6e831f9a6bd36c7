"""What the grammar would accept at some place, in words a newcomer understands: for `syntax/errors.py`."""

from __future__ import annotations

from collections.abc import Iterable

from scgc.syntax.reading import grammar

_EXPRESSION = {"NAME", "NUMBER", "STRING", "LPAR", "LSQB", "ADD", "NOT", "WHERE"}
_OPERATOR = {"ADD", "MULTIPLY", "POWER", "COMPARE", "AND", "OR", "DOT", "LPAR", "LSQB", "QUOTE"}
_WORD = {"NAME", "EVALUATE", "VARIANT", "VIA", "PRIOR", "OBSERVE", "WHERE"}
_CLAUSE = {"VIA", "PRIOR", "OBSERVE", "WHERE"}
_BLOCK = {"TRAIN", "EVALUATE", "VARIANT", "SWEEP"}
_VALUE = {"DIM", "SIZE", "INPUT", "PARAM", "SCHEDULE", "LOSS", "METRIC"}
OUTER = _BLOCK | _VALUE | {"PROGRAM", "USE", "EXTERN"}
"""What begins a declaration that stands at the top only."""
_INNER = {"NAME", "FOR", "IF"}
_STATEMENT = _INNER | {"NET", "FN", "RETURN", "HALT"}

# In this order: the first group whose signs are all accepted takes its members away from those below.
_GROUPS = (
    ("the next declaration", OUTER, OUTER | _STATEMENT | {"$END"}),
    ("the next statement", _INNER, _STATEMENT),
    ("an expression", {"NUMBER", "STRING", "NAME"}, _EXPRESSION | _WORD),
    ("an operator", {"ADD", "MULTIPLY"}, _OPERATOR | {"PIPE"}),
    ("the next setting", _WORD, _WORD),
    ("`via`, `prior`, `observe` or `where`", _CLAUSE, _CLAUSE),
)
_NAMED = {
    "NAME": "a name",
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "$END": "the end of the program",
}


def in_words(accepted: Iterable[str]) -> str:
    """`a name`, "`)`, `,` or an operator": the terminals of the grammar in words."""
    rest = set(accepted)
    groups = []
    for words, needed, members in _GROUPS:
        if needed <= rest:
            groups.append(words)
            rest -= members
    return either([*sorted(literal(terminal) for terminal in rest), *groups])


def literal(terminal: str) -> str:
    """A terminal as it is written, in backticks, or what it is."""
    if terminal in _NAMED:
        return _NAMED[terminal]
    sign = grammar().tables.signs.get(terminal)
    return f"`{sign}`" if sign else f"a {terminal.lower()} sign"


def keywords() -> tuple[str, ...]:
    """The words that begin a declaration."""
    return tuple(sorted(literal(terminal).strip("`") for terminal in OUTER | {"NET", "FN", "FOR", "IF"}))


def either(words: list[str]) -> str:
    """`a`, "a or b", "a, b or c"."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
