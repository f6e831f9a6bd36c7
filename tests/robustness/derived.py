"""Texts derived from `grammar/scg.lark` itself: every rule of it is tried, also one that is new."""

from __future__ import annotations

from functools import cache
from math import inf
from random import Random

from lark import Lark
from lark.grammar import Rule, Symbol

from scgc.resources import folder
from scgc.syntax.making import lark_parser

BUDGET = 12
"""How many rules stand inside one another before every part takes its shortest way to the end."""

NAMES = [
    *"xyzwfn",
    "sum",
    "linear",
    "Normal",
    "Categorical",
    "score",
    "real",
    "bool",
    "t",
    "data",
    "adam",
    "D",
]
NUMBERS = ["0", "1", "2", "0.5", "1e30", "1e-30", "9223372036854775807"]
STRINGS = ['""', '"x.npz"', '"a.scg"', '"\\"']
COMPARISONS = ["==", "!=", "<=", ">=", "<", ">"]
SIGNS = {"ADD": ["+", "-"], "MULTIPLY": ["*", "/", "@"], "COMPARE": COMPARISONS}
VALUES = {"NAME": NAMES, "NUMBER": NUMBERS, "STRING": STRINGS, **SIGNS}


@cache
def parser() -> Lark:
    return lark_parser((folder("grammar") / "scg.lark").read_text(encoding="utf-8"))


def derived(random: Random) -> str:
    """A text that the grammar accepts, if its names are no words of it."""
    return " ".join(
        word for _ in range(random.randint(1, 8)) for word in _words("declaration", random, BUDGET)
    )


def _words(origin: str, random: Random, budget: int) -> list[str]:
    rules = _rules()[origin]
    if budget <= 0:
        rules = [min(rules, key=lambda rule: _height(rule, _heights()))]
    found: list[str] = []
    for symbol in random.choice(rules).expansion:
        found += [_token(symbol, random)] if symbol.is_term else _words(symbol.name, random, budget - 1)
    return found


def _token(symbol: Symbol, random: Random) -> str:
    return random.choice(VALUES.get(symbol.name) or [parser().get_terminal(symbol.name).pattern.value])


@cache
def _rules() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in parser().rules:
        found.setdefault(rule.origin.name, []).append(rule)
    return found


def _height(rule: Rule, heights: dict[str, float]) -> float:
    return 1 + max((heights[s.name] for s in rule.expansion if not s.is_term), default=0)


@cache
def _heights() -> dict[str, float]:
    """How many rules the shortest text of each rule takes, one inside the other."""
    found, before = dict.fromkeys(_rules(), inf), {}
    while found != before:
        before = found
        found = {origin: min(_height(rule, before) for rule in rules) for origin, rules in _rules().items()}
    return found
