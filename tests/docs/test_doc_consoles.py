"""Every `$ scgc ...` in the documents is typed in and answers as shown.

A line `...` stands for any lines. The commands of a page are typed one after the other in one folder, which
holds `programs/` and the programs that the page shows. With --update-golden the page is rewritten, but for
blocks with `...`. A block marked `not-replayed` (it would take too long) is left alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import PAGES, Block, Page, page

LIMIT = 120
"""Seconds that one command may take."""


def replayed(of: Page) -> list[Block]:
    consoles = [b for b in of.blocks if b.language == "console" and "not-replayed" not in b.words]
    return [b for b in consoles if re.search(r"^\$ scgc\b", b.text, re.MULTILINE)]


WITH_COMMANDS = [p for p in PAGES if replayed(p)]


def typed(command: str, folder: Path) -> str:
    """What a terminal of 80 columns shows."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT,
        check=False,
    )
    return done.stdout.decode("utf-8")


def session(block: Block, folder: Path) -> str:
    """The block as the terminal gives it now."""
    shown = ""
    for command in re.findall(r"^\$ (.+(?:\\\n.+)*)$", block.text, re.MULTILINE):
        shown += f"$ {command}\n"
        answer = "\n".join(line.rstrip() for line in typed(command, folder).splitlines())
        shown += f"{answer}\n" if answer else ""
    return shown


def agrees(shown: str, found: str) -> bool:
    """Whether a block's text is what was found, where a line `...` stands for any lines."""
    parts = [re.escape(part) for part in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE)]
    return re.fullmatch(r"(?:.*\n)*?".join(parts), found) is not None


@pytest.mark.parametrize("shown", WITH_COMMANDS, ids=lambda p: p.name)
def test_commands_answer_as_shown(
    shown: Page, desk: Callable[[Page], Path], request: pytest.FixtureRequest
) -> None:
    folder = desk(shown)
    found = {block: session(block, folder) for block in replayed(shown)}
    if request.config.getoption("--update-golden"):
        rewrite(shown, found)
        return
    for block, text in found.items():
        if not agrees(block.text, text):
            assert text == block.text, f"{shown.name}:{block.line}"


def rewrite(shown: Page, found: dict[Block, str]) -> None:
    text = page(shown.path).text
    for block, answer in sorted(found.items(), key=lambda pair: -pair[0].start):
        if not re.search(r"^\.\.\.$", block.text, re.MULTILINE):
            text = text[: block.start] + answer + text[block.end :]
    shown.path.write_text(text, encoding="utf-8", newline="\n")


def test_three_dots_stand_for_any_lines() -> None:
    assert agrees("a\n...\nd\n", "a\nb\nc\nd\n")
    assert agrees("a\n...\nd\n", "a\nd\n")
    assert not agrees("a\n...\nd\n", "a\nb\nc\n")
    assert not agrees("a\n", "a\nb\n")


def test_every_command_is_described(desk: Callable[[Page], Path]) -> None:
    from scgc.cli.app import app

    described = next(p for p in PAGES if p.path.name == "commands.md")
    for command in app().registered_commands:
        assert f"$ scgc {command.name} --help\n" in described.text
