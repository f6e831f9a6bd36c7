"""From a name to where it is declared, and to where else it stands; also in the files around."""

from __future__ import annotations

import re
from pathlib import Path

from scgc.analysis.resolve import Read
from scgc.diagnostics.base import ProgramError
from scgc.ir.graph import Home
from scgc.language_server.reading import Reading
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.errors import read_source

MOST = 200
"""Programs of a folder that are asked whether they use this one."""

_USE = re.compile(r'\buse\s*"')


def definition(reading: Reading, offset: int) -> Span | None:
    """Where the name at an offset is declared; of a `use` the beginning of its file."""
    found = reading.at(offset)
    if found is not None:
        declared = reading.declared.get(found[1].home)
        return declared.at if declared else None
    for use in (d for d in reading.tree.declarations if isinstance(d, ast.Use)):
        if use.span.start <= offset <= use.span.end:
            path = Path(reading.source.path).parent / use.path
            try:
                return Span((reading.read or read_source)(path), 0, 0)
            except ProgramError:
                return None
    return None


def places(reading: Reading, home: Home, root: Path | None = None) -> list[Span]:
    """Where a name stands: in this file, in those that it uses, and in those of the same and higher folders,
    up to `root`, that use the file in which it is declared."""
    found = {(s.source.path, s.start): s for s in reading.places(home)}
    declared = reading.declared.get(home)
    if declared is not None:
        for other in _users(declared.at.source, root, reading.read or read_source):
            theirs = other.declared.get(home)
            if theirs is not None and _same(theirs.at, declared.at):
                found |= {(s.source.path, s.start): s for s in other.places(home)}
    return list(found.values())


def _same(one: Span, other: Span) -> bool:
    return Path(one.source.path).resolve() == Path(other.source.path).resolve() and one.start == other.start


def _users(source: Source, root: Path | None, read: Read) -> list[Reading]:
    """The programs that may use a file: `use` reaches down from a folder, never out of it."""
    path = Path(source.path).resolve()
    folders = [f for f in path.parents if root is None or f == root or root in f.parents]
    folders = folders if root is not None else folders[:1]
    files = [f for folder in folders for f in sorted(folder.glob("*.scg")) if f != path]
    return [reading for file in files[:MOST] if (reading := _user(file, read)) is not None]


def _user(file: Path, read: Read) -> Reading | None:
    try:
        source = read(file)
    except ProgramError:
        return None
    return Reading(source, read) if _USE.search(source.text) else None
