"""Warnings that a program allows, with a reason, and allowances that are told themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from scgc.checking import check
from scgc.diagnostics.allow import allowances
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.syntax.format import format_source

WARNED = "input x : real[4]\nloss error = sum(x ^ 2)"


def codes(text: str) -> list[str]:
    return [d.code for _, d in check(Compilation(Source("test.scg", text)))]


def test_a_warning_is_told_where_nothing_allows_it() -> None:
    assert codes(WARNED) == ["SCG405"]


@pytest.mark.parametrize(
    "text",
    [
        f"{WARNED}  # allow SCG405: meant so",
        WARNED.replace("loss", "# allow SCG405: meant so\nloss"),
        WARNED.replace("loss", "# allow SCG405: meant so\n\n# more of it\nloss"),
        WARNED.replace("loss", "# allow SCG405 meant so\nloss"),
        WARNED.replace("loss", "# allow scg405: meant so\nloss"),
        WARNED.replace("error = ", "error =  # allow SCG405: meant so\n  "),
    ],
)
def test_a_comment_on_the_line_or_above_it_silences(text: str) -> None:
    assert codes(text) == []
    assert Compilation(Source("test.scg", text)).diagnostics == ()


def test_only_the_warning_that_is_named_is_silenced() -> None:
    text = f"dim K = 3\n{WARNED}  # allow SCG405: meant so"
    assert codes(text) == ["SCG401"]


def test_a_comment_is_about_one_line() -> None:
    text = f"# allow SCG405: meant so\n{WARNED}"
    assert codes(text) == ["SCG407", "SCG405"]


def test_several_codes_in_one_comment() -> None:
    text = "dim K = 3  # allow SCG401, SCG405: kept for later\n" + WARNED
    assert codes(text) == ["SCG407", "SCG405"]


def test_what_only_a_variant_warns_of_is_allowed_there() -> None:
    text = "param w : real[]\nschedule beta = 1\nloss cost = beta * w ^ 2\nvariant fixed { cost = beta }"
    told = [(name, d.code) for name, d in check(Compilation(Source("test.scg", text)))]
    assert told == [("fixed", "SCG405")]
    assert codes(text + "  # allow SCG405: w rests") == []


def test_an_allowance_is_not_judged_before_all_warnings_are_known() -> None:
    assert codes("h = nothing\n" + WARNED + "  # allow SCG402: later") == ["SCG101"]


def test_text_in_quotes_is_no_comment() -> None:
    source = Source("test.scg", 'train { data = npz("# allow SCG405: no")  epochs = 1 }')
    assert allowances(source) == ()


def test_the_formatter_keeps_it(tmp_path: Path) -> None:
    text = WARNED.replace("loss", "# allow SCG405: meant so\nloss")
    assert "# allow SCG405: meant so\nloss" in format_source(Source("test.scg", text))
