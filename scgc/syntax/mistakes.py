"""Mistakes that have a name: words of later versions, and habits from other languages.

A habit is known by an example: a text that breaks off at the mistake. Where the parser stops in the same
state at the same sign, the same is told. (lark's `match_examples` also compares how deep the parser stands,
so that an example would fit in one context only.) The examples double as tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from lark import Token
from lark.exceptions import UnexpectedToken

from scgc.syntax.parse import parser

RESERVED = {
    "minimize": ("one of several players", "every `loss` is minimised by the one `optimizer` of the block."),
}
"""Word -> what it will mean, and what to write today."""

FOREIGN = {
    "def": "a function is declared with `net` (owns parameters) or `fn` (owns none).",
    "function": "a function is declared with `net` (owns parameters) or `fn` (owns none).",
    "class": "a program has nets and functions, no classes: `net NAME(x : real[D]) -> real[D] { ... }`.",
    "let": "a definition needs no keyword: `NAME = EXPR`.",
    "var": "a definition needs no keyword: `NAME = EXPR`.",
    "const": "a definition needs no keyword: `NAME = EXPR`; a size is a `dim`.",
    "import": 'another file is taken over with `use "other.scg"`.',
    "from": 'another file is taken over with `use "other.scg"`.',
    "while": "a program has no loop whose length is found while it runs.",
    "print": "`metric NAME = EXPR` reports a value; `scgc run` shows it.",
    "return": "`return` stands at the end of a net or fn; at the top every value is an output by its name.",
}
"""Words that begin statements elsewhere -> what to write here."""


@dataclass(frozen=True)
class Habit:
    """A mistake with the texts that end at it."""

    mistake: str
    advice: str
    examples: tuple[str, ...]


HABITS = (
    Habit("`==` compares", "a definition is written with one sign: `NAME = EXPR`.", ("a ==",)),
    Habit("`:=` is not how a name is defined", "write `NAME = EXPR`.", ("a :",)),
    Habit("`**` is not how a power is written", "write `x ^ 2`.", ("a = x **",)),
    Habit("`//` is not how a quotient is written", "write `/`; between dims it rounds down.", ("a = x //",)),
    Habit("a statement cannot change a name", "every name is defined once; use a new name.", ("a +", "a *")),
    Habit("settings stand without commas", "separate them by spaces or lines.", ("train { a = 1,",)),
    Habit("a definition has one name", "write one definition for each name.", ("a,", "dim a,", "param a,")),
    Habit("a comma stands before a closing bracket", "remove it.", ("a = f(x,)", "a = [1,]", "a = x[0,]")),
    Habit(
        "comparisons do not chain",
        "join two of them: `0 < x and x < 1`.",
        ("a = x < 1 <", "a = x == 1 =="),
    ),
    Habit(
        "this declaration has no name",
        "the name comes first: `dim D = 84`, `loss error = EXPR`, `metric accuracy = EXPR`.",
        ("dim =", "loss =", "metric =", "schedule =", "param =", "param :", "input :"),
    ),
    Habit(
        "an argument has no type",
        "every argument of a net has one: `net f(x : real[D]) -> real[D] { ... }`.",
        ("net f(x)", "extern net f(x)"),
    ),
    Habit(
        "the type of the result is missing",
        "it stands before the body: `net f(x : real[D]) -> real[D] { ... }`.",
        ("net f(x : real) {", "fn f(x : real[1]) {", "net f() {", "fn f() =", "net f(x : real) :"),
    ),
    Habit("a slice has no step", "slices are `x[start:stop]`.", ("a = x[1:2:", "a = x[::", "a = x[:2:")),
    Habit("a setting is not written with `:`", "write `NAME = VALUE`.", ("train { a :",)),
    Habit("a block has no `:`", "its settings stand in braces: `train { ... }`.", ("train :", "variant a :")),
)


@cache
def _habits() -> dict[tuple[int, str], Habit]:
    found = {}
    for habit in HABITS:
        for example in habit.examples:
            try:
                parser().parse(example, start="program")
            except UnexpectedToken as error:
                found[_state(error)] = habit
    return found


def habit_at(error: UnexpectedToken) -> Habit | None:
    """The habit whose example stops as this error does."""
    return _habits().get(_state(error))


def _state(error: UnexpectedToken) -> tuple[int, str]:
    token: Token = error.token
    return error.state.position, token.type if token.type in ("NAME", "NUMBER", "STRING") else str(token)
