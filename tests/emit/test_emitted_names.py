"""No name of a program gets in the way of Python, PyTorch or what the module imports."""

from __future__ import annotations

import keyword
from typing import Any

import pytest
import torch

from scgc.emit.names import MEMBERS, Names, class_name, identifier, runtime_names
from scgc.ops import operators
from scgc.runtime import Model


def test_members_of_a_model_are_reserved() -> None:
    model = Model()
    members = {m for m in (*dir(model), *vars(model)) if not m.startswith("_")}
    assert members <= MEMBERS


def test_names_are_given_out_once() -> None:
    names = Names({"sum"})
    given = [names.new(wanted) for wanted in ("sum", "x", "x", "x", "lambda", "_x", "a.b", "a_b", "%3")]
    assert len(set(given)) == len(given)
    assert all(g.isidentifier() and not keyword.iskeyword(g) and g != "sum" for g in given)


def test_names_that_python_would_unify_stay_apart() -> None:
    """Python reads `ﬁt` (with a ligature) and `fit` as one identifier."""
    names = Names()
    assert names.new("ﬁt") != names.new("fit")
    assert identifier("ﬁt") == "fit"


@pytest.mark.parametrize("net", ["spread/forth", "mnist_addition", "x"])
def test_classes_are_in_camel_case(net: str) -> None:
    name = class_name(net)
    assert name.isidentifier() and name[0].isupper() and "_" not in name


TAKEN = {*keyword.kwlist, *MEMBERS} | {
    "torch",
    "nn",
    "F",
    "math",
    "Tensor",
    "self",
    "batch",
    "loss",
    "super",
    "count",
    "index",
    "float",
    "Model",
    "Net",
    "Output",
    "Categorical",
    "score",
    "log_prob",
    "h",
    "z_",
    "print",
    "take",
}
WORDS = {
    "program",
    "dim",
    "input",
    "param",
    "net",
    "fn",
    "schedule",
    "loss",
    "metric",
    "train",
    "evaluate",
    "step",
    "variant",
    "sweep",
    "use",
    "extern",
    "return",
    "optional",
    "init",
    "via",
    "prior",
    "observe",
    "where",
    "and",
    "or",
    "not",
    "data",
    "t",
    "epoch",
    "progress",
    "true",
    "false",
    "for",
    "in",
    "if",
    "else",
    "size",
    "halt",
    "when",
    "minimize",
    "over",
    "with",
    "per",
    "class",
}
"""Words of the language itself."""


@pytest.mark.parametrize("name", sorted(TAKEN - WORDS))
def test_any_name_will_do(name: str, examples: Any) -> None:
    """As a value, a param, an input, a net, its argument and a stochastic node in it."""
    if name in operators():
        pytest.skip("an operator of the language")
    text = f"""
        dim D_ = 3
        input given : real[D_]
        param {name}_param : real[D_]
        net f({name} : real[D_]) -> real[D_] {{ inner = linear({name}, 3)  return inner }}
        {name} ~ Categorical(logits = f(given) * {name}_param) via score
        loss cost = sum({name} * {name}_param)
    """
    other = f"""
        input a : real[3]
        schedule {name} = 0.5 * t
        net g(a : real[3]) -> real[3] {{ {name}_ ~ Normal(mean = a, std = 1)  return {name}_ }}
        value = g(a) * {name}
        loss cost = sum(value)
    """
    third = f"""
        input {name} : real[3]
        param p : real[3]
        net net_of(x : real[3]) -> real[3] {{ return x * p }}
        loss cost = sum(net_of({name}))
    """
    for source in (text, other, third):
        compiled = examples.compilation(source)
        model = examples.model(compiled)
        out = model(**examples.data(compiled))
        assert torch.isfinite(out.loss)


@pytest.mark.parametrize("name", ["normal", "model", "net"])
def test_a_program_or_net_may_be_named_as_what_the_module_imports(name: str, examples: Any) -> None:
    """The class of the program, and the class and function of a net, hide nothing of `scgc.runtime`."""
    program = f"""
        program {name}
        input x : real[3]
        param w : real[3]
        z ~ Normal(mean = x * w, std = 1) via pathwise
        loss cost = sum(z)
    """
    net = f"""
        input x : real[3]
        param w : real[3]
        net {name}_(x : real[3]) -> real[3] {{ return linear(x, 3) }}
        net mean_of(x : real[3]) -> real[3] {{ return {name}_(x) }}
        z ~ Normal(mean = mean_of(x) * w, std = 1) via pathwise
        loss cost = sum(z)
    """
    for source in (program, net):
        compiled = examples.compilation(source)
        out = examples.model(compiled)(**examples.data(compiled))
        assert torch.isfinite(out.loss)


def test_names_of_the_runtime_are_read_from_its_text() -> None:
    import scgc.runtime

    assert set(scgc.runtime.__all__) <= runtime_names()
    assert all(hasattr(scgc.runtime, name) for name in runtime_names())
