"""A name written anew wherever it stands, or the reason why not.

Whether the new text means the same is not argued but tried: it is read as the old one was, and every name
must belong to what it belonged to.
"""

from __future__ import annotations

import re
from pathlib import Path

from scgc.ir.graph import Home
from scgc.language_server.navigation import places
from scgc.language_server.reading import Reading
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.errors import read_source

_NAME = re.compile(r"[^\W\d]\w*\Z")

Edit = tuple[Span, str]
"""A part of a text and what stands there after."""


class Refusal(Exception):
    """Why something cannot be renamed, for the one who asked."""


def renamed_at(reading: Reading, offset: int) -> tuple[Span, Home]:
    """The name at an offset, which can be renamed. Raises Refusal."""
    found = reading.at(offset)
    if found is None or found[1].home not in reading.declared:
        raise Refusal("only names that the program declares can be renamed")
    errors = [d.code for _, d in reading.diagnostics if d.severity == "error"]
    if errors:
        raise Refusal(f"the program has errors ({', '.join(errors)}); every place of a name is known without")
    return found[0], found[1].home


def rename(reading: Reading, offset: int, new: str, root: Path | None = None) -> list[Edit]:
    """The edits, in all files that name it. Raises Refusal."""
    _, home = renamed_at(reading, offset)
    if not _NAME.match(new):
        raise Refusal(f"`{new}` is no name: letters, digits and _, no digit in front")
    edits = [_edit(span, new, reading) for span in places(reading, home, root)]
    _verify(reading, home, new, edits)
    return edits


def _edit(span: Span, new: str, reading: Reading) -> Edit:
    """`scale` in `f(tau = 1, scale)` stands for itself, and becomes `scale = new`."""
    shorthand = span.source.path == reading.source.path and (span.start, span.end) in _shorthands(reading)
    return span, f"{span.text} = {new}" if shorthand else new


def _shorthands(reading: Reading) -> set[tuple[int, int]]:
    """The places of named arguments that are written as one word."""
    named = (n for n in ast.walk(reading.tree) if isinstance(n, ast.Named))
    same = [n.span for n in named if isinstance(n.value, ast.Name) and n.value.span == n.span]
    return {(span.start, span.end) for span in same}


def _verify(reading: Reading, home: Home, new: str, edits: list[Edit]) -> None:
    """The text after the edits has the same mistakes, and its names belong to the same. Raises Refusal."""
    changed: dict[Path, list[Edit]] = {}
    for span, text in edits:
        changed.setdefault(Path(span.source.path).resolve(), []).append((span, text))
    read = reading.read or read_source

    def read_after(path: Path) -> Source:
        source = read(path)
        return Source(source.path, edited(source.text, changed.get(path.resolve(), [])))

    own = changed.get(Path(reading.source.path).resolve(), [])
    after = Reading(Source(reading.source.path, edited(reading.source.text, own)), read_after)
    if [d.code for _, d in after.diagnostics] != [d.code for _, d in reading.diagnostics]:
        new_ones = [d for _, d in after.diagnostics if d.severity == "error"]
        told = new_ones[0].words(new_ones[0].title) if new_ones else "another warning"
        raise Refusal(f"`{new}` would change the program: {told}")
    if _belonging(after, {}) != _belonging(reading, {home: (home[0], new)}):
        raise Refusal(f"`{new}` would change the program: another name is called so")


def _belonging(reading: Reading, renamed: dict[Home, Home]) -> list[Home]:
    """What the names of the text belong to, in its order, with some called otherwise."""
    own = (s for s in reading.all_names if s.source.path == reading.source.path)
    spans = sorted(own, key=lambda s: s.start)
    return [_without_offset(_renamed(reading.all_names[s].home, renamed)) for s in spans]


def _renamed(home: Home, renamed: dict[Home, Home]) -> Home:
    """Regions of nets are called by their names, too."""
    for (region, old), (_, new) in renamed.items():
        path = f"{region}/{old}" if region else old
        fresh = f"{region}/{new}" if region else new
        if home == (region, old):
            return region, new
        if home[0] == path or home[0].startswith(f"{path}/"):
            return fresh + home[0][len(path) :], home[1]
    return home


def _without_offset(home: Home) -> Home:
    """Indices of loops by their names alone: their places move."""
    return home[0], home[1].split("@")[0]


def edited(text: str, edits: list[Edit]) -> str:
    """A text after edits that do not overlap."""
    for span, new in sorted(edits, key=lambda e: -e[0].start):
        text = text[: span.start] + new + text[span.end :]
    return text
