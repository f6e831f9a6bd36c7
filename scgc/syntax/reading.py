"""Text to tokens and trees, by the tables that lark made of the grammar; `syntax/parse.py` builds on it.

A shift-reduce parser: the scanner of the state that it is in looks for the next token, so that the words of
the language are names wherever the grammar has no place for the word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property

from scgc.resources import folder
from scgc.syntax.tables import Rule, Scanner, Tables, load
from scgc.syntax.tree import NOWHERE, Part, Token, Tree

END = "$END"
"""The type of the token behind the last."""

Match = Callable[[str, int], tuple[str, str] | None]
"""Of a terminal: the type and text of the token at an offset of a text."""


class Grammar:
    """The tables, with what is made of them when it is first needed."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.skip = re.compile(tables.ignored).match
        self.found: dict[tuple[int, str], list[Match]] = {}
        self.stands: dict[tuple[int, int, str], int] = {}

    @cached_property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        return {name: re.compile(pattern) for name, pattern in self.tables.patterns.items()}

    def scan(self, text: str, at: int, scanner: int) -> Token | None:
        """The token that a scanner finds at an offset."""
        key = scanner, text[at]
        matches = self.found.get(key)
        if matches is None:
            matches = self.found[key] = self._matches(self.tables.scanners[scanner], text[at])
        for match in matches:
            found = match(text, at)
            if found:
                return Token(found[0], found[1], at)
        return None

    def standing(self, below: int, state: int, type_: str) -> int:
        """The state that a part is in before a token of this type: a name is an operand, that a product, ...

        below: the state in front of the part; state: its own before the rules that it stands for by itself.
        """
        key = below, state, type_
        found = self.stands.get(key)
        if found is None:
            rows, rules = self.tables.rows, self.tables.rules
            while (to := rows[state].get(type_, 0)) < 0 and rules[-1 - to].unit:
                state = self.tables.goes[below][rules[-1 - to].origin]
            found = self.stands[key] = state
        return found

    def _matches(self, scanner: Scanner, first: str) -> list[Match]:
        """The terminals that may begin with a character, in their order."""
        signs, patterns = self.tables.signs, self.patterns
        return [
            _pattern(name, patterns[name], scanner.words.get(name, {}))
            if name in patterns
            else _sign(name, signs[name])
            for name in scanner.terminals
            if name in patterns or signs[name][0] == first
        ]


def _sign(name: str, sign: str) -> Match:
    return lambda text, at: (name, sign) if text.startswith(sign, at) else None


def _pattern(name: str, pattern: re.Pattern[str], words: Mapping[str, str]) -> Match:
    """`words` are tokens of their own although the pattern fits them, as `dim` is no name."""

    def match(text: str, at: int) -> tuple[str, str] | None:
        found = pattern.match(text, at)
        if found is None:
            return None
        word = found[0]
        return words.get(word, name), word

    return match


@cache
def grammar() -> Grammar:
    """Of `grammar/scg.lark`."""
    return Grammar(load((folder("grammar") / "scg.lark").read_text(encoding="utf-8")))


class Unreadable(ValueError):
    """Raised where a text cannot go on as it does. token: what stands there, None where it is nothing known.

    at: the offset. state: where the parser is. accepted: the types of tokens that could stand there.
    """

    def __init__(self, at: int, token: Token | None, state: int, accepted: frozenset[str]) -> None:
        super().__init__(at)
        self.at, self.token, self.state, self.accepted = at, token, state, accepted


class Reader:
    """One text on its way to a tree. tokens: those read so far."""

    def __init__(self, text: str, start: str) -> None:
        self.text, self.grammar = text, grammar()
        tables = self.grammar.tables
        self.rows, self.goes, self.rules = tables.rows, tables.goes, tables.rules
        self.end = tables.end[start]
        self.states = [tables.start[start]]
        self.parts: list[Part] = []
        self.tokens: list[Token] = []

    def read(self) -> Tree:
        """The tree of the whole text. Raises Unreadable."""
        skip, text, at = self.grammar.skip, self.text, 0
        while (at := skip(text, at).end()) < len(text):  # type: ignore[union-attr]  # it matches nothing too
            token = self._next(at)
            self.tokens.append(token)
            self._shift(token)
            at = token.end
        return self._whole()

    def _next(self, at: int) -> Token:
        """The token at an offset. Raises Unreadable."""
        tables = self.grammar.tables
        token = self.grammar.scan(self.text, at, tables.scanner[self.states[-1]])
        if token is None:
            raise self._stop(at, self.grammar.scan(self.text, at, len(tables.scanners) - 1))
        return token

    def _shift(self, token: Token) -> None:
        """Take a token, behind the rules that are complete before it. Raises Unreadable."""
        rows, states, type_ = self.rows, self.states, token.type
        while True:
            to = rows[states[-1]].get(type_)
            if to is None:
                raise self._stop(token.start, token)
            if to >= 0:
                states.append(to)
                self.parts.append(token)
                return
            self._reduce(self.rules[-1 - to], type_)

    def _whole(self) -> Tree:
        """Complete what is open at the end of the text. Raises Unreadable."""
        last = self.tokens[-1].start if self.tokens else 0
        while self.states[-1] != self.end:
            to = self.rows[self.states[-1]].get(END)
            if to is None:
                raise self._stop(last, Token(END, "", last))
            self._reduce(self.rules[-1 - to], END)
        [tree] = self.parts
        assert isinstance(tree, Tree)
        return tree

    def _reduce(self, rule: Rule, behind: str) -> None:
        """Put the tree of a complete rule in place of its parts; `behind` is the type of the next token."""
        states = self.states
        if rule.unit:
            states[-1] = self.grammar.standing(states[-2], states[-1], behind)
            return
        first = len(self.parts) - rule.size
        self.parts[first:] = [_tree(rule, self.parts[first:])]
        del states[len(states) - rule.size :]
        states.append(self.goes[states[-1]][rule.origin])

    def _stop(self, at: int, token: Token | None) -> Unreadable:
        state = self.states[-1]
        accepted = frozenset(t for t in self.rows[state] if self._accepts(t))
        return Unreadable(at, token, state, accepted)

    def _accepts(self, type_: str) -> bool:
        """Whether a token of this type could come next, behind the rules that it completes."""
        states = [*self.states]
        while (to := self.rows[states[-1]].get(type_)) is not None:
            if to >= 0 or states[-1] == self.end:
                return True
            rule = self.rules[-1 - to]
            if rule.size:
                del states[-rule.size :]
            states.append(self.goes[states[-1]][rule.origin])
            if type_ == END and states[-1] == self.end:
                return True
        return False


def _tree(rule: Rule, parts: list[Part]) -> Tree:
    """From the first of the parts that stands somewhere to the last."""
    placed = [part for part in parts if part.start != NOWHERE]
    start, end = (placed[0].start, placed[-1].end) if placed else (NOWHERE, NOWHERE)
    children: list[Part | None] = []
    for place, absent, opened in rule.kept:
        part = parts[place]
        children += [None] * absent
        if not opened:
            children.append(part)
        elif children:
            children += part.children  # type: ignore[union-attr]
        else:
            children = part.children  # type: ignore[union-attr]  # its own list, so that a long one is not copied
    children += [None] * rule.absent
    return Tree(rule.data, children, start, end)
