"""The text form of the IR: everything that can be printed is read back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scgc.ir import graph
from scgc.ir.dims import Dim
from scgc.ir.reader import parser
from scgc.ir.text import parse_ir, print_ir
from scgc.ir.types import DistType, TensorType
from scgc.pipeline import Compilation
from scgc.resources import folder

PROGRAMS = sorted(folder("programs").rglob("*.scg"))


def tuples(of: st.SearchStrategy, most: int = 2) -> st.SearchStrategy:
    return named(st.lists(of, max_size=most).map(tuple))


def named(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """The same strategy, whose `repr` does not spell out all that it is made of."""

    @st.composite
    def drawn(draw: st.DrawFn) -> object:
        return draw(strategy)

    return drawn()


plain = st.sampled_from(["x", "left.z", "%1", "left.%4", "τ", "beta_2", "max", "batch", "data", "per"])
reserved = st.sampled_from(sorted(t.pattern.value for t in parser().terminals if t.pattern.value.isalpha()))
awkward = st.sampled_from(
    ["none", "as", "via", "dim", "real", "over", "", "a b", "`", '"', "\\", "x\n", "3", "a.", "é#"]
)
names = named(st.one_of(plain, awkward, reserved, st.text(st.characters(codec="utf-8"), max_size=6)))
texts = st.one_of(st.just(""), st.text(st.characters(codec="utf-8"), max_size=20))
numbers = st.floats(allow_nan=False)
integers = st.integers(-(10**20), 10**20)
operands = named(st.one_of(st.booleans(), st.integers(), numbers, names))

symbols = st.sampled_from(["D", "K", "data.entities", "τ", "via", "batch", "real"])
dims = named(
    st.recursive(
        st.one_of(st.integers(0, 99).map(Dim.of), symbols.map(Dim.of)),
        lambda inner: st.one_of(
            st.builds(Dim.__add__, inner, inner),
            st.builds(Dim.__sub__, inner, inner),
            st.builds(Dim.__mul__, inner, inner),
            st.builds(Dim.__floordiv__, inner, inner.filter(lambda d: d.value != 0)),
        ),
        max_leaves=6,
    )
)


tensor_types = named(
    st.builds(
        TensorType,
        kind=st.sampled_from(["real", "int", "bool", "bit", "class", "onehot"]),
        size=st.one_of(st.none(), dims),
        shape=tuples(dims),
    )
)
types = named(st.one_of(tensor_types, st.builds(DistType, family=names, event=tensor_types)))

words = st.sampled_from(["batch", "leave_one_out", "none"])
choices = named(
    st.one_of(
        st.builds(graph.DimOption, dim=dims),
        st.builds(graph.WordOption, word=words),
        st.builds(graph.TextOption, text=texts),
        st.booleans(),
        integers,
        numbers,
    )
)
options = named(st.dictionaries(names, st.one_of(choices, st.none(), tuples(choices)), max_size=2))
inputs = named(st.dictionaries(names, st.one_of(operands, st.none(), tuples(operands)), max_size=2))
uses = named(
    st.builds(graph.Use, name=names, inputs=st.dictionaries(names, operands, max_size=2), options=options)
)

maybe = st.one_of(st.none(), names)
applies = st.builds(
    graph.Apply, result=names, function=names, inputs=inputs, options=options, layer=maybe, type=types
)
paths = st.lists(names.filter(lambda n: "/" not in n), min_size=1, max_size=2).map("/".join)
invokes = st.builds(
    graph.Invoke,
    result=names,
    net=paths,
    copy_index=st.one_of(st.none(), dims),
    args=tuples(operands),
    mapped=tuples(dims),
    spread=tuples(st.booleans()),
    type=tensor_types,
)
samples = st.builds(
    graph.Sample,
    result=names,
    distribution=names,
    estimator=uses,
    prior=maybe,
    observe=st.one_of(st.none(), operands),
    type=tensor_types,
)
bodies = named(tuples(st.one_of(applies, invokes, samples)))


def nets_with(nested: st.SearchStrategy[tuple[graph.Net, ...]]) -> st.SearchStrategy:
    return st.builds(
        graph.Net,
        kind=st.sampled_from(["net", "fn"]),
        name=names,
        copies=st.one_of(st.none(), dims),
        args=tuples(st.builds(graph.Argument, name=names, type=tensor_types)),
        nets=nested,
        body=bodies,
        result=st.one_of(st.none(), operands),
        result_type=tensor_types,
        target=st.one_of(st.none(), texts),
        doc=texts,
    )


nets = named(nets_with(tuples(nets_with(st.just(())))))
counts = st.integers(0, 10**9)
rates = st.builds(
    graph.Rate, count=st.floats(0, allow_infinity=False), per=st.sampled_from(["epoch", "step"])
)
trains = named(
    st.builds(
        graph.Train,
        data=st.one_of(st.none(), uses),
        batch=counts,
        epochs=st.one_of(st.none(), counts),
        steps=st.one_of(st.none(), counts),
        optimizer=uses,
        ticks=rates,
        evaluate=st.one_of(st.none(), rates),
        select=st.builds(
            graph.Select,
            rule=st.sampled_from(["best", "last"]),
            target=maybe,
            mode=st.sampled_from(["max", "min"]),
        ),
    )
)
costs = named(st.builds(graph.Cost, name=names, value=operands, doc=texts))
programs = named(
    st.builds(
        graph.Program,
        name=names,
        doc=texts,
        variant=maybe,
        dims=tuples(st.builds(graph.DimDecl, name=names, value=dims, doc=texts)),
        inputs=tuples(
            st.builds(graph.Input, name=names, type=tensor_types, optional=st.booleans(), doc=texts)
        ),
        params=tuples(st.builds(graph.Param, name=names, type=tensor_types, init=uses, doc=texts)),
        schedules=tuples(
            st.builds(graph.Schedule, name=names, body=tuples(applies), result=operands, doc=texts), 2
        ),
        nets=tuples(nets, 2),
        body=bodies,
        losses=tuples(costs, 2),
        metrics=tuples(costs, 2),
        docs=st.dictionaries(names, texts, max_size=2),
        train=st.one_of(st.none(), trains),
        evaluations=tuples(
            st.builds(
                graph.Evaluate,
                name=names,
                data=st.one_of(st.none(), uses),
                batch=st.one_of(st.none(), counts),
                examples=st.one_of(st.none(), counts),
                report=tuples(uses, 2),
                doc=texts,
            ),
            2,
        ),
    )
)


@settings(max_examples=100, deadline=None)
@given(programs)
def test_what_is_printed_is_read_back(program: graph.Program) -> None:
    assert parse_ir(print_ir(program)) == program


@given(dims)
def test_a_dimension_is_read_back(dim: Dim) -> None:
    assert Dim.parse(str(dim)) == dim


@given(choices)
def test_numbers_keep_their_kind(choice: graph.Setting) -> None:
    use = graph.Use(name="f", options={"a": choice})
    program = graph.Program(name="p", params=(graph.Param(name="x", type=TensorType(kind="real"), init=use),))
    read = parse_ir(print_ir(program)).params[0].init.options["a"]
    assert type(read) is type(choice)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_every_program_is_read_back(path: Path) -> None:
    program = Compilation.of(path).program
    text = print_ir(program)
    assert parse_ir(text) == program
    assert max(len(line) for line in text.split("\n")) < 160


def test_one_statement_a_line() -> None:
    body = (
        graph.Apply(
            result="%1",
            function="Categorical",
            inputs={"logits": "u"},
            type=DistType(family="Categorical", event=TensorType(kind="onehot", size=Dim.of("K"))),
        ),
        graph.Sample(
            result="z",
            distribution="%1",
            estimator=graph.Use(name="score", options={"samples": graph.DimOption(dim=Dim.of(4))}),
            observe="k",
            type=TensorType(kind="onehot", size=Dim.of("K")),
        ),
    )
    text = print_ir(graph.Program(name="p", doc="One node.", body=body))
    assert text == (
        "## One node.\n"
        "program p\n"
        "\n"
        "%1 : Categorical over onehot(K) = Categorical(logits = u)\n"
        "z  : onehot(K)                  ~ %1 via score(; samples = 4) observe k\n"
    )


@pytest.mark.parametrize(
    "text", ["", "program", "program p dim", "program p\nx : real[] = f(", "program p $"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the text of an IR"):
        parse_ir(text)
