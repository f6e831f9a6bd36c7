"""How diagnostics look, and what they are to other programs."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scgc.diagnostics import names
from scgc.diagnostics.base import Diagnostic, Label
from scgc.diagnostics.data import MissingFile
from scgc.diagnostics.published import as_json
from scgc.diagnostics.render import render, render_all
from scgc.diagnostics.warnings import UnusedDeclaration
from scgc.source import Source, Span


def place(source: Source, text: str, after: int = 0) -> Span:
    start = source.text.index(text, after)
    return Span(source, start, start + len(text))


def unknown(span: Span | None, *others: Label) -> Diagnostic:
    return names.UnknownName(span=span, name="betta", nearest=' Did you mean "beta"?', others=others)


def shown(diagnostic: Diagnostic) -> str:
    """What stands between the place and the help."""
    lines = render(diagnostic).splitlines()
    return "\n".join(lines[3:-2]) + "\n"


def test_the_whole() -> None:
    source = Source("model.scg", "dim D = 1\nschedule beta = 1\n\nz ~ Normal(0, betta)\n")
    other = Label(place(source, "beta"), "this one?")
    assert render(unknown(place(source, "betta"), other)) == dedent("""\
        error[SCG101]: there is no value named `betta`
         --> model.scg:4:15
          |
        2 | schedule beta = 1
          |          ---- this one?
        3 |
        4 | z ~ Normal(0, betta)
          |               ^^^^^ not known
          |
          = help: a name is defined before its use. Did you mean "beta"?""")


def test_line_numbers_of_different_length_and_a_gap() -> None:
    source = Source("p", "a\n" * 6 + "first\n" + "b\n" * 5 + "betta\n")
    assert shown(unknown(place(source, "betta"), Label(place(source, "first"), "here"))) == (
        " 7 | first\n   | ----- here\n...\n13 | betta\n   | ^^^^^ not known\n"
    )


def test_another_file() -> None:
    main, used = Source("main.scg", "betta\n"), Source("lib/used.scg", "\nbeta = 1\n")
    text = render(unknown(place(main, "betta"), Label(place(used, "beta"), "defined in another file")))
    assert text.splitlines()[1:9] == [
        " --> main.scg:1:1",
        "  |",
        "1 | betta",
        "  | ^^^^^ not known",
        " ::: lib/used.scg:2:1",
        "  |",
        "2 | beta = 1",
        "  | ---- defined in another file",
    ]


def test_without_a_place() -> None:
    missing = MissingFile(span=None, what="the data", path="x.npz", ways="give --data FOLDER.")
    assert render(missing) == "error[SCG501]: the data is missing: x.npz\n  = help: give --data FOLDER."


def test_tabs_and_wide_characters_keep_the_mark_below() -> None:
    source = Source("p", "\ta\t= 数数 + e\u0301 + betta\n")
    code, mark = shown(unknown(place(source, "betta"))).splitlines()
    assert code == "1 |     a   = 数数 + e\u0301 + betta"
    # Two columns for each of the two wide characters, none for the accent.
    assert mark.index("^") == code.index("betta") + 2 - 1


def test_characters_that_disturb_a_terminal_are_replaced() -> None:
    source = Source("p", "\x1b[31m\u202e betta\n")
    code, mark = shown(unknown(place(source, "betta"))).splitlines()
    assert code == "1 | \ufffd[31m\ufffd betta"
    assert mark.index("^") == code.index("betta")


def test_a_short_place_over_lines_is_marked_on_each() -> None:
    source = Source("p", "x = f(\n    1,\n\n  2)\n")
    assert shown(unknown(place(source, "f(\n    1,\n\n  2)"))) == (
        "1 | x = f(\n  |     ^^\n2 |     1,\n  |     ^^\n3 |\n4 |   2)\n  |   ^^ not known\n"
    )


def test_a_long_place_is_marked_at_its_ends() -> None:
    body = "net f() {\n" + "  a\n" * 20 + "}"
    source = Source("p", body + "\n")
    assert shown(unknown(place(source, body))) == (
        " 1 | net f() {\n   | ^^^^^^^^^\n...\n22 | }\n   | ^ not known\n"
    )


@pytest.mark.parametrize(("text", "start"), [("\n  x", 0), ("x\n  x", 1), ("x\n\n \n  x", 1)])
def test_a_place_of_spaces_over_lines_is_marked_where_it_begins(text: str, start: int) -> None:
    assert shown(unknown(Span(Source("p", text), start, len(text) - 2))).count("^ not known") == 1


def test_the_end_of_the_file() -> None:
    source = Source("p", "a =")
    assert shown(unknown(Span(source, 3, 3))) == "1 | a =\n  |    ^ not known\n"


def test_a_long_line_is_cut_around_the_mark() -> None:
    source = Source("p", "x + " * 200 + "betta" + " + y" * 200)
    code, mark = shown(unknown(place(source, "betta"))).splitlines()
    assert len(code) < 180
    assert code[4] == code[-1] == "…"
    assert code[mark.index("^") : mark.rindex("^") + 1] == "betta"


def test_colours_only_when_asked_for() -> None:
    source = Source("p", "betta\n")
    diagnostic = unknown(place(source, "betta"))
    assert "\x1b" not in render(diagnostic)
    colored = render(diagnostic, color=True)
    assert colored.startswith("\x1b[1;31merror[SCG101]\x1b[0m")
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(diagnostic)
    warning = UnusedDeclaration(span=None, kind="dim", name="D")
    assert render(warning, color=True).startswith("\x1b[1;33mwarning[SCG401]")


def test_several() -> None:
    source = Source("p", "betta\n")
    one = unknown(place(source, "betta"))
    assert render_all([one, one]) == render(one) + "\n\n" + render(one)
    assert render_all([]) == ""


def test_json() -> None:
    source = Source("model.scg", "a\nz = f(betta,\n1)\n")
    found = as_json(unknown(place(source, "betta,\n1"), Label(place(source, "a"), "here")))
    assert found == {
        "code": "SCG101",
        "severity": "error",
        "message": "there is no value named `betta`",
        "label": "not known",
        "file": "model.scg",
        "line": 2,
        "column": 7,
        "end_line": 3,
        "end_column": 2,
        "help": 'a name is defined before its use. Did you mean "beta"?',
        "others": [
            {"file": "model.scg", "line": 1, "column": 1, "end_line": 1, "end_column": 2, "message": "here"}
        ],
    }


def test_json_without_a_place() -> None:
    found = as_json(unknown(None))
    assert {found[key] for key in ("file", "line", "column", "end_line", "end_column")} == {None}
    assert found["others"] == []


@pytest.mark.parametrize("name", ["{0}", "{name}", "%s", "{"])
def test_facts_with_braces(name: str) -> None:
    diagnostic = names.UnknownName(span=None, name=name)
    assert render(diagnostic).splitlines()[0] == f"error[SCG101]: there is no value named `{name}`"


@given(st.text(max_size=60), st.data())
def test_every_place_in_every_text_can_be_shown(text: str, data: st.DataObject) -> None:
    source = Source("p", text)
    spans = []
    for _ in range(2):
        start = data.draw(st.integers(0, len(text)))
        spans.append(Span(source, start, data.draw(st.integers(start, len(text)))))
    lines = render(unknown(spans[0], Label(spans[1], "other"))).splitlines()
    assert any(
        "^" in line and line.split("|", 1)[1].lstrip().startswith("^") for line in lines if "|" in line
    )
