"""What is told of the programs that explain a code: by the command that they name, as a user would see it.

A program whose first line is `$ scgc run example.scg` shows what that command finds; without such a line it
is `scgc check`. Below `--- points.py` stands a file that lies beside the program.
"""

from __future__ import annotations

import io
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

NAME = "example.scg"
CHECK = f"$ scgc check {NAME}"


def parts(shown: str) -> tuple[str, dict[str, str]]:
    """The command, and the texts of the program and of what lies beside it, by file."""
    first, _, rest = shown.partition("\n")
    command, text = (first, rest.lstrip("\n")) if first.startswith("$ ") else (CHECK, shown)
    program, *beside = re.split(r"^--- (\S+)\n+", text, flags=re.MULTILINE)
    return command, {NAME: program, **dict(zip(beside[::2], beside[1::2], strict=True))}


def told(shown: str) -> str:
    """What the command tells of the program on stderr, without a line break at the end."""
    from scgc.cli.app import app
    from scgc.cli.faults import guarded

    command, files = parts(shown)
    words = shlex.split(command)[2:]
    with _desk(files), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as heard:
        try:
            guarded(app(words[0]), words)
        except SystemExit:
            return heard.getvalue().rstrip("\n")


@contextmanager
def _desk(files: Mapping[str, str]) -> Iterator[None]:
    """A folder with nothing but these files. What is imported from it is forgotten."""
    with TemporaryDirectory() as folder, chdir(folder):
        for name, text in files.items():
            Path(name).write_text(text, encoding="utf-8")
        yield
    for name in files:
        sys.modules.pop(Path(name).stem, None)
