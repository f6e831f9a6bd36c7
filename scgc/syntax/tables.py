"""The parser's tables, kept between processes: making them takes longer than checking a program.

They lie in the user's cache directory as JSON, under the digest of the grammar and lark's version. What is
not there, or is not what lark wrote, is made anew; nothing in the file is ever executed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

START = ("program", "signature", "expression", "setting")


def load(grammar: str) -> Lark:
    """The parser of a grammar."""
    path = _place(grammar)
    with contextlib.suppress(Exception):  # whatever is wrong with the file, it is only a copy
        return _restored(json.loads(path.read_text(encoding="utf-8")))
    made = Lark(grammar, parser="lalr", start=list(START), propagate_positions=True, maybe_placeholders=True)
    with contextlib.suppress(OSError):
        _keep(path, made)
    return made


def folder() -> Path:
    """Where what can be made anew is kept: $XDG_CACHE_HOME/scgc, ~/.cache/scgc without it."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "scgc"


def _place(grammar: str) -> Path:
    digest = hashlib.sha256(f"{lark.__version__}\n{grammar}".encode()).hexdigest()
    return folder() / f"grammar-{digest[:24]}.json"


def _keep(path: Path, parser: Lark) -> None:
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps({"data": data, "memo": memo}), encoding="utf-8")
    new.replace(path)


def _restored(kept: dict[str, Any]) -> Lark:
    """From what `_keep` wrote: JSON has turned the numbers of tables into texts."""
    data, memo = kept["data"], {int(k): v for k, v in kept["memo"].items()}
    table = data["parser"]["parser"]
    table["states"] = {int(s): _numbered(row) for s, row in table["states"].items()}
    table["tokens"] = _numbered(table["tokens"])
    parser: Lark = Lark._load_from_dict(data, memo)  # type: ignore[no-untyped-call]
    return parser


def _numbered(row: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in row.items()}
