"""The server as a process, one for a module's tests or one for a single test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from editing import Editor


def session(root: Path) -> Iterator[Editor]:
    editor = Editor(root)
    try:
        yield editor
    finally:
        editor.process.kill()
        editor.process.wait()
        for pipe in (editor.process.stdin, editor.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Editor]:
    """A server of its own, not yet initialised."""
    yield from session(tmp_path)


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One server for all tests of a module, each with files of its own."""
    for editor in session(tmp_path_factory.mktemp("editor")):
        editor.begin()
        yield editor
