"""In which rounds a condition holds, compared with asking every round."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scgc.draw.conditions import condition, holds, opposite
from scgc.ir import graph
from scgc.ir.dims import Dim

SIGNS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip

small = st.integers(-4, 4)


def compared(op: str, slope: int, offset: int, bound: int) -> graph.Test:
    return graph.Test(op=op, left=Dim.of("r") * slope + offset, right=Dim.of(bound))


comparisons = st.builds(compared, st.sampled_from(sorted(SIGNS)), st.integers(-2, 2), small, small)
tests = st.recursive(
    comparisons,
    lambda inner: (
        st.builds(
            lambda op, a, b: graph.Test(op=op, left=a, right=b), st.sampled_from(["and", "or"]), inner, inner
        )
        | st.builds(lambda a: graph.Test(op="not", left=a), inner)
    ),
    max_leaves=4,
)


def asked(test: graph.Test, r: int) -> bool:
    """Whether a test is true in one round."""
    match test:
        case graph.Test(op="not", left=graph.Test() as left):
            return not asked(left, r)
        case graph.Test(op="and" | "or" as op, left=graph.Test() as left, right=graph.Test() as right):
            both = asked(left, r), asked(right, r)
            return all(both) if op == "and" else any(both)
        case graph.Test(op=op, left=Dim() as left, right=Dim() as right):
            values = [side.substitute({"r": Dim.of(r)}).value for side in (left, right)]
            return bool(SIGNS[op](*values))
    raise AssertionError(test)


TRAINING = graph.Test(op="training")


@given(tests, st.integers(0, 3), st.integers(0, 4))
def test_what_is_said_of_all_rounds_is_true_in_each(test: graph.Test, low: int, length: int) -> None:
    told = holds(test, "r", Dim.of(low), Dim.of(low + length), {})
    found = {asked(test, r) for r in range(low, low + length + 1)}
    assert told is None or found == {told}
    if length == 0:
        assert told is not None


@given(comparisons, st.integers(0, 3), st.integers(0, 4))
def test_a_plain_order_is_always_decided(test: graph.Test, low: int, length: int) -> None:
    found = {asked(test, r) for r in range(low, low + length + 1)}
    told = holds(test, "r", Dim.of(low), Dim.of(low + length), {})
    if test.op not in ("==", "!=") or length == 0:
        assert told == (found.pop() if len(found) == 1 else None)


@given(tests, st.integers(-4, 4))
def test_the_opposite(test: graph.Test, r: int) -> None:
    assert asked(opposite(test), r) != asked(test, r)


def test_with_a_number_of_rounds_that_only_the_data_knows() -> None:
    rounds = Dim.of("data.rounds")
    test = graph.Test(op="<", left=Dim.of("r"), right=rounds - 1)
    assert holds(test, "r", rounds - 1, rounds - 1, {}) is False
    assert holds(test, "r", Dim.of(0), rounds - 2, {}) is True
    assert holds(test, "r", Dim.of(0), rounds - 1, {}) is None
    assert holds(graph.Test(op="training"), "r", Dim.of(0), rounds - 1, {}) is None
    square = graph.Test(op="<", left=Dim.of("r") * Dim.of("r"), right=Dim.of(2))
    assert holds(square, "r", Dim.of(-2), Dim.of(1), {}) is None


@pytest.mark.parametrize(
    ("test", "text"),
    [
        (compared("<", 1, 0, 2), "r < 2"),
        (compared(">=", 2, -1, 0), "2 * r − 1 >= 0"),
        (
            opposite(graph.Test(op="or", left=TRAINING, right=compared("==", 1, 0, 0))),
            "not (training or r == 0)",
        ),
    ],
)
def test_text(test: graph.Test, text: str) -> None:
    assert condition(test) == text
