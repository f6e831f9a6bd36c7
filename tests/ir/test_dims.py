"""Quotients of dimensions: the same number as Python's, in one form whatever way they came about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scgc.ir.dims import Dim

N = Dim.of("n")

Read = tuple[Dim, str]
"""A dimension, and the same as Python would reckon it."""


def _both(sign: str) -> st.SearchStrategy:
    return st.builds(
        lambda x, y: (getattr(Dim, NAMES[sign])(x[0], y[0]), f"({x[1]} {sign} {y[1]})"), READ, READ
    )


NAMES = {"+": "__add__", "-": "__sub__", "*": "__mul__"}
READ: st.SearchStrategy[Read] = st.deferred(
    lambda: st.one_of(
        st.integers(0, 9).map(lambda k: (Dim.of(k), str(k))),
        st.sampled_from("ab").map(lambda name: (Dim.of(name), name)),
        *map(_both, NAMES),
        st.builds(lambda x, k: (x[0] // k, f"({x[1]} // {k})"), READ, st.sampled_from([2, 3, 4, -2])),
    )
)


@given(READ, st.integers(-9, 40), st.integers(0, 40))
def test_it_is_the_number_that_python_finds(read: Read, a: int, b: int):
    dim, text = read
    values = {"a": a, "b": b}
    found = dim.substitute({name: Dim.of(value) for name, value in values.items()})
    assert found.value == eval(text, {}, values)


def test_an_integer_divisor_takes_what_it_can():
    assert (N - 2) // 2 == N // 2 - 1
    assert (3 * N + 5) // 2 == N + (N + 1) // 2 + 2
    assert (4 * N + 7) // 4 == N + 1


def test_a_quotient_of_a_quotient_is_one():
    assert (N // 4 + 1) // 2 == (N + 4) // 8
    halves = N
    for _ in range(4):  # a convolution of kernel 4, stride 2 and padding 1 halves
        halves = (halves + 2 - 4) // 2 + 1
    assert halves == N // 16
