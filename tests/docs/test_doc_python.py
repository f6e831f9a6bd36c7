"""Every Python block in the documents runs.

It is given random examples of the inputs of the program that it names, `a`, `b`, `total`, two of each, and is
run in a folder with the programs. Blocks that begin with `# in FILE` or `# FILE` are parts of scgc, which
test_extending.py puts in their place; blocks marked `not-run` show what needs more than that.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import Block, Page, blocks, place

from scgc.pipeline import Compilation
from scgc.programs import shipped

EXAMPLES = 2
PARTS = re.compile(r"# (in .+ of )?scgc/")

ALL = [(p, b) for p, b in blocks("python") if "not-run" not in b.words and not PARTS.match(b.text)]


def inputs_of(text: str, folder: Path) -> dict[str, object]:
    """Random examples for the first program that the text names."""
    import torch

    files = {**shipped(), **{p.stem: p for p in folder.glob("*.scg")}}
    named = [word for word in re.findall(r"[\w/]+", text) if word in files]
    if not named:
        return {}
    program = Compilation.of(files[named[0]]).program
    known = program.dim_values()
    found: dict[str, object] = {}
    for given in program.inputs:
        type_ = given.type.substitute(known)
        shape = (EXAMPLES, *(d.value or 1 for d in type_.stored))
        size = type_.size.value if type_.size else None
        real = type_.kind not in ("class", "int")
        found[given.name] = torch.rand(shape) if real else torch.randint(size or 2, shape)
    return found


@pytest.mark.parametrize(("page", "block"), ALL, ids=place)
def test_it_runs(
    page: Page, block: Block, desk: Callable[[Page], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = desk(page)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.syspath_prepend(folder / "programs")
    before, hooks = set(sys.modules), list(sys.meta_path)
    try:
        text = "\n" * block.line + block.text
        exec(compile(text, page.name, "exec"), {"__name__": "page", **inputs_of(block.text, folder)})
    finally:
        sys.meta_path[:] = hooks
        for name in set(sys.modules) - before:
            if name in shipped() or name == "scgc.importer":
                del sys.modules[name]
