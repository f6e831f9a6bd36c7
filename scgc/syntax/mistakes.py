"""Mistakes that have a name: habits from other languages, and statements in the wrong place.

A habit is known by an example: a text that breaks off at the mistake. Where the parser stops in the same
state at the same sign, the same is told, in whatever context. The examples double as tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from scgc.syntax.reading import Reader, Unreadable

FOREIGN = {
    "def": "a function is declared with `net` (owns parameters) or `fn` (owns none).",
    "function": "a function is declared with `net` (owns parameters) or `fn` (owns none).",
    "class": "a program has nets and functions, no classes: `net NAME(x : real[D]) -> real[D] { ... }`.",
    "let": "a definition needs no keyword: `NAME = EXPR`.",
    "var": "a definition needs no keyword: `NAME = EXPR`.",
    "const": "a definition needs no keyword: `NAME = EXPR`; a size is a `dim`.",
    "import": 'another file is taken over with `use "other.scg"`.',
    "from": 'another file is taken over with `use "other.scg"`.',
    "while": "rounds are counted and may end early: `for i in range(n) { ... halt when TEST }`.",
    "break": "an example leaves its loop by `halt when TEST`.",
    "continue": "the rounds of a loop are alike; `where(TEST, a, b)` chooses between values.",
    "elif": "write `else if TEST { ... }` after the closing brace.",
    "else": "`else { ... }` follows the closing brace of an `if`.",
    "minimize": "a player stands in the block `train { ... }`.",
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


def _anywhere(*examples: str) -> tuple[str, ...]:
    """Examples that begin a statement, which may also stand in a body."""
    return (*examples, *(f"fn f() -> real {{ {example}" for example in examples))


VALUE_CHOICE = Habit(
    "a choice between two values is a function",
    "write `where(TEST, a, b)`; `if TEST { ... }` chooses between statements.",
    ("if x else",),
)

LOOPS = (
    Habit(
        "a dim has a value, no bound",
        "`dim n = 50` is one number; `size n <= 50` is a length that differs between examples.",
        ("dim n <=", "dim n <"),
    ),
    Habit(
        "a size has a bound, no value",
        "`size n <= 50` is a length that differs between examples; `dim n = 50` one that does not.",
        ("size n =", "size n <", "size n :", "size n 5", "size n x"),
    ),
    Habit(
        "this word begins a statement and is no name",
        "give what it defines another name.",
        ("size =", "size ~", *_anywhere("for =", "for ~", "if =", "if ~"), "fn f() -> real { halt ="),
    ),
    Habit(
        "the body of a loop or choice stands in braces",
        "write `for i in range(n) { ... }` and `if TEST { ... } else { ... }`.",
        ("for i in x :", "for i in x a", "if x :", "if x a", "if x { } else :", "if x { } else a"),
    ),
    VALUE_CHOICE,
    Habit("`=` defines, `==` compares", "write `if a == b { ... }`.", ("if x =",)),
    Habit(
        "the head of a loop has no parentheses",
        "write `for i in range(n) { ... }`.",
        ("for (",),
    ),
    Habit(
        "a loop counts in a range, or takes the entries of a sequence",
        "write `for i in range(n) { ... }` or `for x in xs { ... }`.",
        ("for i =", "for i :", "for i ~", "for i x", "for i 5"),
    ),
    Habit("a loop has one index", "write `for i in range(n) { ... }`, and `xs[i]` in it.", ("for i,",)),
    Habit(
        "a list is not made by a loop in it",
        "a net applied to a sequence is applied to each of its entries: `f(xs)`.",
        ("a = [x for", "a = f(x for"),
    ),
    Habit("`..` is not how a range is written", "write `range(start, stop)`.", ("a = 0..", "a = b..")),
    Habit(
        "`halt` has a test",
        "write `halt when TEST`.",
        tuple("for i in x { halt " + end for end in ("if", "}", "a", "(")),
    ),
)

HABITS = (
    Habit("`==` compares", "a definition is written with one sign: `NAME = EXPR`.", _anywhere("a ==")),
    Habit("`:=` is not how a name is defined", "write `NAME = EXPR`.", _anywhere("a :")),
    Habit("`**` is not how a power is written", "write `x ^ 2`.", ("a = x **",)),
    Habit("`//` is not how a quotient is written", "write `/`; between dims it rounds down.", ("a = x //",)),
    Habit(
        "a statement does not change a name",
        "a name has one value; in a loop, `x <- x + 1` gives it the next one.",
        _anywhere("a +", "a -", "a *", "a /"),
    ),
    Habit("settings stand without commas", "separate them by spaces or lines.", ("train { a = 1,",)),
    Habit(
        "a definition has one name",
        "write one definition for each name.",
        (*_anywhere("a,"), "dim a,", "param a,", "size a,"),
    ),
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
    *LOOPS,
)


@cache
def _habits() -> dict[tuple[int, str], Habit]:
    found = {}
    for habit in HABITS:
        for example in habit.examples:
            try:
                Reader(example, "program").read()
            except Unreadable as stop:
                word, kind = _states(stop)
                found[word] = habit
                found.setdefault(kind, habit)
    return found


def habit_at(stop: Unreadable) -> Habit | None:
    """The habit whose example stops as a text does."""
    word, kind = _states(stop)
    return _habits().get(word) or _habits().get(kind)


def _states(stop: Unreadable) -> tuple[tuple[int, str], tuple[int, str]]:
    """Where the parser stands, with the word or sign itself, and with what sort of word it is."""
    assert stop.token is not None
    word = str(stop.token)
    sort = stop.token.type if stop.token.type in ("NAME", "NUMBER", "STRING") else word
    return (stop.state, word), (stop.state, sort)
