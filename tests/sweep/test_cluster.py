"""A sweep on a Ray cluster of this machine; skipped where Ray is not installed."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from scgc.diagnostics.base import ProgramError
from scgc.sweep.cluster import on_a_cluster
from scgc.sweep.table import TABLE
from scgc.train.stopping import Stop

TINY = """program tiny
param w : real[]
loss cost = (w - 1) ^ 2
train { batch = 1  steps = 20  optimizer = sgd(lr = 0.1) }
sweep { optimizer.lr = [0.1, 1e30]  seed = range(2) }
"""
MISSING = importlib.util.find_spec("ray") is None


@pytest.mark.skipif(MISSING, reason="Ray is not installed")
def test_cells_run_on_a_cluster(tmp_path: Path):
    (tmp_path / "tiny.scg").write_text(TINY)
    words = ["sweep", "tiny.scg", "--ray", "local", "--jobs", "1", "--out", "s"]
    code = f"from scgc.cli import main; main({words!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "2 finished, 2 failed" in done.stdout, done.stderr
    rows = parquet.read_table(tmp_path / "s" / TABLE).to_pylist()
    assert [row["status"] for row in rows] == ["finished"] * 2 + ["failed"] * 2
    assert all("SCG513" in row["error"] for row in rows[2:])


@pytest.mark.skipif(not MISSING, reason="Ray is installed")
def test_without_ray_it_is_told():
    with pytest.raises(ProgramError, match="SCG501"):
        next(on_a_cluster([], "local", 1, Stop()))
