"""The syntax tree of sizes, loops, choices and masks."""

from __future__ import annotations

from typing import Any

import pytest

from scgc.source import Source
from scgc.syntax import ast
from scgc.syntax.errors import parse_program
from scgc.syntax.parse import parse_expression

NOWHERE = parse_expression("x").span


def statement(text: str) -> Any:
    """The only declaration of a text."""
    [found] = parse_program(Source("p.scg", text)).declarations
    return found


def node(kind: type, *fields: Any) -> Any:
    return kind(*fields, span=NOWHERE)


def test_a_size() -> None:
    assert statement("size n <= 2 * K") == node(ast.Size, "n", parse_expression("2 * K"))


def test_a_loop() -> None:
    found = statement("for r in path[:-1] { s <- hop(s, r)  halt when s > 1 }")
    steps = (
        node(ast.Update, "s", parse_expression("hop(s, r)")),
        node(ast.Halt, parse_expression("s > 1")),
    )
    assert found == node(ast.For, node(ast.Name, "r"), parse_expression("path[:-1]"), steps)
    assert found.index.span.text == "r"
    assert [step.span.text for step in found.body] == ["s <- hop(s, r)", "halt when s > 1"]


def test_a_loop_without_steps() -> None:
    assert statement("for r in range(3) { }").body == ()


def test_a_choice() -> None:
    step = node(ast.Update, "x", parse_expression("snap(x)"))
    test = parse_expression("r < rounds - 1")
    assert statement("if r < rounds - 1 { x <- snap(x) }") == node(ast.If, test, (step,), ())
    assert statement("if r < rounds - 1 { } else { x <- snap(x) }") == node(ast.If, test, (), (step,))


def test_else_if_is_a_choice_of_its_own() -> None:
    found = statement("if a { x = 1 } else if b { x = 2 } else { x = 3 }")
    assert found == statement("if a { x = 1 } else { if b { x = 2 } else { x = 3 } }")
    [inner] = found.orelse
    assert isinstance(inner, ast.If)
    assert inner.span.text == "if b { x = 2 } else { x = 3 }"


def test_else_belongs_to_the_innermost_choice() -> None:
    found = statement("if a { if b { x = 1 } else { x = 2 } }")
    assert found.orelse == ()
    assert len(found.body[0].orelse) == 1


def test_loops_and_choices_in_one_another_and_in_a_net() -> None:
    net = statement("fn f(x : real) -> real { for i in xs { if i < 2 { for j in ys { x <- i } } } return x }")
    loop, result = net.body
    assert isinstance(result, ast.Return)
    assert isinstance(loop.body[0].body[0].body[0], ast.Update)


@pytest.mark.parametrize("clauses", ["observe e where m via score", "where (m) via score observe e"])
def test_a_mask_is_a_clause(clauses: str) -> None:
    found = statement(f"z ~ q {clauses}")
    names = [node(ast.Name, name) for name in ("q", "score", "e", "m")]
    distribution, via, observe, where = names
    assert found == node(ast.Draw, "z", distribution, via, None, observe, where)


def test_a_mask_and_the_function_of_its_name() -> None:
    found = statement("z ~ q where where(a, b, c)")
    assert found.where == parse_expression("where(a, b, c)")
    assert isinstance(found.where, ast.Call)
    assert found.where.function == node(ast.Name, "where")


def test_propagate_is_a_call() -> None:
    found = statement("m = propagate(f, dst = a, src = b, along = w)").value
    assert found.function == node(ast.Name, "propagate")
    assert [argument.name for argument in found.named] == ["dst", "src", "along"]


def test_a_comparison_with_a_negative_number_is_no_next_value() -> None:
    found = statement("a = b <-1").value
    assert (found.op, found.right) == ("<", parse_expression("-1"))


@pytest.mark.parametrize("word", ["size", "for", "if", "in", "else", "halt", "when"])
def test_words_of_loops_are_names_where_only_a_name_can_stand(word: str) -> None:
    assert statement(f"dim {word} = 3").name == word
    assert parse_expression(f"f({word} = 1)") == node(
        ast.Call, node(ast.Name, "f"), (), (node(ast.Named, word, parse_expression("1")),)
    )


def test_documentation_stands_above_a_loop() -> None:
    assert statement("## hops\nfor r in path { }").doc == "hops"
