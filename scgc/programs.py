"""Where programs are found: files of the user's, or the shipped ones by name."""

from __future__ import annotations

from pathlib import Path

from scgc.diagnostics.base import ProgramError, nearest
from scgc.diagnostics.data import MissingFile
from scgc.resources import folder


def shipped() -> dict[str, Path]:
    """The shipped programs by name: `mnist_addition`, `levels/level1`."""
    top = folder("programs")
    return {p.relative_to(top).with_suffix("").as_posix(): p for p in sorted(top.rglob("*.scg"))}


def find(path: str | Path) -> Path:
    """The file of a path or of a shipped program's name. Raises ProgramError."""
    file = Path(path)
    if file.is_file():
        return file
    programs = shipped()
    if str(path) in programs:
        return programs[str(path)]
    ways = f"give a .scg file, or a shipped program: {', '.join(programs)}."
    hint = nearest(str(path), list(programs))
    raise ProgramError((MissingFile(span=None, what="program", path=str(path), ways=ways + hint),))
