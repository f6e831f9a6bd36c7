"""The text form of the IR and its JSON: everything that can be written is read back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scgc.ir import graph
from scgc.ir.dims import Dim
from scgc.ir.json import from_json, to_json
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


plain = st.sampled_from(
    [
        *("x", "left.z", "%1", "left.%4", "τ", "beta_2", "max", "batch", "data", "per"),
        *("x@1", "x@2.z", "%loop1", "%loop1.x@2", "%if12", "where", "training", "next"),
    ]
)
reserved = st.sampled_from(sorted(t.pattern.value for t in parser().terminals if t.pattern.value.isalpha()))
awkward = st.sampled_from(
    [
        *("none", "as", "via", "dim", "real", "over", "", "a b", "`", '"', "\\", "x\n", "3", "a.", "é#"),
        *("x@", "@1", "%", "%loop", "%X1", "%alive1", "x@1@2", "x@y"),
    ]
)
names = named(st.one_of(plain, awkward, reserved, st.text(st.characters(codec="utf-8"), max_size=6)))
texts = st.one_of(st.just(""), st.text(st.characters(codec="utf-8"), max_size=20))
numbers = st.floats(allow_nan=False)
integers = st.integers(-(10**20), 10**20)
operands = named(st.one_of(st.booleans(), st.integers(), numbers, names))

symbols = st.sampled_from(
    ["D", "K", "data.entities", "τ", "via", "batch", "real", "training", "not", "and", "%round1"]
)
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
    where=maybe,
    type=tensor_types,
)
propagates = st.builds(
    graph.Propagate,
    result=names,
    net=paths,
    copy_index=st.one_of(st.none(), dims),
    dst=names,
    src=names,
    along=names,
    where=maybe,
    type=tensor_types,
)
tests = named(
    st.recursive(
        st.one_of(
            st.just(graph.Test(op="training")),
            st.builds(
                graph.Test,
                op=st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
                left=dims,
                right=dims,
            ),
        ),
        lambda inner: st.one_of(
            st.builds(graph.Test, op=st.sampled_from(["and", "or"]), left=inner, right=inner),
            st.builds(graph.Test, op=st.just("not"), left=inner),
        ),
        max_leaves=4,
    )
)
carries = named(
    st.builds(graph.Carry, name=names, start=operands, next=operands, result=names, type=tensor_types)
)
merges = named(st.builds(graph.Merge, result=names, then=operands, orelse=operands, type=tensor_types))
simple = named(st.one_of(applies, invokes, propagates, samples))


def blocks_of(inner: st.SearchStrategy) -> st.SearchStrategy:
    """Loops and choices of the statements."""
    return st.one_of(
        st.builds(
            graph.Loop,
            result=names,
            index=names,
            start=dims,
            count=dims,
            over=maybe,
            item=maybe,
            alive=maybe,
            carried=tuples(carries),
            halt=maybe,
            body=tuples(inner),
        ),
        st.builds(
            graph.Choice,
            result=names,
            test=tests,
            body=tuples(inner),
            orelse=tuples(inner),
            merges=tuples(merges),
        ),
    )


bodies = named(tuples(st.one_of(simple, named(st.recursive(simple, blocks_of, max_leaves=3)))))


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
players = named(
    st.builds(
        graph.Player,
        losses=tuples(names),
        optimizer=uses,
        times=st.integers(1, 99),
        **dict.fromkeys(("nets", "params", "layers", "nodes"), tuples(names)),
    )
)
trains = named(
    st.builds(
        graph.Train,
        data=st.one_of(st.none(), uses),
        batch=counts,
        epochs=st.one_of(st.none(), counts),
        steps=st.one_of(st.none(), counts),
        players=tuples(players),
        together=st.booleans(),
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
        sizes=tuples(st.builds(graph.SizeDecl, name=names, most=dims, doc=texts)),
        inputs=tuples(
            st.builds(graph.Input, name=names, type=tensor_types, optional=st.booleans(), doc=texts)
        ),
        params=tuples(st.builds(graph.Param, name=names, type=tensor_types, init=uses, doc=texts)),
        schedules=tuples(
            st.builds(
                graph.Schedule,
                name=names,
                body=tuples(applies),
                result=operands,
                evaluated=st.one_of(st.none(), numbers),
                doc=texts,
            ),
            2,
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
                dims=st.dictionaries(names, dims, max_size=2),
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
def test_what_is_written_is_read_back(program: graph.Program) -> None:
    assert parse_ir(print_ir(program)) == program
    assert from_json(json.loads(json.dumps(to_json(program)))) == program


@given(dims)
def test_a_dimension_is_read_back(dim: Dim) -> None:
    assert Dim.parse(str(dim)) == dim


@given(choices)
def test_numbers_keep_their_kind(choice: graph.Setting) -> None:
    use = graph.Use(name="f", options={"a": choice})
    program = graph.Program(name="p", params=(graph.Param(name="x", type=TensorType(kind="real"), init=use),))
    for read in (parse_ir(print_ir(program)), from_json(to_json(program))):
        assert type(read.params[0].init.options["a"]) is type(choice)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_every_program_is_read_back(path: Path) -> None:
    program = Compilation.of(path).program
    text = print_ir(program)
    assert parse_ir(text) == program
    assert from_json(json.loads(json.dumps(to_json(program)))) == program
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


@given(tests)
def test_a_test_is_read_back(test: graph.Test) -> None:
    program = graph.Program(name="p", body=(graph.Choice(result="%if1", test=test, body=()),))
    assert parse_ir(print_ir(program)) == program


def reals(*shape: str) -> TensorType:
    return TensorType(kind="real", shape=tuple(Dim.of(d) for d in shape))


def added(result: str, x: str, y: str) -> graph.Apply:
    return graph.Apply(result=result, function="add", inputs={"x": x, "y": y}, type=reals("n", "D"))


def test_a_loop_with_a_choice_in_it() -> None:
    choice = graph.Choice(
        result="%if1",
        test=graph.Test(op="<", left=Dim.of("r"), right=Dim.of("rounds") - 1),
        body=(graph.Invoke(result="%3", net="snap", args=("x@2",), type=reals("n", "D")),),
        merges=(graph.Merge(result="x@3", then="%3", orelse="x@2", type=reals("n", "D")),),
    )
    message = graph.Propagate(
        result="%1", net="message", dst="e", src="x@1", along="tree", where="made", type=reals("n", "D")
    )
    loop = graph.Loop(
        result="%loop1",
        index="r",
        start=Dim.of(0),
        count=Dim.of("rounds"),
        carried=(graph.Carry(name="x@1", start="e", next="x@3", result="x@4", type=reals("n", "D")),),
        halt="%7",
        body=(message, added("x@2", "x@1", "%1"), choice, added("seen", "x@3", "e")),
    )
    program = graph.Program(
        name="p",
        dims=(graph.DimDecl(name="D", value=Dim.of(60)),),
        sizes=(graph.SizeDecl(name="n", most=Dim.of(50), doc="Tokens."),),
        body=(loop, added("y", "x@4", "x@4")),
        evaluations=(graph.Evaluate(name="deep", dims={"rounds": Dim.of(8)}, batch=2),),
    )
    text = print_ir(program)
    assert text == (
        "program p\n\n"
        "dim D = 60\n"
        "## Tokens.\n"
        "size n <= 50\n\n"
        "loop %loop1 for r in range(0, rounds) {\n"
        "  carry x@1 : real[n, D] = e <- x@3 as x@4\n"
        "  %1   : real[n, D] = propagate message(dst = e, src = x@1, along = tree, where = made)\n"
        "  x@2  : real[n, D] = add(x = x@1, y = %1)\n"
        "  choice %if1 if r < rounds - 1 {\n"
        "    %3 : real[n, D] = call snap(x@2)\n"
        "  }\n"
        "  merge x@3 : real[n, D] = %3 or x@2\n"
        "  seen : real[n, D] = add(x = x@3, y = e)\n"
        "  halt %7\n"
        "}\n"
        "y : real[n, D] = add(x = x@4, y = x@4)\n\n"
        "evaluate deep {\n"
        "  batch = 2\n"
        "  dim rounds = 8\n"
        "}\n"
    )
    assert parse_ir(text) == program


def test_a_loop_over_entries_and_the_other_branch() -> None:
    z = graph.Sample(
        result="z",
        distribution="%1",
        estimator=graph.Use(name="score"),
        observe="link",
        where="made",
        type=reals(),
    )
    choice = graph.Choice(
        result="%if1",
        test=graph.Test(op="not", left=graph.Test(op="training")),
        body=(z,),
        orelse=(added("y", "a", "b"),),
    )
    loop = graph.Loop(
        result="%loop2",
        index="i",
        start=Dim.of(1),
        count=Dim.of("n") - 1,
        over="path",
        item="r",
        alive="live",
        body=(choice,),
    )
    program = graph.Program(name="p", body=(loop,))
    text = print_ir(program)
    assert text == (
        "program p\n\n"
        "loop %loop2 for i in range(1, n) over path as r while live {\n"
        "  choice %if1 if not training {\n"
        "    z : real[] ~ %1 via score observe link where made\n"
        "  } else {\n"
        "    y : real[n, D] = add(x = a, y = b)\n"
        "  }\n"
        "}\n"
    )
    assert parse_ir(text) == program


def test_a_function_may_have_the_name_of_a_clause() -> None:
    choice = graph.Apply(result="x", function="where", inputs={"where": "where"}, type=reals())
    text = print_ir(graph.Program(name="p", body=(choice,)))
    assert text.endswith("x : real[] = where(where = `where`)\n")


@pytest.mark.parametrize(
    "text", ["", "program", "program p dim", "program p\nx : real[] = f(", "program p $"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the text of an IR"):
        parse_ir(text)
