"""What is told of the programs that explain a code: by the command that they name, as a user would see it.

A program whose first line is `$ scgc run example.scg` shows what that command finds; without such a line it
is `scgc check`.
"""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

NAME = "example.scg"
CHECK = f"$ scgc check {NAME}"


def parts(shown: str) -> tuple[str, str]:
    """The command, and the program itself."""
    first, _, rest = shown.partition("\n")
    return (first, rest.lstrip("\n")) if first.startswith("$ ") else (CHECK, shown)


def told(shown: str) -> str:
    """What the command tells of the program on stderr, without a line break at the end."""
    from scgc.cli.app import app
    from scgc.cli.faults import guarded

    command, text = parts(shown)
    words = shlex.split(command)[2:]
    with _desk(text), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as heard:
        try:
            guarded(app(words[0]), words)
        except SystemExit:
            return heard.getvalue().rstrip("\n")


@contextmanager
def _desk(text: str) -> Iterator[None]:
    """A folder with nothing but the program."""
    with TemporaryDirectory() as folder, chdir(folder):
        Path(NAME).write_text(text, encoding="utf-8")
        yield
