"""Every mistake of a text that the grammar has no place for: for `syntax/errors.py`.

`unexpected` puts into words where a reader stops, and `recovery` says where the text can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass

from scgc.diagnostics.base import Diagnostic
from scgc.diagnostics.syntax import UnexpectedCharacter, UnterminatedText
from scgc.source import Source, Span
from scgc.syntax.parse import Start
from scgc.syntax.reading import Reader, Unreadable
from scgc.syntax.recovery import MOST, blanked
from scgc.syntax.tree import Token, Tree
from scgc.syntax.unexpected import Unexpected
from scgc.syntax.verify import verify_tree

MOST_STATEMENTS = 100
"""That stand where they cannot, before nothing is kept of a text."""

_CHARACTERS = {
    ";": "a statement ends where the next one begins; leave it out.",
    "!": "write `not x`, or `x != y`.",
    "&": "write `a and b`.",
    "|": "write `a or b`; a pipeline is `x |> f`.",
    "%": "there is no remainder operator.",
    "\\": "an expression goes on over lines by itself; leave it out.",
    "“": 'texts stand in straight quotes: `"text"`.',
    "”": 'texts stand in straight quotes: `"text"`.',
    "`": 'texts stand in straight quotes: `"text"`.',
    "→": "write `->`.",
    "−": "write `-`.",
    "×": "write `*`.",
}


@dataclass(frozen=True)
class _Fault:
    """The first mistake of a text, and the offset at which reading stopped."""

    told: Diagnostic
    at: int

    @property
    def told_at(self) -> int:
        return self.told.span.start if self.told.span else self.at


@dataclass(frozen=True)
class _Try:
    """A text, and its tree or the first mistake in it."""

    text: str
    tree: Tree | None
    fault: _Fault | None

    @property
    def reach(self) -> int:
        """How far it can be read."""
        return len(self.text) + 1 if self.fault is None else self.fault.at


def mistakes(source: Source, start: Start, read: list[Token], stop: Unreadable) -> tuple[Diagnostic, ...]:
    """The mistake where a reader stopped that had read some tokens, and all behind it."""
    found, _, tree = _through(source, start, read, stop)
    return (*found, *verify_tree(source, tree)) if tree is not None else tuple(found)


def readable(source: Source) -> str | None:
    """A program without the statements that have mistakes; None where that cannot be told."""
    text: str = source.text
    for _ in range(MOST_STATEMENTS):
        reader = Reader(text, "program")
        try:
            tree: Tree | None = reader.read()
        except Unreadable as stop:
            _, text, tree = _through(source.replace(text=text), "program", reader.tokens, stop)
        found = verify_tree(source, tree) if tree is not None else ()
        if not found:
            return text if tree is not None else None
        text = next(iter(blanked(text, found[0].span.start if found[0].span else 0)), text)
    return None


def _through(
    source: Source, start: Start, read: list[Token], stop: Unreadable
) -> tuple[list[Diagnostic], str, Tree | None]:
    """The mistakes that stop a reader, the text without their statements, and its tree if it has one."""
    found: list[Diagnostic] = []
    before, now = -1, _Try(source.text, None, _fault(source, read, stop))
    while now.fault is not None:
        if now.fault.told_at > before:  # else it comes of what was left out: the text could be read so far
            found.append(_placed(now.fault.told, source))
        before = max(before, now.fault.at)
        much = start != "program" or len(found) * len(now.text) >= MOST
        tries = () if much else [_tried(source, t, start) for t in blanked(now.text, now.fault.at)]
        if not tries:
            break
        at_fault, one_before = tries[0], tries[-1]
        now = one_before if one_before.reach > now.fault.at else at_fault
    return found, now.text, now.tree


def _tried(source: Source, text: str, start: Start) -> _Try:
    reader = Reader(text, start)
    try:
        return _Try(text, reader.read(), None)
    except Unreadable as stop:
        return _Try(text, None, _fault(source.replace(text=text), reader.tokens, stop))


def _fault(source: Source, read: list[Token], stop: Unreadable) -> _Fault:
    if stop.token is None:
        return _Fault(_character(source, stop.at), stop.at)
    unexpected = Unexpected(source, stop, stop.token, read)
    told = unexpected.explain()
    at = min(unexpected.span.start, told.span.start if told.span else 0)
    return _Fault(told, len(source.text) if unexpected.at_end else at)


def _placed(fault: Diagnostic, source: Source) -> Diagnostic:
    """A mistake found in a text with blanked parts, in the text itself."""
    others = tuple(o.replace(span=o.span.replace(source=source)) for o in fault.others)
    return fault.replace(span=fault.span and fault.span.replace(source=source), others=others)


def _character(source: Source, offset: int) -> Diagnostic:
    character = source.text[offset]
    if character == '"':
        end = offset + len(source.text[offset:].split("\n", 1)[0].rstrip())
        return UnterminatedText(span=Span(source, offset, end))
    shown = f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
    advice = _CHARACTERS.get(character, "names are made of letters, digits and _; `#` begins a comment.")
    return UnexpectedCharacter(span=Span(source, offset, offset + 1), character=shown, advice=advice)
