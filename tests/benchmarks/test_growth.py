"""A check takes time in proportion to the program, by the calls of Python functions that it makes."""

import sys
from types import FrameType

import checking

from scgc.checking import check
from scgc.pipeline import Compilation
from scgc.source import Source


def calls(nodes: int) -> int:
    """Of one check of a generated program."""
    compilation, count = Compilation(Source("page.scg", checking.program(nodes))), 0

    def counted(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        found = check(compilation)
    finally:
        sys.setprofile(before)
    assert not [d for _, d in found if d.severity == "error"]
    return count


def test_twice_the_nodes_take_twice_the_calls() -> None:
    checking.seconds(20)  # the registries' signatures are read once
    assert calls(400) < 2.2 * calls(200)
