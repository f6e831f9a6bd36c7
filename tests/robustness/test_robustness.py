"""Whatever the text, only diagnostics come out, soon; what has no errors goes through every stage.

`SCGC_FUZZ=5000 pytest tests/robustness` tries that many texts of each sort, new ones each time, and giants of
a megabyte; without it a few hundred in all, always the same, and smaller giants.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from bounds import bounded
from derived import derived
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import garbled, mutated
from stages import through_every_stage
from typed import typed

from scgc.diagnostics.base import ProgramError
from scgc.source import Source
from scgc.syntax.errors import read_source
from scgc.syntax.reading import Reader

SECONDS, MEGABYTES = 20, 400
"""What one text may take: programs of this size take a tenth of a second."""


def cases(few: int) -> Callable[[Any], Any]:
    """So many texts, or as many as `SCGC_FUZZ` says."""
    return settings(
        max_examples=int(os.environ.get("SCGC_FUZZ", few)),
        deadline=None,
        derandomize="SCGC_FUZZ" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )


def tried(source: Source) -> bool:
    """Whether the program has no errors."""
    with bounded(SECONDS, MEGABYTES):
        return through_every_stage(source)


@cases(250)
@given(st.randoms(use_true_random=False))
def test_changed_programs(random: Random) -> None:
    tried(mutated(random))


@cases(100)
@given(st.randoms(use_true_random=False))
def test_texts_of_the_grammar(random: Random) -> None:
    tried(Source("case.scg", derived(random)))


@cases(100)
@given(st.randoms(use_true_random=False))
def test_programs_of_parts_that_fit(random: Random) -> None:
    tried(Source("case.scg", typed(random)))


def test_most_programs_of_parts_that_fit_have_no_errors() -> None:
    assert sum(tried(Source("case.scg", typed(Random(seed)))) for seed in range(30)) > 15


def test_texts_of_the_grammar_are_of_it() -> None:
    for seed in range(60):
        Reader(derived(Random(seed)), "program").read()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytes") / "case.scg"


@cases(100)
@given(data=st.randoms(use_true_random=False).map(garbled) | st.binary(max_size=300))
def test_any_bytes(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    try:
        source = read_source(file)
    except ProgramError as error:
        assert {d.code for d in error.diagnostics} == {"SCG009"}
        return
    tried(source)


def test_giants() -> None:
    """Each in a process of its own, with bounds on its time and memory."""
    sizes = () if "SCGC_FUZZ" in os.environ else ("30000", "3000")
    script = Path(__file__).with_name("giants.py")
    run = subprocess.run([sys.executable, script, *sizes], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) > 60
    assert [line for line in run.stdout.splitlines() if not line.endswith(" ok")] == []
