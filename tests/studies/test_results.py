"""Tables of sweeps, read; and what is computed of them, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from scgc.diagnostics.base import ProgramError
from scgc.studies.results import Results, read, short
from scgc.studies.statistics import Comparison, best_shares, correlation, selected, spread
from scgc.studies.telling import study
from scgc.sweep.table import TABLE, write_table

MIG = [0.1, 0.4, 0.2, 0.3, None]
GAP = [9.0, 1.0, 5.0, 2.0, 0.5]


def table(folder: Path, mig: list[float | None] = MIG, status: str = "finished") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "variant": None,
            "gamma": 10 * (i // 2),
            "optimizer.lr": 0.1,
            "seed": i,
            "status": status,
            "step": 3,
            "seconds": 1.0,
            "test.st_gap": GAP[i],
            "test.elbo": -GAP[i],
            "disentangled.mig(v)": mig[i],
            "disentangled.dci(v).completeness": 0.5,
            "validation.elbo": 0.0,
            "path": f"runs/{i}",
            "error": None,
        }
        for i in range(5)
    ]
    write_table(rows, folder / TABLE)
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return read(str(table(tmp_path / "sweep-dvae")))


def test_columns_by_short_names(results: Results):
    assert results.label == "dvae" and len(results.rows) == 5
    assert results.values == ["st_gap", "test.elbo", "mig", "dci.completeness", "validation.elbo"]
    assert results.column("mig")[:4].tolist() == MIG[:4] and isnan(results.column("mig")[4])
    assert results.column("disentangled.mig(v)").tolist()[1] == 0.4
    assert short("disentangled.mig(f(v, w))") == "mig" and short("test.elbo") == "elbo"


def test_names_and_paths(tmp_path: Path):
    folder = table(tmp_path / "a=b")
    assert read(str(folder)).label == "a=b"
    assert read(f"mine={folder}").label == "mine"
    assert read(f"mine={folder / TABLE}").label == "mine"


@pytest.mark.parametrize("name", ["elbo", "nothing", "gamma", "seed"])
def test_columns_that_are_none(results: Results, name: str):
    with pytest.raises(ProgramError, match="SCG544"):
        results.column(name)


def test_tables_that_are_none(tmp_path: Path):
    (tmp_path / "text.parquet").write_text("no table")
    empty = table(tmp_path / "failed", status="failed")
    for place in (tmp_path / "nowhere", tmp_path, tmp_path / "text.parquet", empty):
        with pytest.raises(ProgramError, match="SCG543"):
            read(str(place))


def test_medians_and_quartiles(results: Results):
    found = spread(results.column("mig"))
    assert (found.median, found.low, found.high, found.runs) == pytest.approx((0.25, 0.175, 0.325, 4))
    assert spread(np.array([np.nan])).runs == 0


def test_rank_correlations(results: Results):
    assert correlation(results, "mig", "st_gap") == pytest.approx(-1)  # over the runs that have both
    assert correlation(results, "st_gap", "test.elbo") == pytest.approx(-1)
    assert isnan(correlation(results, "mig", "dci.completeness"))


def test_selection(results: Results):
    assert selected(results, "st_gap") == 4 and selected(results, "st_gap", lowest=False) == 0


def test_the_share_of_values_that_a_table_wins(tmp_path: Path, results: Results):
    better = read(str(table(tmp_path / "better", [0.9, 0.9, 0.9, 0.9, 0.9])))
    assert best_shares([results, better], Comparison(["mig"])) == [0, 1]
    both = Comparison(["mig", "st_gap"])  # the gaps are the same
    assert best_shares([results, better], both) == [0.25, 0.75]


def test_the_share_of_cases(tmp_path: Path):
    """Two data sets and one value are two cases; medians and selected runs disagree on who is better."""
    low, high = (
        table(tmp_path / name, mig) for name, mig in (("low", MIG), ("high", [0.2, 0.3, 0.9, 0.1, 1]))
    )
    tables = [read(str(low)), read(str(high))]
    by = ["gamma"]  # medians at 0, 10, 20: 0.25 and 0.25, 0.25 and 0.5, none and 1
    assert best_shares(tables, Comparison(["mig"], by)) == pytest.approx([1 / 6, 5 / 6])
    # the runs with the least gap: 0.4 and 0.3, 0.3 and 0.1, none and 1
    assert best_shares(tables, Comparison(["mig"], by, "st_gap")) == pytest.approx([2 / 3, 1 / 3])
    assert best_shares(tables, Comparison(["mig"], by, "st_gap", lowest=False)) == pytest.approx([0, 1])
    with pytest.raises(ProgramError, match="SCG544"):
        best_shares(tables, Comparison(["mig"], ["nothing"]))


def test_variants_are_methods_of_their_own(tmp_path: Path, results: Results):
    assert results.variants() == [results]
    rows = tuple({**row, "variant": [None, "l2"][i % 2]} for i, row in enumerate(results.rows))
    parts = replace(results, rows=rows).variants()
    assert [(p.label, len(p.rows)) for p in parts] == [("dvae", 3), ("dvae l2", 2)]


def test_a_whole_study(results: Results):
    found = study([results], ["mig"], by="gamma", against="st_gap", select="st_gap")
    assert [g["setting"] for g in found["groups"]] == ["gamma = 0", "gamma = 10", "gamma = 20"]
    first = found["groups"][0]
    assert first["selected"] == "runs/1" and first["values"]["mig"]["selected"] == 0.4
    assert first["values"]["mig"]["median"] == pytest.approx(0.25)
    with pytest.raises(ProgramError, match="SCG544"):
        study([results], [], by="mig")
