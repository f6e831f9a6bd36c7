"""What each name of a text belongs to: beside the graph, where the analysis resolves names."""

from __future__ import annotations

import pytest

from scgc.data import data_sets
from scgc.distributions import distributions
from scgc.estimators import estimators
from scgc.metrics import measures
from scgc.ops import operators
from scgc.ops.inits import inits
from scgc.pipeline import Compilation
from scgc.programs import shipped
from scgc.source import Source
from scgc.syntax import ast
from scgc.train.optimizers import optimizers, reducers

GRAMMAR = {
    *("nll", "kl", "propagate", "harden", "range", "uniform", "training", "none", "true", "false", "data"),
    *("best", "last", "together", "alternate"),
}
REGISTRIES = (operators, distributions, estimators, data_sets, measures, inits, optimizers, reducers)

NESTED = """
dim n = 3
input x : real[2]
net outer(x : real[2]) -> real[2] {
  net inner(y : real[2]) -> real[2] { u = 2 * y  return u }
  v = inner(y = x)
  if n > 2 { w = v.u + x } else { w = v.u - v }
  return x + v
}
a = outer(x)
for i in range(n) { a <- a + x[i - i] }
for i in range(2) { a <- a * i }
loss l = sum(a.v.u)
"""


def homes(text: str) -> list[tuple[str, tuple[str, str]]]:
    """The names that belong to something, each with what; in the order of the text."""
    compilation = Compilation(Source("page.scg", text))
    assert [d.code for d in compilation.diagnostics if d.severity == "error"] == []
    names = {s: n for s, n in compilation.places.names.items() if s.source is compilation.source}
    return [(span.text, names[span].home) for span in sorted(names, key=lambda s: s.start)]


@pytest.mark.parametrize("program", shipped())
def test_every_name_of_a_program_belongs_to_something(program: str) -> None:
    """Only what registries declare, and a few words, stand for nothing of the program's own."""
    compilation = Compilation.of(program)
    known = compilation.places.names
    read = [n for d in compilation.resolved.declarations if not isinstance(d, ast.Variant) for n in named(d)]
    foreign = {name.id for name in read if name.span not in known}
    assert foreign <= GRAMMAR | registered() | set(compilation.variants)


def registered() -> set[str]:
    """The names that registries declare, and the words of their options."""
    options = {word for e in estimators().values() for words in e.words.values() for word in words}
    return options.union(*(registry() for registry in REGISTRIES))


def named(node: object) -> list[ast.Name]:
    if isinstance(node, tuple):
        return [name for part in node for name in named(part)]
    if isinstance(node, ast.Name):
        return [node]
    return [n for part in vars(node).values() for n in named(part)] if isinstance(node, ast.Node) else []


def test_names_of_nets_and_loops_are_their_own() -> None:
    found = homes(NESTED)
    assert {home for text, home in found if text == "x"} == {("", "x"), ("outer", "x")}
    assert [home for text, home in found if text == "u"] == [("outer/inner", "u")] * 5
    assert [home for text, home in found if text == "y"] == [("outer/inner", "y")] * 3
    assert len({home for text, home in found if text == "i"}) == 2


def test_a_name_that_loops_change_stays_one_name() -> None:
    assert {home for text, home in homes(NESTED) if text == "a"} == {("", "a")}


def test_the_branch_that_never_runs_is_read_for_its_names() -> None:
    assert [home for text, home in homes(NESTED) if text == "w"] == [("outer", "w")] * 2


def test_types_stand_beside_the_names() -> None:
    compilation = Compilation.of("digit_addition")
    types = {s.text: str(n.type) for s, n in compilation.places.names.items() if n.declares}
    assert types["u"] == "real[D]" and types["z"] == "onehot(K)" and types["digit"] == "None"
