"""The DOT text: golden files of whole figures, and that nothing in a program can break it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scgc.draw import dot, render
from scgc.ir.graph import Program
from scgc.ir.text import print_ir
from scgc.pipeline import Compilation
from scgc.source import Source

Compile = Callable[[str], Program]

GOLDEN = ("bandit", "digit_addition", "scale_toy", "levels/level3", "levels/level4")


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("name", GOLDEN)
def test_golden(golden: Callable[[str, str], None], name: str, gradients: bool) -> None:
    compilation = Compilation.of(name)
    text = dot(compilation.program, 1, gradients, compilation.places)
    golden(f"dot/{name.rpartition('/')[2]}{'.gradients' if gradients else ''}.dot", text)


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("name", ["tree", "writer"])
def test_golden_of_loops(
    golden: Callable[[str, str], None], request: pytest.FixtureRequest, name: str, gradients: bool
) -> None:
    compilation = Compilation(Source(f"{name}.scg", request.getfixturevalue(name)))
    text = dot(compilation.program, 1, gradients, compilation.places)
    golden(f"dot/{name}{'.gradients' if gradients else ''}.dot", text)


def test_drawing_is_repeatable_and_leaves_the_program_as_it_is(compiled: Compile, shortcut: str) -> None:
    program = compiled(shortcut)
    before = print_ir(program)
    assert dot(program, 2, True) == dot(program, 2, True)
    assert print_ir(program) == before


def test_losses_stand_in_one_column_at_the_end(compiled: Compile) -> None:
    program = compiled("param w : real[]\nloss a = w\nu = w * w\nloss b = u * u")
    column = dot(program).split("rank=same")[1].split("}")[0]
    assert column.split() == ["]", "a", "b"]


def texts(program: Program, folder: Path) -> str:
    """Everything that the SVG of a program says, titles and hints too; parsing it proves it whole."""
    root = ElementTree.parse(render(dot(program, 2, True), folder / "figure.svg")).getroot()
    hints = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith("title")]
    return "\n".join([*root.itertext(), *hints])


def test_odd_names_and_documentation_survive(compiled: Compile, tmp_path: Path) -> None:
    doc = r'Says "quote", <b>bold</b> & \N, \G, 100% {a|b} -> [c]; back\slash \\ and   gaps'
    text = f"## {doc}\nprogram graph\n## {doc}\ninput node, über_名前 : real[2]\nparam τ, strict : real[2]\n"
    text = text.replace("param τ, strict : real[2]", "param τ : real[2]\nparam strict : real[2]")
    text += "edge = node + über_名前 * τ\ndigraph = edge * strict\nloss subgraph_é = sum(digraph)"
    program = compiled(text)
    said = texts(program, tmp_path)
    for name in ("node", "über_名前", "τ", "strict", "edge", "digraph", "subgraph_é"):
        assert name in said
    assert r'Says "quote", <b>bold</b> & \N, \G, 100% {a|b} -> [c]; back\slash \\ and gaps' in said


@given(st.text(max_size=40))
@settings(max_examples=30, deadline=None)
def test_any_documentation_gives_a_whole_picture(
    compiled: Compile, shortcut: str, tmp_path_factory: pytest.TempPathFactory, doc: str
) -> None:
    program = compiled(shortcut)
    inputs = tuple(i.replace(doc=doc) for i in program.inputs)
    nets = tuple(n.replace(doc=doc) for n in program.nets)
    changed = program.replace(doc=doc, inputs=inputs, nets=nets, variant=doc or None)
    said = texts(changed, tmp_path_factory.mktemp("figures"))
    assert "dropres" in said


def test_drawing_needs_neither_torch_nor_numpy() -> None:
    code = (
        "import sys; from scgc.draw import dot, render; from scgc.pipeline import Compilation\n"
        "dot(Compilation.of('digit_addition').program, 2, True)\n"
        "print([m for m in ('torch', 'numpy', 'sklearn', 'lightning', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
