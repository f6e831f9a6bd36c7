"""Every operator's example compiles, runs, and has the inferred shape: without a batch, with one, and with
more leading axes. Dimensions are distinct primes, so that no wrong transpose passes."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

from scgc.emit.load import load_source, model_class
from scgc.emit.matching import matched
from scgc.emit.regions import Regions
from scgc.ir.types import TensorType
from scgc.ops import operators
from scgc.ops.declare import Operator
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.syntax.parse import parse_expression

BATCH, MAPPED = 17, 19

OVERLOADS = [
    pytest.param(operator, id=f"{name}-{number}")
    for name, overloads in operators().items()
    for number, operator in enumerate(overloads)
]
VALUES = [p for p in OVERLOADS if p.values[0].torch]  # type: ignore[attr-defined]


def compile_text(text: str) -> Compilation:
    return Compilation(Source("example.scg", text))


def as_inputs(example: str) -> tuple[str, dict[str, str]]:
    """The example with its tensors as names, and the types of these."""
    found: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        name = f"x{len(found)}"
        kind = "int" if match[1] == "arange" else "real"
        found[name] = f"{kind}[{match[2]}]"
        return name

    return re.sub(r"\b(ones|zeros|arange)\(([\d, ]+)\)", replace, example), found


def made(type_: TensorType, *lead: int) -> torch.Tensor:
    shape = (*lead, *(d.value or 0 for d in type_.shape))
    if type_.kind == "int":
        return torch.randint(0, 2, shape)
    return torch.rand(shape) + 0.1


def result_type(compilation: Compilation, name: str = "y") -> TensorType:
    found = next(s.type for s in compilation.program.body if s.result == name)
    assert isinstance(found, TensorType)
    return found


def run(compilation: Compilation, **inputs: torch.Tensor) -> Any:
    torch.manual_seed(0)
    return model_class(load_source(compilation.python, "example"))()(**inputs)


def sizes(type_: TensorType) -> tuple[int | None, ...]:
    return tuple(d.value for d in type_.stored)


@pytest.mark.parametrize("operator", VALUES)
def test_example_runs_without_a_batch(operator: Operator) -> None:
    if operator.name == "batchnorm":
        pytest.skip("there is nothing to normalise over")
    compilation = compile_text(f"y = {operator.example}")
    out = run(compilation)
    assert tuple(out.y.shape) == sizes(result_type(compilation))


@pytest.mark.parametrize("operator", VALUES)
def test_example_runs_on_a_batch(operator: Operator) -> None:
    expression, types = as_inputs(operator.example)
    inputs = "\n".join(f"input {n} : {t}" for n, t in types.items())
    compilation = compile_text(f"{inputs}\ny = {expression}")
    given = {i.name: made(i.type, BATCH) for i in compilation.program.inputs}
    out = run(compilation, **given)
    lead = (BATCH,) if types else ()
    assert tuple(out.y.shape) == (*lead, *sizes(result_type(compilation)))


@pytest.mark.parametrize("operator", VALUES)
def test_example_runs_on_more_leading_axes(operator: Operator) -> None:
    expression, types = as_inputs(operator.example)
    if not types:
        pytest.skip("depends on no value")
    single = result_type(compile_text(f"{inputs_of(types)}\ny = {expression}"))
    parameters = ", ".join(f"{n} : {t}" for n, t in types.items())
    mapped = {n: t.replace("[", f"[{MAPPED}, ") for n, t in types.items()}
    compilation = compile_text(
        f"{inputs_of(mapped)}\nnet f({parameters}) -> {single} {{ return {expression} }}\n"
        f"y = f({', '.join(types)})"
    )
    given = {i.name: made(i.type, BATCH) for i in compilation.program.inputs}
    out = run(compilation, **given)
    assert tuple(out.y.shape) == (BATCH, MAPPED, *sizes(single))


def inputs_of(types: dict[str, str]) -> str:
    return "\n".join(f"input {n} : {t}" for n, t in types.items())


@pytest.mark.parametrize("operator", VALUES)
def test_leading_axes_are_independent(operator: Operator) -> None:
    """Entry i of a batch is what the operator gives for example i alone."""
    if operator.draws or operator.layer or operator.across:
        pytest.skip("random, or with parameters of its own")
    expression, types = as_inputs(operator.example)
    if not types:
        pytest.skip("depends on no value")
    compilation = compile_text(f"{inputs_of(types)}\ny = {expression}")
    given = {i.name: made(i.type, BATCH) for i in compilation.program.inputs}
    whole = run(compilation, **given).y
    alone = run(compilation, **{n: x[3:4] for n, x in given.items()}).y
    torch.testing.assert_close(whole[3:4], alone)


WEIGHTY = [p for p in OVERLOADS if p.values[0].weights]  # type: ignore[attr-defined]


@pytest.mark.parametrize("operator", WEIGHTY)
def test_the_declared_weights_are_the_layers_own(operator: Operator) -> None:
    """The number that a layer is refused by, where it is too large for any machine."""
    compilation = compile_text(f"y = {operator.example}")
    layer = next(s for s in compilation.program.body if getattr(s, "layer", None))
    model = model_class(load_source(compilation.python, "weighty"))()
    found = sum(w.numel() for name, w in model.named_parameters() if "bias" not in name)
    match = matched(Regions(compilation.program), Regions(compilation.program).top, layer, operator.parsed)
    assert match is not None
    assert match.evaluate(parse_expression(operator.weights)).substitute(match.known).value == found


def test_every_large_layer_declares_its_weights() -> None:
    layers = {o.name for p in OVERLOADS if (o := p.values[0]).layer}  # type: ignore[attr-defined]
    assert layers - {p.values[0].name for p in WEIGHTY} == {"layernorm", "batchnorm"}
