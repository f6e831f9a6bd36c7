"""Programs in colour: Pygments' lexer, and the grammar of the VS Code extension."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Text

from scgc.highlighting import vocabulary
from scgc.highlighting.lexer import ScgLexer
from scgc.highlighting.textmate import grammar
from scgc.programs import shipped

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"


def kinds(text: str) -> dict[str, object]:
    return {word: kind for kind, word in ScgLexer().get_tokens(text) if word.strip()}


@pytest.mark.parametrize("program", shipped().values(), ids=str)
def test_every_character_of_a_program_is_known(program: Path) -> None:
    text = program.read_text(encoding="utf-8")
    tokens = list(ScgLexer(stripnl=False, ensurenl=False).get_tokens(text))
    assert "".join(word for _, word in tokens) == text
    assert not {kind for kind, _ in tokens} & {Error, Text}


def test_words_are_what_they_are() -> None:
    found = kinds(
        '## Doc.\nz ~ Categorical(logits = α) via score(samples = 2)  # why\nk = θ |> relu\nuse "a.scg"\n'
        "input x : real[3] optional\nschedule s = min(1, 0.5) and true\n"
        "net f(y : class(3)) -> int { return g(y) }"
    )
    assert {w: found[w] for w in ("Categorical", "score", "relu", "real", "class", "int", "min")} == {
        "Categorical": Name.Class, "score": Name.Decorator, "relu": Name.Function, "real": Keyword.Type,
        "class": Keyword.Type, "int": Keyword.Type, "min": Name.Builtin,
    }  # fmt: skip
    assert found["## Doc."] is String.Doc and found["# why"] is Comment.Single
    assert found["via"] is Keyword and found["net"] is Keyword.Declaration and found["return"] is Keyword
    assert found["and"] is Operator.Word and found["true"] is Keyword.Constant and found["0.5"] is Number
    assert found["g"] is Name.Function and found["α"] is Name and found['"a.scg"'] is String.Double


def test_names_behind_a_dot_are_names() -> None:
    assert kinds("a = left.size")["size"] is Name


@pytest.mark.parametrize("word", vocabulary.keywords())
def test_every_word_of_the_grammar_is_shown_as_one(word: str) -> None:
    shown = kinds(f"{word} x")[word]
    assert shown in Keyword or shown in Operator.Word  # type: ignore[operator]
    assert re.search(rf"[:|]{word}[|)]", grammar())


def test_the_lexer_is_found_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["entry-points"]["pygments.lexers"]["scg"].partition(":")
    assert getattr(import_module(module), name) is ScgLexer


def test_the_extension_has_this_grammar(request: pytest.FixtureRequest) -> None:
    path = EXTENSION / "syntaxes" / "scg.tmLanguage.json"
    if request.config.getoption("--update-golden"):
        path.write_text(grammar(), encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == grammar(), f"python -m scgc.highlighting {path}"


def test_the_patterns_of_the_grammar_match() -> None:
    patterns = [re.compile(p["match"]) for p in json.loads(grammar())["patterns"]]
    for program in shipped().values():
        for line in program.read_text(encoding="utf-8").splitlines():
            at = 0
            while at < len(line):
                found = next((m for p in patterns if (m := p.match(line, at)) and m.end() > at), None)
                assert found or line[at] in " ()[]{},.:", (program, line, at)
                at = found.end() if found else at + 1


def test_the_extension_is_whole() -> None:
    package = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    (language,) = package["contributes"]["languages"]
    (shown,) = package["contributes"]["grammars"]
    assert language["extensions"] == [".scg"] and shown["language"] == language["id"]
    for file in (package["main"], language["configuration"], shown["path"]):
        assert (EXTENSION / file).is_file(), file
    json.loads((EXTENSION / language["configuration"]).read_text(encoding="utf-8"))
    started = package["contributes"]["configuration"]["properties"]["scg.command"]["default"]
    assert started == ["scgc", "lsp"]
    assert set(re.findall(r'require\("([^"/]+)', (EXTENSION / "client.js").read_text())) == {
        "vscode", *package["dependencies"],
    }  # fmt: skip
