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
from scgc.syntax.tree import Token
from scgc.syntax.unexpected import Unexpected
from scgc.syntax.verify import verify_tree

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


def mistakes(source: Source, start: Start, read: list[Token], stop: Unreadable) -> tuple[Diagnostic, ...]:
    """The mistake where a reader stopped that had read some tokens, and all behind it."""
    found: list[Diagnostic] = []
    text, before = source.text, -1
    while True:
        fault = _fault(Source(source.path, text), read, stop)
        if fault.at != before:  # else the next statement is wrong where it begins
            found.append(_placed(fault.told, source))
        before = fault.at
        rest = blanked(text, fault.at) if start == "program" and len(found) * len(text) < MOST else None
        if rest is None or rest == text:
            return tuple(found)
        text, reader = rest, Reader(rest, start)
        try:
            return (*found, *verify_tree(source, reader.read()))
        except Unreadable as next_stop:
            read, stop = reader.tokens, next_stop


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
