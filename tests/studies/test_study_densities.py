"""Pictures of tables: one panel a value, one mark a run, and the numbers that are shown are the tables'."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scgc.cli import main
from scgc.studies.densities import best, correlations, densities, violins
from scgc.studies.results import Results, read
from scgc.studies.statistics import Comparison
from scgc.sweep.table import TABLE, write_table


@pytest.fixture
def tables(tmp_path: Path) -> list[Results]:
    for place, shift in (("vae", 0.0), ("dvae", 0.2)):
        rows = [
            {
                "variant": None,
                "seed": i,
                "status": "finished",
                "step": 1,
                "seconds": 1.0,
                "a.mig(v)": 0.1 * i + shift,
                "a.sap(v)": 0.5,
                "test.st_gap": 1.0 / (1 + i),
                "path": str(i),
                "error": None,
            }
            for i in range(6)
        ]
        (tmp_path / place).mkdir()
        write_table(rows, tmp_path / place / TABLE)
    return [read(str(tmp_path / "vae")), read(str(tmp_path / "dvae"))]


def test_violins_show_every_run(tables: list[Results]):
    panels = violins(tables, ["mig", "sap", "st_gap", "mig"]).axes
    assert [p.get_title(loc="left") for p in panels if p.get_visible()] == ["mig", "sap", "st_gap", "mig"]
    dots = [line for line in panels[0].lines if line.get_linestyle() == "None" and len(line.get_ydata()) == 6]
    assert [sorted(d.get_ydata()) for d in dots] == [sorted(t.column("mig")) for t in tables]
    assert [t.get_text() for t in panels[0].get_xticklabels()] == ["vae", "dvae"]


def test_densities_have_a_line_at_the_median(tables: list[Results]):
    panel, constant = densities(tables, ["mig", "sap"]).axes
    medians = [float(line.get_xdata()[0]) for line in panel.lines if len(line.get_xdata()) == 2]
    assert medians == pytest.approx([0.25, 0.45])
    assert constant.lines  # what is the same in every run has no density


def test_correlations_in_percent(tables: list[Results]):
    (axes,) = correlations(tables, ["mig", "sap"], "st_gap").axes
    assert [t.get_text() for t in axes.texts] == ["-100", "-100", "", ""]


def test_the_best(tables: list[Results]):
    (axes,) = best(tables, Comparison(["mig"])).axes
    assert [t.get_text() for t in axes.texts] == ["0", "100"]


def test_commands(tables: list[Results], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    places = [str(t.path) for t in tables]
    for name in ("violins", "densities", "best"):
        with pytest.raises(SystemExit) as left:
            main(["plot", name, *places, "--values", "mig,a.sap(v)", "-o", str(tmp_path / f"{name}.svg")])
        assert not left.value.code and "<svg" in (tmp_path / f"{name}.svg").read_text()
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["study", *places, "--against", "st_gap", "--json"])
    found = json.loads(capsys.readouterr().out)["groups"]
    assert not left.value.code and [g["table"] for g in found] == ["vae", "dvae"]
    assert found[1]["values"]["mig"]["median"] == pytest.approx(0.45)
    assert (
        found[1]["values"]["mig"]["correlation"] == pytest.approx(-1)
        and found[1]["values"]["sap"]["correlation"] is None
    )
