"""Text from anyone: looking at a program executes nothing of it, and nothing breaks out of the module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scgc.checking import check
from scgc.cli.app import app
from scgc.emit.load import load_source
from scgc.pipeline import Compilation
from scgc.source import Source

SPY = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\ndef Spy():\n    pass\n"

ESCAPES = [
    '""" + open("ran", "w").write("") + """',
    '"""\nopen("ran", "w")\n"""',
    '\\""" ; open("ran", "w") #',
    "\\",
    "\\N{BULLET} \\x00 \\u0000",
    "{open('ran', 'w')} %s {x!r}",
    "'''; open('ran', 'w'); '''",
    "# type: ignore\x0copen('ran', 'w')",
]


def program(doc: str, name: str = "h", text: str = "x.npz") -> str:
    lines = "\n".join(f"## {line}" for line in doc.split("\n"))
    inner = lines.replace("\n", "\n  ")
    return (
        f"{lines}\nprogram p\n{lines}\ninput x : real[4]\n{lines}\nparam w : real[4]\n"
        f"{lines}\nnet f(x : real[4]) -> real[4] {{\n  {inner}\n  return linear(x, 4)\n}}\n"
        f"{lines}\n{name} = f(x) * w\nloss cost = sum({name} ^ 2)\n"
        f'train {{ data = npz("{text}")  epochs = 1  optimizer = adam }}\n'
    )


@pytest.mark.parametrize("doc", ESCAPES)
def test_documentation_stays_documentation(doc: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    python = Compilation(Source("p.scg", program(doc))).python
    load_source(python, "untrusted")
    assert not (tmp_path / "ran").exists()
    names = (n.func for n in ast.walk(ast.parse(python)) if isinstance(n, ast.Call))
    called = {n.id for n in names if isinstance(n, ast.Name)}
    assert not called & {"open", "exec", "eval", "__import__"}


@pytest.mark.parametrize(
    "name", ["__import__", "exec", "open", "self", "torch", "lambda", "__class__", "ﬁ", "print"]
)
def test_names_stay_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    compiled = Compilation(Source("p.scg", program("A name.", name)))
    load_source(compiled.python, "untrusted")
    assert any(s.result == name for s in compiled.program.body)


@pytest.mark.parametrize("text", ["\\", "{0}", "' + open('ran', 'w') + '", "\\'); open('ran', 'w') #", "%s"])
def test_texts_stay_texts(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    load_source(Compilation(Source("p.scg", program("A text.", text=text))).python, "untrusted")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["check", "p.scg"],
        ["check", "p.scg", "--allow-extern"],
        ["fmt", "p.scg"],
        ["ir", "p.scg", "--allow-extern"],
        ["draw", "p.scg", "--allow-extern", "-o", "p.dot"],
        ["compile", "p.scg", "--allow-extern", "-o", "p.py"],
    ],
)
def test_looking_at_a_program_runs_nothing_of_it(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an extern's module nor that of a data set is imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "spying.py").write_text(SPY)
    (tmp_path / "p.scg").write_text(
        'input x : real[4]\nextern net f(x : real[4]) -> real[4] = "spying:Spy"\nloss cost = sum(f(x))\n'
        'train { data = python("spying:Spy")  epochs = 1  optimizer = adam }\n'
    )
    CliRunner().invoke(app(), words)
    assert not (tmp_path / "ran").exists()


def test_the_spy_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "spying_seen.py").write_text(SPY)
    __import__("spying_seen")
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "way", ["../secret.scg", "/etc/passwd", "link.scg", "links/secret.scg", "a/../../secret.scg"]
)
def test_use_stays_within_the_folder(way: str, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    (inside / "a").mkdir(parents=True)
    (tmp_path / "secret.scg").write_text("dim secret = 7\n")
    (inside / "link.scg").symlink_to(tmp_path / "secret.scg")
    (inside / "links").symlink_to(tmp_path)
    (inside / "p.scg").write_text(f'use "{way}"\nparam w : real[]\nloss cost = w ^ 2\n')
    found = [d.code for _, d in check(Compilation.of(inside / "p.scg"))]
    assert found == ["SCG108"]
