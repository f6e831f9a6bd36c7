"""The tables of a grammar, as lark makes them: for `syntax/tables.py`, once a version.

lark reads the grammar and builds the LALR(1) automaton and the terminals that its contextual lexer looks for
in each state. What a complete rule becomes is what lark's own trees are, with every bracket left out.
"""

from __future__ import annotations

from typing import Any

from lark import Lark
from lark.grammar import Rule as LarkRule
from lark.grammar import Terminal
from lark.lexer import PatternStr
from lark.parsers.lalr_analysis import Shift

from scgc.syntax.tables import Row, Rule, Scanner, Tables

START = ("program", "signature", "expression", "setting")


def tables(grammar: str) -> Tables:
    """The tables of a grammar."""
    made = lark_parser(grammar)
    table = made.parser.parser._parse_table
    numbers = {state: number for number, state in enumerate(table.states)}
    rules = {rule: number for number, rule in enumerate(made.rules)}
    rows, goes = zip(*(_row(row, numbers, rules) for row in table.states.values()), strict=True)
    scanner, scanners = _scanners(made, list(numbers))
    patterns = {t.name: t.pattern for t in made.terminals}
    return Tables(
        signs={n: p.value for n, p in patterns.items() if isinstance(p, PatternStr)},
        patterns={n: p.to_regexp() for n, p in patterns.items() if not isinstance(p, PatternStr)},
        ignored=f"(?:{'|'.join(patterns[n].to_regexp() for n in made.lexer_conf.ignore)})*",
        rules=[_rule(rule) for rule in rules],
        rows=rows,
        goes=goes,
        scanner=scanner,
        scanners=scanners,
        start={word: numbers[state] for word, state in table.start_states.items()},
        end={word: numbers[state] for word, state in table.end_states.items()},
    )


def lark_parser(grammar: str) -> Lark:
    """lark's own parser of a grammar."""
    return Lark(grammar, parser="lalr", start=list(START), propagate_positions=True, maybe_placeholders=True)


def _row(row: dict[str, Any], numbers: dict[int, int], rules: dict[LarkRule, int]) -> tuple[Row, Row]:
    """The actions of a state at the next token, and where it goes when a rule is complete."""
    found = {n: numbers[to] if action is Shift else -1 - rules[to] for n, (action, to) in row.items()}
    return {n: to for n, to in found.items() if n.isupper()}, {
        n: to for n, to in found.items() if not n.isupper()
    }


def _rule(rule: LarkRule) -> Rule:
    """What lark's tree builder does with a rule."""
    size, absent = len(rule.expansion), _absent(rule)
    kept, before = [], 0
    for place, symbol in enumerate(rule.expansion):
        before += absent[place]
        if rule.options.keep_all_tokens or not (isinstance(symbol, Terminal) and symbol.filter_out):
            kept.append((place, before, not symbol.is_term and symbol.name.startswith("_")))
            before = 0
    single = rule.options.expand1 and not rule.alias
    assert not single or size == 1, (
        f"{rule}: a rule that may vanish has one part, so that places stay its own"
    )
    name = rule.alias or rule.origin.name
    return Rule(rule.origin.name, str(name), size, kept, before + absent[size], bool(single))


def _absent(rule: LarkRule) -> list[int]:
    """How many optional parts are left out in front of each part and behind the last."""
    marks = "".join(str(int(empty)) for empty in rule.options.empty_indices)
    return [len(ones) for ones in marks.split("0")] if marks else [0] * (len(rule.expansion) + 1)


def _scanners(made: Lark, states: list[int]) -> tuple[list[int], list[Scanner]]:
    """For each state the number of its scanner, and the scanners; behind them the one for everything."""
    contextual = made.parser.lexer
    lexers = list({id(contextual.lexers[s]): contextual.lexers[s] for s in states}.values())
    numbers = {id(lexer): number for number, lexer in enumerate(lexers)}
    found = [_scanner(lexer) for lexer in (*lexers, contextual.root_lexer)]
    return [numbers[id(contextual.lexers[s])] for s in states], found


def _scanner(lexer: Any) -> Scanner:
    terminals = [t.name for t in lexer.scanner.terminals if t.name not in lexer.ignore_types]
    words = {
        name: {t.pattern.value: t.name for t in call.scanner.terminals}
        for name, call in lexer.callback.items()
    }
    return Scanner(terminals, words)
