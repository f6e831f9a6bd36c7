"""What the grammar would accept at some place, in words a newcomer understands: for `syntax/errors.py`."""

from __future__ import annotations

from collections.abc import Iterable

from lark.lexer import PatternStr

from scgc.syntax.parse import parser

_EXPRESSION = {"NAME", "NUMBER", "STRING", "LPAR", "LSQB", "ADD", "NOT", "WHERE"}
_OPERATOR = {"ADD", "MULTIPLY", "POWER", "COMPARE", "AND", "OR", "DOT", "LPAR", "LSQB", "QUOTE"}
_WORD = {"NAME", "EVALUATE", "VIA", "PRIOR", "OBSERVE", "WHERE"}
_CLAUSE = {"VIA", "PRIOR", "OBSERVE"}
_BLOCK = {"TRAIN", "EVALUATE", "VARIANT", "SWEEP"}
_DECLARATION = _BLOCK | {"PROGRAM", "USE", "DIM", "INPUT", "PARAM", "EXTERN", "SCHEDULE", "LOSS", "METRIC"}
_STATEMENT = {"NAME", "NET", "FN", "RETURN"}

# In this order: the first group whose signs are all accepted takes its members away from those below.
_GROUPS = (
    ("the next declaration", _DECLARATION, _DECLARATION | _STATEMENT | {"$END"}),
    ("the next statement", _STATEMENT, _STATEMENT),
    ("an expression", {"NUMBER", "STRING", "NAME"}, _EXPRESSION | _WORD),
    ("an operator", {"ADD", "MULTIPLY"}, _OPERATOR | {"__ANON_2"}),
    ("the next setting", _WORD, _WORD),
    ("`via`, `prior` or `observe`", _CLAUSE, _CLAUSE),
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
    pattern = parser().get_terminal(terminal).pattern
    return f"`{pattern.value}`" if isinstance(pattern, PatternStr) else f"a {terminal.lower()} sign"


def keywords() -> tuple[str, ...]:
    """The words that begin a declaration."""
    return tuple(sorted(literal(terminal).strip("`") for terminal in _DECLARATION | {"NET", "FN"}))


def either(words: list[str]) -> str:
    """`a`, "a or b", "a, b or c"."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
