"""The formatter: layout by example, and what holds for every program."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scgc.diagnostics.base import ProgramError
from scgc.resources import folder
from scgc.source import Source
from scgc.syntax.errors import parse_program
from scgc.syntax.format import format_source

PROGRAMS = sorted(folder("programs").rglob("*.scg"))


def formatted(text: str) -> str:
    return format_source(Source("p.scg", text))


def same(text: str) -> str:
    """A layout that stays as it is."""
    text = dedent(text).lstrip("\n")
    assert formatted(text) == text
    return text


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_shipped_programs_keep_their_tree_and_comments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    result = formatted(text)
    assert formatted(result) == result
    assert parse_program(Source("p", result)) == parse_program(Source("p", text))
    assert [c.rstrip() for c in re.findall("#.*", result)] == [c.rstrip() for c in re.findall("#.*", text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dim D=84", "dim D = 84\n"),
        ("dim D = 2*K+ 1", "dim D = 2 * K + 1\n"),
        ("a=-x^-2", "a = -x ^ -2\n"),
        ("a = not x==- 1 and(y)", "a = not x == -1 and (y)\n"),
        ("a=f ( x,y = [ 1,2 ] )", "a = f(x, y = [1, 2])\n"),
        ("a = x [ 1 : n-1, : ] '", "a = x[1:n - 1, :]'\n"),
        ("a=left . z", "a = left.z\n"),
        ("a = where (c,1,2)", "a = where(c, 1, 2)\n"),
        ("a = x|>f|>g(1)", "a = x |> f |> g(1)\n"),
        ("input a,b:real [ 1,2 ]optional", "input a, b : real[1, 2] optional\n"),
        ("input t:class ( K )[n]", "input t : class(K)[n]\n"),
        ("z~Normal(0,1)via(score)", "z ~ Normal(0, 1) via (score)\n"),
        ("param C:real[K]init normal(0,1)", "param C : real[K] init normal(0, 1)\n"),
        ("train{batch=1 ticks=8 per epoch}", "train { batch = 1  ticks = 8 per epoch }\n"),
        ("variant v{z.via=score}", "variant v { z.via = score }\n"),
        ("train{}", "train {}\n"),
        ("train{\n}", "train {}\n"),
        ("net f[3](x:real)->real{return x}", "net f[3](x : real) -> real { return x }\n"),
        ('extern fn g()->real="a:b"', 'extern fn g() -> real = "a:b"\n'),
        ("size n<=2*K", "size n <= 2 * K\n"),
        ("for r in range ( 3 ){x<-f(x)y<--x}", "for r in range(3) { x <- f(x)  y <- -x }\n"),
        ("for r in(xs){halt when(r>1)}", "for r in (xs) { halt when (r > 1) }\n"),
        ("for r in[1,2]{}", "for r in [1, 2] {}\n"),
        ("if not training{\n}else{ }", "if not training {} else {}\n"),
        (
            "if r<3{x<-1}else if-r==k{x<-2}else{x<-3}",
            "if r < 3 { x <- 1 } else if -r == k { x <- 2 } else { x <- 3 }\n",
        ),
        ("z~q where(a)via score", "z ~ q where (a) via score\n"),
        ("z~q where where(a,b,c)", "z ~ q where where(a, b, c)\n"),
        ("dim a=1 dim b=2", "dim a = 1\ndim b = 2\n"),
        ("dim a=1\n\n\n\ndim b=2\n\n", "dim a = 1\n\ndim b = 2\n"),
        ("\n\n# only\n", "# only\n"),
        ("a =\n  1 +\n\n  2", "a = 1 + 2\n"),
        ("dim a = 1 # one\r\n# two   \r\n", "dim a = 1  # one\n# two\n"),
        ("", ""),
    ],
)
def test_spaces(text: str, expected: str) -> None:
    assert formatted(text) == expected
    assert formatted(expected) == expected


def test_a_net_with_two_statements_takes_lines() -> None:
    assert formatted("net f(x : real) -> real { y = x return y }") == dedent("""\
        net f(x : real) -> real {
          y = x
          return y
        }
        """)


def test_a_block_on_lines_stays_on_lines() -> None:
    same("""
        train {
          batch = 1
        }
        """)


def test_a_long_block_takes_lines() -> None:
    settings = [f"setting_{i} = {i}" for i in range(9)]
    expected = "train {\n" + "".join(f"  {s}\n" for s in settings) + "}\n"
    assert formatted("train { " + " ".join(settings) + " }") == expected


def test_a_loop_stays_as_its_writer_laid_it_out() -> None:
    same("""
        for r in range(rounds) { x <- f(x)  halt when x > 1 }
        for r in range(rounds) {
          x <- f(x)
        }
        fn f(x : real) -> real {
          for r in range(3) {
            for q in range(3) { x <- x + 1 }
          }
          return x
        }
        """)
    assert (
        formatted("for r in xs { for q in ys { x <- 1 } }") == "for r in xs {\n  for q in ys { x <- 1 }\n}\n"
    )


def test_a_choice_is_on_one_line_or_on_lines_as_a_whole() -> None:
    same("""
        if a {
          x <- 1
        } else if b {
          x <- 2
          y <- 3
        } else {
          if c { x <- 4 } else { x <- 5 }
        }
        """)
    expected = "if a {\n  x <- 1\n} else {\n  x <- 2\n}\n"
    assert formatted("if a { x <- 1 }\n\nelse { x <- 2 }") == expected
    assert formatted("if a { x <- 1 } else {\n x <- 2 }") == expected
    assert formatted("if a {\n x <- 1 } else { x <- 2 }") == expected


def test_a_long_choice_takes_lines() -> None:
    test = " and ".join(f"first_of_them == {i}" for i in range(5))
    assert formatted(f"if {test} {{ x <- 1 }} else if {test} {{ x <- 2 }}") == dedent("""\
        if first_of_them == 0 and first_of_them == 1 and first_of_them == 2 and first_of_them == 3
          and first_of_them == 4 {
          x <- 1
        } else if first_of_them == 0 and first_of_them == 1 and first_of_them == 2 and first_of_them == 3
          and first_of_them == 4 {
          x <- 2
        }
        """)


def test_comments_around_else() -> None:
    same("""
        if a {  # the first
          x <- 1
          # at its end
        }  # behind it
        # before the other

        # and more
        else {  # the other
          x <- 2
        }  # behind all
        if a { x <- 1 } else { x <- 2 }  # behind
        """)
    assert formatted("if a { x <- 1 } else # why\n { x <- 2 }") == dedent("""\
        if a {
          x <- 1
        } else  # why
          {
          x <- 2
        }
        """)


def test_clauses_of_a_long_node_take_lines() -> None:
    same("""
        link ~ Bernoulli(logits = connect(new, h, z, g))
          where where(c, 1, n) < 1 and where(c, 2, n) < 2 or where(c, 3, n) < 3
          observe edge[:, i]
        """)


def test_a_pipeline_keeps_the_breaks_before_its_pipes() -> None:
    same("""
        net f(x : real[1, 28, 28]) -> real[4] {
          return x
            |> conv(6, kernel = 5)  |> maxpool(2)
            |> conv(16, kernel = 5) |> maxpool(2)
            |> linear(4)
        }
        """)
    assert formatted("a = x |>\n f |> g\n\n |> h") == "a = x\n  |> f |> g\n  |> h\n"


def test_a_long_pipeline_breaks_before_every_pipe() -> None:
    parts = [f"layer_number_{i}({i}, size = {i})" for i in range(5)]
    assert formatted("a = x |> " + " |> ".join(parts)) == "a = x\n" + "".join(f"  |> {p}\n" for p in parts)


def test_a_long_call_breaks_after_commas() -> None:
    arguments = [f"argument_{i} = {i}" for i in range(9)]
    lines = formatted(f"a = f({', '.join(arguments)})").splitlines()
    assert len(lines) == 2
    assert all(len(line) <= 100 for line in lines)
    assert lines[1].startswith("    argument_")


def test_what_is_aligned_stays_aligned() -> None:
    same("""
        schedule tau   = 8
        schedule beta  = tau * (1 - exp(-0.008 * t))  # rises towards tau
        schedule alpha = min(1, 0.002 * t)            # the shortcut is dropped more and more

        param C : real[K, D]                          # one row per number

        left   ~ Categorical(logits = sort(a)) via enumerate
        second = sort(left)

        for r in path {
          h      =  f(x)
          logits <- h
          z      ~  Categorical(logits)
        }

        loss   sum_error = cross_entropy(logits, total)
        metric accuracy  = argmax(logits) == total

        variant base    { alpha = 1  beta = 1                optimizer = adam(lr = 3e-4) }
        variant tau_ann { alpha = 1  beta = 1  tau = exp(t)  optimizer = adam(lr = 3e-4) }
        variant tm      { alpha = 1                          optimizer = adam(lr = 3e-4) }
        """)


def test_alignment_follows_the_longest() -> None:
    assert formatted("dim a    =1\ndim bbbb =2+3") == "dim a    = 1\ndim bbbb = 2 + 3\n"
    assert formatted("dim a  = 1\n\ndim bb = 2") == "dim a = 1\n\ndim bb = 2\n"


def test_comments_stay_where_they_are() -> None:
    same("""
        # before everything

        ## documents D
        dim D = 84  # behind D
        # between

        train {  # behind the brace
          # above
          batch = 1  # behind batch

          # below
        }  # behind the block

        a = f(  # behind an opening bracket
            1,
            # inside
            2)

        # after everything
        """)


def test_a_comment_in_a_block_keeps_it_on_lines() -> None:
    assert formatted("train { batch = 1 # one\n}") == "train {\n  batch = 1  # one\n}\n"


def test_a_faulty_program_is_not_formatted() -> None:
    with pytest.raises(ProgramError):
        formatted("dim D 84")


# ---- every program

atoms = st.sampled_from(
    ["x", "τ", "left.z", "1", "2.5", '"s # s"', "x[0, 1:n, :]", "[1, 2]", "f(x, y = 1)", "q'"]
)
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "@", "^", "and", "or"]), inner).map(" ".join),
        inner.map("( {} )".format),
        inner.map("- ( {} )".format),
        inner.map("not {}".format).map("( {} )".format),
        st.tuples(inner, inner).map(lambda p: "f( {} , k = {} )".format(*p)),
        inner.map("( {} ) |> f(1) |> g".format).map("( {} )".format),
    ),
    max_leaves=8,
)
pipelines = st.tuples(expressions, st.integers(0, 6)).map(
    lambda p: f"( {p[0]} )" + " |> layer( 16 , size = 3 )" * p[1]
)
steps = st.recursive(
    st.one_of(
        pipelines.map("a = {}".format),
        expressions.map("x <- {}".format),
        expressions.map("z ~ Normal( {} , 1 ) where ( m ) via score".format),
        expressions.map("z ~ Normal( 0 , 1 ) where {} observe where( c , a , b )".format),
    ),
    lambda inner: st.one_of(
        st.tuples(expressions, inner, inner).map(lambda p: "for i in {} {{ {} {} }}".format(*p)),
        st.tuples(inner, expressions).map(
            lambda p: "for i in range( 3 ) {{ if training {{ {} }} halt when {} }}".format(*p)
        ),
        st.tuples(expressions, inner, inner).map(lambda p: "if {} {{ {} }} else {{ {} }}".format(*p)),
        st.tuples(expressions, inner, inner).map(
            lambda p: "if {} {{ }} else if x {{ {} }} else {{ {} }}".format(*p)
        ),
        st.tuples(expressions, inner).map(lambda p: "if {} {{ {} }}".format(*p)),
    ),
    max_leaves=4,
)
choices = steps.map("if training {{ {} }}".format)
statements = st.one_of(
    pipelines.map("a = {}".format),
    expressions.map("z ~ Normal( {} , 1 ) prior uniform via score".format),
    expressions.map("z ~ Normal( {} , 1 ) where where( a , b , c ) via score".format),
    choices,
    st.just("dim long_name = 84"),
    st.just("size n <= 50"),
    st.just("input a , b : real[D, 1] optional"),
    st.just("loss error = x - 1"),
)
bodies = st.lists(
    st.one_of(expressions.map("u = {}".format), choices, pipelines.map("return {}".format)),
    max_size=3,
)
blocks = st.one_of(
    bodies.map(lambda body: "net f ( x : real[D] ) -> real { " + " ".join(body) + " }"),
    st.lists(expressions.map("k = {}".format), max_size=4).map(lambda s: "train { " + " ".join(s) + " }"),
    st.lists(st.just("alpha = 1 ticks = 8 per epoch"), max_size=2).map(
        lambda s: "variant tm { " + " ".join(s) + " }"
    ),
)
gaps = st.sampled_from(
    [" ", " ", " ", "  ", "     ", "\n", "\n\n", "\n\n\n", " # c\n", "\n  # own\n", "\n## doc\n"]
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Statements whose spaces are replaced by any other space and comments."""
    text = " ".join(draw(st.lists(st.one_of(statements, blocks), max_size=5)))
    parts = re.findall(r'"[^"]*"|[^ ]+| ', text)
    return "".join(draw(gaps) if part == " " else part for part in parts) + draw(gaps)


@settings(max_examples=300, deadline=None)
@given(programs())
def test_formatting_keeps_the_program_and_settles(text: str) -> None:
    result = formatted(text)
    assert formatted(result) == result
    assert parse_program(Source("p", result)) == parse_program(Source("p", text))
    comments = [c.rstrip() for c in re.findall(r"#.*", re.sub(r'"[^"\n]*"', "", text))]
    assert [c.rstrip() for c in re.findall(r"#.*", re.sub(r'"[^"\n]*"', "", result))] == comments
    assert not re.search(r"[ \t]\n|\n\n\n|\A\n|\n\n\Z", result)
