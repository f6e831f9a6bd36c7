"""Every declared estimator has a function that draws, which `scgc.runtime` hands to generated code."""

import inspect

import pytest

import scgc.runtime
from scgc.distributions import distributions
from scgc.estimators import draws, estimators

# What the surrogate loss needs is not an argument of the draw.
OF_THE_TERM = {"baseline"}


@pytest.mark.parametrize("name", sorted(estimators()))
def test_draw_takes_the_declared_options(name: str) -> None:
    declared = estimators()[name]
    function = getattr(scgc.runtime, declared.draw)
    assert function is draws()[declared.draw]
    parameters = inspect.signature(function).parameters
    for slot in declared.parsed.slots:
        if slot.name not in OF_THE_TERM:
            assert parameters[slot.name].kind is inspect.Parameter.KEYWORD_ONLY
            assert parameters[slot.name].default is not inspect.Parameter.empty
    called = inspect.signature(function.forward).parameters if declared.module else parameters
    assert "mode" in called
    if declared.carries == "weights":
        assert {"plates", "dims"} <= set(called)


@pytest.mark.parametrize("name", sorted(estimators()))
def test_words_of_the_declaration(name: str) -> None:
    declared = estimators()[name]
    assert declared.name == name
    assert declared.doc.endswith(".")
    words = {s.name for s in declared.parsed.slots if s.type.kind == "word"}
    assert set(declared.words) == words
    if isinstance(declared.families, tuple):
        assert set(declared.families) <= set(distributions())


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="gumbel_hardmax"):
        scgc.runtime.gumbel_hardmax  # noqa: B018
