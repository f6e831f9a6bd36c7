"""Texts that are no program: what is said, and that nothing but diagnostics comes out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.data import MissingFile
from scgc.diagnostics.render import message, render
from scgc.diagnostics.syntax import (
    HaltOutside,
    KnownMistake,
    MisplacedDeclaration,
    NestedTooDeep,
    NumberTooLarge,
    RepeatedClause,
    Unclosed,
    Unopened,
    UpdateOutside,
)
from scgc.source import Source
from scgc.syntax import ast
from scgc.syntax.errors import parse_program, parse_value, read_source
from scgc.syntax.mistakes import FOREIGN, HABITS
from scgc.syntax.verify import DEEPEST


def mistakes(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ProgramError) as caught:
        parse_program(Source("p.scg", text))
    return caught.value.diagnostics


def marked(diagnostic: Diagnostic) -> str:
    assert diagnostic.span is not None
    return diagnostic.span.text


@pytest.mark.parametrize("text", [text for habit in HABITS for text in habit.examples])
def test_a_habit_from_elsewhere_is_known(text: str) -> None:
    found, *_ = mistakes(text + " 1 2")
    assert isinstance(found, KnownMistake)
    [habit] = [habit for habit in HABITS if text in habit.examples]
    assert found.mistake == habit.mistake
    assert text.endswith(marked(found))


def test_a_habit_is_known_wherever_it_stands() -> None:
    [found] = mistakes("net f(x : real) -> real {\n  a = g(x, [1, x ** 2])\n  return a\n}")
    assert message(found) == "`**` is not how a power is written"


@pytest.mark.parametrize("word", sorted(set(FOREIGN) - {"class"}))
def test_statements_of_other_languages_are_known(word: str) -> None:
    [found] = mistakes(f"dim D = 1\n{word} x = 3")
    assert isinstance(found, KnownMistake)
    assert (marked(found), found.advice) == (word, FOREIGN[word])


def test_losses_of_a_player_are_added() -> None:
    [found] = mistakes("train { minimize a - b over f with adam(lr = 1) }")
    assert isinstance(found, KnownMistake)
    assert marked(found) == "-"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("for i in range(3):\n  x <- f(x)", "`for i in range(n) { ... }`"),
        ("net f(x : real) -> real {\n  for r in path[:-1] x <- hop(x, r)\n  return x\n}", "{ ... }"),
        ("a = 1\nif a + 1 == 2:\n  b = a", "`if TEST { ... } else { ... }`"),
        ("if a == 1 { b = 1 }\nelif a == 2 { b = 2 }", "`else if TEST { ... }`"),
        ("if a == 1 then { b = 1 }", "{ ... }"),
        ("a = b + 1 if c else d", "`where(TEST, a, b)`"),
        ("fn f(x : real) -> real {\n  x += 1\n  return x\n}", "`x <- x + 1`"),
        ("for i in range(3) { x = f(x)  break }", "`halt when TEST`"),
        ("a = if b == c { d } else { e }", "`where(TEST, a, b)`"),
        ("a = 1\nhalt = 3", "another name"),
        ("variant v { a = 1  for = 3 }", "another name"),
        ("dim n <= 50", "`size n <= 50`"),
        ("while a < b { a <- a + 1 }", "`for i in range(n) { ... halt when TEST }`"),
        ("a = [f(x) for x in xs]", "`f(xs)`"),
        ("dim D = 3\nsize n = 2 * D", "`size n <= 50`"),
    ],
)
def test_loops_of_other_languages_are_known(text: str, advice: str) -> None:
    [found] = mistakes(text)
    assert isinstance(found, KnownMistake)
    assert advice in found.advice


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("halt when a == b", "halt"),
        ("a = 1\nhalt when a == b", "halt"),
        ("fn f(x : real) -> real { halt when x > 1  return x }", "halt when x > 1"),
        ("if a < b { halt when c }", "halt when c"),
        (
            "fn f(x : real) -> real { for i in range(3) { y = x }  halt when x > 1  return x }",
            "halt when x > 1",
        ),
    ],
)
def test_halting_belongs_into_a_loop(text: str, at: str) -> None:
    [found] = mistakes(text)
    assert isinstance(found, HaltOutside)
    assert marked(found) == at


@pytest.mark.parametrize(
    "text", ["x <- f(x)", "a = 1\nx <- f(x)", "fn f(x : real) -> real { x <- x + 1  return x }"]
)
def test_a_next_value_belongs_into_a_loop_or_choice(text: str) -> None:
    [found] = mistakes(text)
    assert isinstance(found, UpdateOutside)
    assert found.name == "x"


@pytest.mark.parametrize(
    "text",
    [
        "for i in range(3) { x <- f(x)  halt when x > 1 }",
        "if a { x <- f(x) } else { x <- g(x) }",
        "fn f(x : real) -> real { for i in range(3) { if i < 2 { x <- f(x)  halt when x } }  return x }",
    ],
)
def test_steps_in_their_place(text: str) -> None:
    assert parse_program(Source("p.scg", text))


@pytest.mark.parametrize(
    ("text", "word", "block"),
    [
        ("for i in range(3) { loss a = 1 }", "loss", "loop"),
        ("for i in range(3) { a = 1  loss b = a }", "loss", "loop"),
        ("for i in range(3) { a = 1 } if x { a = 1  metric b = a }", "metric", "choice"),
        ("if x { a = 1 } else { dim D = 1 }", "dim", "choice"),
        ("fn f(x : real) -> real { for i in range(3) { return x } }", "return", "loop"),
        ("fn f(x : real) -> real { for i in range(3) { y = x  return y } }", "return", "loop"),
        ("fn f(x : real) -> real { if x { net g() -> real { return x } } return x }", "net", "choice"),
        ("net f(x : real) -> real { input y : real  return x }", "input", "net"),
    ],
)
def test_a_declaration_inside_of_a_body(text: str, word: str, block: str) -> None:
    [found] = mistakes(text)
    assert isinstance(found, MisplacedDeclaration)
    assert (marked(found), found.word, found.block) == (word, word, block)


def test_a_clause_is_not_given_twice() -> None:
    [found] = mistakes("z ~ Normal(0, 1) where a via score where (b)")
    assert isinstance(found, RepeatedClause)
    assert marked(found) == "where (b)"


@pytest.mark.parametrize(
    ("text", "opener", "opened_at", "at"),
    [
        ("a = f(x\nb = 2", "(", 5, "b"),
        ("a = f(x", "(", 5, ""),
        ("a = x[1, 2\n\nb = 2", "[", 5, "b"),
        ("a = f(x]", "(", 5, "]"),
        ("train { batch = 3", "{", 6, ""),
        ("train { batch = 3\ninput x : real", "{", 6, "input"),
        ("fn f() -> real { a = g(1\n return a }", "(", 22, "return"),
    ],
)
def test_an_open_bracket_is_shown_where_it_opens(text: str, opener: str, opened_at: int, at: str) -> None:
    [found] = mistakes(text)
    assert isinstance(found, Unclosed)
    assert (found.opener, marked(found)) == (opener, at)
    assert found.others[0].span.start == opened_at


@pytest.mark.parametrize("text", ["a = 1)", "a = 1]", "train { }}", "a = )"])
def test_a_bracket_that_closes_nothing(text: str) -> None:
    [found] = mistakes(text)
    assert isinstance(found, Unopened)
    assert marked(found) == found.closer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input x real", "`,` or `:`"),
        ("a = f(x y)", "`)`, `,`, `=` or an operator"),
        ("program 3", "a name"),
        ("z ~ Normal(0, 1) via score 3", "`via`, `prior`, `observe` or `where`"),
        ("for i in range(3) { a = 1 2", "`}`, the next statement or an operator"),
        ("fn f() -> real { a = 1 2 }", "`}`, the next statement or an operator"),
        ("for i in 3 4", "`{` or an operator"),
        ("if a { } else 3", "`if` or `{`"),
        ("a = 1 2", "the next declaration or an operator"),
        ("a = *", "an expression"),
    ],
)
def test_what_is_expected_is_told_in_words(text: str, expected: str) -> None:
    [found] = mistakes(text)
    assert expected in found.words(found.label)


def test_a_misspelt_declaration_gets_its_name() -> None:
    [found] = mistakes("metrics accuracy = 1")
    assert 'Did you mean "metric"?' in found.words(found.help)


def test_both_places_of_a_repeated_clause() -> None:
    [found] = mistakes("z ~ Normal(0, 1) via score via pathwise")
    assert marked(found) == "via pathwise"
    assert found.others[0].span.text == "via score"


def test_all_mistakes_beyond_the_grammar_are_told_at_once() -> None:
    found = mistakes("a = f(x = 1, 2)\nb = 1e999\nz ~ q via a via b")
    assert [diagnostic.code for diagnostic in found] == ["SCG012", "SCG013", "SCG011"]


@pytest.mark.parametrize("digits", ["9" * 19, "1" * 5000, "1e309", "9" * 400 + ".5"])
def test_a_number_beyond_64_bits(digits: str) -> None:
    [found] = mistakes(f"a = {digits}")
    assert isinstance(found, NumberTooLarge)
    assert marked(found) == digits


def test_the_largest_integer() -> None:
    value = parse_value(Source("v", "9223372036854775807"))
    assert isinstance(value, ast.Number)
    assert value.value == 2**63 - 1


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "(" * 500_000,
        "a = " + "(" * 500_000 + "1" + ")" * 500_000,
        "a = " + "f([" * 300,
        "a = " + "- " * 3000 + "1",
        "a = " + "not " * 3000 + "1",
        "a = 1" + " + 1" * 3000,
        "a = 1" + " ^ 1" * 3000,
        "a = 1" + "'" * 3000,
        "a = 1" + " |> f" * 3000,
        "net f(" * 3000,
        "net f() -> real { " * 3000,
        "for i in x { " * 3000,
        "if a { } else " * 3000 + "{ }",
    ],
    ids=lambda text: text[4:24],
)
def test_depth_is_limited_without_recursion(text: str) -> None:
    [found] = mistakes(text)
    assert isinstance(found, NestedTooDeep)


def test_what_is_less_deep_is_parsed() -> None:
    depth = DEEPEST - 10
    assert parse_program(Source("p.scg", "a = " + "(" * depth + "1" + ")" * depth))
    assert parse_program(Source("p.scg", "a = 1" + " + 1" * (DEEPEST - 10)))


@given(st.text())
@example('"')
@example("\x00")
@example("#")
def test_any_text_gives_a_tree_or_diagnostics(text: str) -> None:
    source = Source("p.scg", text)
    try:
        assert isinstance(parse_program(source), ast.Program)
    except ProgramError as error:
        for diagnostic in error.diagnostics:
            assert re.fullmatch(r"SCG0\d\d", diagnostic.code)
            assert render(diagnostic)


WORDS = (
    *(
        "program use dim input param net fn extern schedule loss metric train evaluate variant sweep",
        "return via",
    ),
    *(
        "prior observe where per init optional class or and not x real 1 2.5",
        "= ~ : , . ( ) [ ] { } + - * / @ ^",
    ),
    "' == < <= <- |> -> for in if else halt when size #",
)
words = st.sampled_from([*(word for line in WORDS for word in line.split()), '"s"', "\n"])


@given(st.lists(words, max_size=30).map(" ".join))
def test_any_words_give_a_tree_or_diagnostics(text: str) -> None:
    source = Source("p.scg", text)
    try:
        parse_program(source)
    except ProgramError as error:
        for diagnostic in error.diagnostics:
            assert diagnostic.span is not None
            assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
            assert render(diagnostic)


def test_reading_files(tmp_path: Path) -> None:
    path = tmp_path / "p.scg"
    path.write_bytes(b"\xef\xbb\xbfdim D = 1\r\n")
    assert parse_program(read_source(path)) == parse_program(Source("p", "dim D = 1"))
    path.write_bytes(b"dim D = 1 # \xff")
    with pytest.raises(ProgramError, match="byte 0xff at offset 12"):
        read_source(path)
    for missing in (tmp_path / "other.scg", tmp_path):
        with pytest.raises(ProgramError) as caught:
            read_source(missing)
        assert isinstance(caught.value.diagnostics[0], MissingFile)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a = 1 $ 2\nb = 3 ** 4\nc = 5", ["SCG001", "SCG010"]),
        ("net f() -> real {\n  a = 1 +\n  b = (2\n  return a\n}\nnet g() -> real {\n  return ]\n}", 3),
        ("net f() -> real[\n  return 1\n}\nloss e = f()\ndim D 3", ["SCG003", "SCG002"]),
        ("train { batch = 1, epochs = 2 }\ntrain { steps : 3 }", ["SCG010", "SCG010"]),
        ("net f() -> real {\n  return 1\n\nloss a = 1 +* 2\nloss b = 2", ["SCG003", "SCG002"]),
        ("for i in x {\n  for j to x {\n    y = 1\n  }\n  z = ==\n}\nw = ]", 3),
    ],
)
def test_every_mistake_is_told_and_none_twice(text: str, codes: list[str] | int) -> None:
    found = mistakes(text)
    places = [d.span.start for d in found if d.span]
    assert places == sorted(set(places))
    assert [d.code for d in found] == codes or len(found) == codes


def test_a_long_text_full_of_mistakes_is_given_up_soon() -> None:
    """Every mistake costs another reading of the text."""
    assert len(mistakes("a = 1 $ 2\n" * 3000)) < 200
