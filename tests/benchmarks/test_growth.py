"""Commands take time in proportion to the program, by the calls of functions that they make."""

import sys
from collections.abc import Callable
from types import FrameType

import growth
import pytest


def calls(step: Callable[[], object]) -> int:
    """Of one step, those of functions written in C among them."""
    count = 0

    def counted(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        step()
    finally:
        sys.setprofile(before)
    return count


def test_a_check_of_twice_the_nodes_takes_twice_the_calls() -> None:
    growth.seconds(20)  # the registries' signatures are read once
    assert calls(lambda: growth.checked(600)) < 2.1 * calls(lambda: growth.checked(300))


@pytest.mark.parametrize("step", [growth.compiled, growth.drawn])
def test_what_follows_a_check_of_twice_the_nodes_takes_twice_the_calls(step: Callable[..., None]) -> None:
    growth.seconds(20)
    few, many = growth.checked(300), growth.checked(600)
    assert calls(lambda: step(many)) < 2.1 * calls(lambda: step(few))
