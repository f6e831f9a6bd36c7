"""Which cells a sweep has, what they are called, and what is wrong with them."""

from collections.abc import Sequence

import pytest

from scgc.cli.sweep import axes
from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.sweep.grid import Cell, make_cells
from scgc.sweep.legal import Swept, check

TINY = """program tiny
schedule beta = 1
input x : real[2]
z ~ Normal(linear(x, 2), 1) via pathwise
loss cost = beta * sum((z - x) ^ 2)
train { data = clusters(classes = 2, examples = 20)  batch = 5  steps = 3  optimizer = adam(lr = 0.1) }
variant steep { beta = 3 }
"""


def cells(block: str = "", grid: Sequence[str] = (), variant: str | None = None) -> tuple[Cell, ...]:
    compilation = Compilation(Source("tiny.scg", TINY + block))
    return make_cells(compilation.resolved, axes(list(grid)), variant)


def codes(error: ProgramError) -> list[str]:
    return [d.code for d in error.diagnostics]


def test_every_combination_once_the_seeds_last():
    found = cells("sweep { seed = range(2)  beta = [1, 0.1 * t]  variant = [none, steep] }")
    assert [c.name for c in found][:3] == [
        "beta=1,variant=none,seed=0",
        "beta=1,variant=none,seed=1",
        "beta=1,variant=steep,seed=0",
    ]
    assert len(found) == len({c.name for c in found}) == 8
    assert {c.variant for c in found} == {None, "steep"}
    assert found[-1].settings == (("beta", "0.1 * t"),) and found[-1].seed == 1


def test_the_command_line_replaces_axes_and_adds_some():
    block = "sweep { seed = range(50)  beta = [1, 2] }"
    found = cells(block, ["seed=range(3, 9, 3)", "batch=4, 8"])
    assert [c.seed for c in found][:2] == [3, 6] and len(found) == 8
    assert found[0].settings == (("beta", "1"), ("batch", "4"))
    assert [c.seed for c in cells(grid=["seed=7,range(2)"])] == [7, 0, 1]
    (one,) = cells("sweep { beta = 5 }", variant="steep")
    assert one == Cell("steep", (("beta", "5"),), 0, (("beta", "5"),))


def test_values_with_commas_inside_are_one_value():
    found = cells(grid=["z.via=score(samples = 2, baseline = leave_one_out), pathwise"])
    assert [dict(c.settings)["z.via"] for c in found] == [
        "score(samples = 2, baseline = leave_one_out)",
        "pathwise",
    ]


def test_names_are_folders_everywhere():
    long = [f"z.via=score(samples = {n}, baseline = leave_one_out)" for n in (2, 3)]
    names = [c.name for text in long for c in cells(grid=[text, 'data=npz("../a/b:c")'])]
    assert len(set(names)) == 2 and names == [
        c.name for t in long for c in cells(grid=[t, 'data=npz("../a/b:c")'])
    ]
    assert not any(set(name) & set("/\\:*?\"<>|' ") for name in names)
    assert names[0].startswith("z.via=score-samples-2-baseline-leave_one_out")
    assert len({c.name for c in cells(grid=["beta=(1 - 2), (1 + 2), 1 * 2, 1 / 2"])}) == 4


def test_variants_by_name():
    assert cells(grid=["variant=base"])[0].variant is None
    assert cells("variant base { beta = 2 }", ["variant=base,none"])[0].variant == "base"
    assert cells("variant base { beta = 2 }", ["variant=base,none"])[1].variant is None


@pytest.mark.parametrize(
    ("grid", "code"),
    [
        ("seed=-1", "SCG114"),
        ("seed=range(1000000)", "SCG114"),
        ("seed=range(0, 5, 0)", "SCG114"),
        ("beta=range(0.5)", "SCG114"),
        ("beta=1,1", "SCG114"),
        ("variant=stepe", "SCG110"),
    ],
)
def test_axes_that_cannot_be(grid: str, code: str):
    with pytest.raises(ProgramError) as caught:
        cells(grid=[grid])
    assert codes(caught.value) == [code]


def test_without_axes_there_is_nothing_to_sweep():
    with pytest.raises(ProgramError) as caught:
        cells()
    assert codes(caught.value) == ["SCG510"]


def test_each_mistake_is_told_once_with_the_cell_that_has_it():
    grid = ["z.via=pathwise,enumerate", "seed=range(3)"]
    found, told = check(Swept(Source("tiny.scg", TINY), {}), cells(grid=grid))
    assert len(found) == 3 and all(dict(c.settings)["z.via"] == "pathwise" for c in found)
    ((where, diagnostics),) = told
    assert where == "in the cell z.via=enumerate,seed=0 and 2 others"
    assert all(d.code.startswith("SCG3") for d in diagnostics)


def test_a_cell_that_cannot_be_trained_is_told():
    text = TINY.replace("train {", "variant idle {")
    given = make_cells(Compilation(Source("t.scg", text)).resolved, axes(["seed=0,1"]))
    found, told = check(Swept(Source("t.scg", text), {}), given)
    assert not found and "SCG510" in [d.code for _, diagnostics in told for d in diagnostics]


def test_the_block_of_a_program_is_checked_with_it():
    found = Compilation(Source("tiny.scg", TINY + "sweep { seed = many  gama = 1 }")).diagnostics
    assert [d.code for d in found] == ["SCG114", "SCG115"]


def test_a_block_replaces_that_of_a_used_file(tmp_path):
    (tmp_path / "a.scg").write_text(TINY + "sweep { seed = range(5) }\n")
    (tmp_path / "b.scg").write_text('program b\nuse "a.scg"\nsweep { beta = [1, 2] }\n')
    (tmp_path / "c.scg").write_text('program c\nuse "a.scg"\n')
    counts = [len(make_cells(Compilation.of(tmp_path / f).resolved, [])) for f in ("b.scg", "c.scg")]
    assert counts == [2, 5]
