"""Every process that computes is set up once, however a run begins; what tensors leave free stays its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scgc.pipeline import Compilation
from scgc.train import process
from scgc.train.compiled import Compiled
from scgc.train.evaluating import evaluate
from scgc.train.plan import Wishes
from scgc.train.resuming import Again, resume
from scgc.train.run import run
from scgc.train.several import run_seeds

PROGRAM = """
from resource import RUSAGE_SELF, getrusage
import torch
from scgc.train.process import keep_freed_memory

def faults():
    before = getrusage(RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(20_000_000)
    return getrusage(RUSAGE_SELF).ru_minflt - before

faults()
before, kept = faults(), keep_freed_memory()
faults()
print(int(kept), before, faults())
"""


def test_memory_is_not_asked_for_again() -> None:
    """Pages are handed out anew at every round before, and at none after. 80 MB are more than the C library
    ever keeps by itself."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    kept, before, after = map(int, done.stdout.split())
    if not kept:
        pytest.skip("another C library")
    assert before > 200 and after < before / 20  # pages may be of 2 MB


WAYS: dict[str, Callable[[Compiled, Wishes, Path], object]] = {
    "run": lambda compiled, wishes, path: run(compiled, wishes),
    "seeds": lambda compiled, wishes, path: run_seeds(compiled, wishes, 2),
    "resume": lambda compiled, wishes, path: resume(path, Again(steps=3)),
    "evaluate": lambda compiled, wishes, path: evaluate(path),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_compute_sets_the_process_up(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = Compiled.of(Compilation.of("bandit"))
    wishes = Wishes(device="cpu", threads=1, steps=2, out=tmp_path / "before")
    run(compiled, wishes)
    kept: list[None] = []
    threads: list[int] = []
    monkeypatch.setattr(process, "keep_freed_memory", lambda: kept.append(None))
    monkeypatch.setattr("torch.set_num_threads", threads.append)
    WAYS[way](compiled, Wishes(device="cpu", threads=1, steps=2, out=tmp_path / "after"), tmp_path / "before")
    assert (len(kept), threads) == (1, [1])
