"""The command line. `main` is the entry point; a command is one file with one call into the library.

Exit codes: 0 all is well, 1 the program or the data has errors, 2 the command line is wrong, 3 a bug of ours.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NoReturn

READING = ("check", "compile", "credit", "draw", "explain", "fmt", "ir", "list")
"""The commands that only read a program."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    with keeping_all() if given and given[0] in READING else nullcontext():
        from scgc.cli.app import app
        from scgc.cli.faults import guarded

        guarded(app(given[0] if given else None), given)


@contextmanager
def keeping_all() -> Iterator[None]:
    """Without looking for garbage, a sixth of a check: what is made of a program is read until the end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
