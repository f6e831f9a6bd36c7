"""The parser's tables, kept between processes: lark takes longer to make them than a check takes.

They lie in the user's cache directory as JSON, under a checksum of the grammar and of what makes them. What
is not there, or is not what was written, is made anew; nothing in the file is ever executed.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib  # hashlib would load OpenSSL
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scgc.record import Record

Row = dict[str, int]
"""By the type of the next token the state behind it; `-1 - rule` where that rule is complete instead."""


class Rule(Record):
    """A rule of the grammar: once it is complete, its last `size` parts become a tree called `data`.

    kept: the parts that are children, each with how many absent ones stand before it, and whether its own
    children take its place. absent: how many stand behind the last. unit: the only part stands for the rule.
    """

    origin: str
    data: str
    size: int
    kept: Sequence[tuple[int, int, bool]]
    absent: int
    unit: bool


class Scanner(Record):
    """What is looked for at a place: terminals in their order; of each pattern, the words that are others."""

    terminals: Sequence[str]
    words: Mapping[str, Mapping[str, str]]


class Tables(Record):
    """What a reader of texts needs to know.

    signs, patterns: the terminals that are a text, and those that are a regular expression; ignored: what may
    stand between tokens. rows, goes: by state, for tokens and for rules that are complete. scanner: by state,
    which of `scanners`; the last of them looks for everything. start, end: the states before and behind a
    whole text, by the rule that it is read as.
    """

    signs: Mapping[str, str]
    patterns: Mapping[str, str]
    ignored: str
    rules: Sequence[Rule]
    rows: Sequence[Row]
    goes: Sequence[Row]
    scanner: Sequence[int]
    scanners: Sequence[Scanner]
    start: Mapping[str, int]
    end: Mapping[str, int]


def load(grammar: str) -> Tables:
    """The tables of a grammar."""
    path = _place(grammar)
    with contextlib.suppress(Exception):  # whatever is wrong with the file, it is only a copy
        return _restored(json.loads(path.read_bytes()))
    from scgc.syntax.making import tables

    made = tables(grammar)
    with contextlib.suppress(OSError):
        _keep(path, made)
    return made


def folder() -> Path:
    """Where what can be made anew is kept: $XDG_CACHE_HOME/scgc, ~/.cache/scgc without it."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "scgc"


def _place(grammar: str) -> Path:
    makers = (Path(__file__).with_name(name).read_bytes() for name in ("making.py", "tables.py"))
    return folder() / f"grammar-{zlib.crc32(b''.join([grammar.encode(), *makers])):08x}.json"


def _keep(path: Path, tables: Tables) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(tables, default=vars, separators=(",", ":")), encoding="utf-8")
    new.replace(path)


def _restored(kept: dict[str, Any]) -> Tables:
    kept["rules"] = [Rule(**rule) for rule in kept["rules"]]
    kept["scanners"] = [Scanner(**scanner) for scanner in kept["scanners"]]
    return Tables(**kept)
