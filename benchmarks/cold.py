"""How long a command takes as a fresh process: `python benchmarks/cold.py check programs/vsgae.scg`.

The median and the least of seven runs, in seconds of the processor, so that other work beside counts little;
one run before them fills the caches. `python benchmarks/cold.py --first-step run bandit` measures a training
until its first step is written down in its directory (Linux).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory

ROUNDS = 7
FIRST_STEP = "--first-step"


def spent() -> float:
    """By all processes that have ended."""
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "scgc", *words]


def seconds(words: Sequence[str]) -> float:
    """Of the processor, for one run of `scgc WORDS`."""
    before = spent()
    subprocess.run(command(words), check=True, stdout=subprocess.DEVNULL)
    return spent() - before


def seconds_to_first_step(words: Sequence[str]) -> float:
    """Of the processor, for `scgc WORDS`, a training, until its first step is done and written down."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        all_words = [*words, "--steps", "1", "--out", str(out)]
        with subprocess.Popen(command(all_words), stdout=subprocess.DEVNULL) as process:
            while not ((metrics := out / "metrics.jsonl").exists() and metrics.stat().st_size):
                if process.poll() is not None:
                    raise SystemExit(f"scgc {' '.join(words)} ended before its first step")
                time.sleep(0.01)
            used = spent_by(process.pid)
            process.wait()
        return used


def spent_by(process: int) -> float:
    """By one that runs: user and system time, after its name in brackets (man 5 proc)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    words = [word for word in sys.argv[1:] if word != FIRST_STEP]
    first = len(words) < len(sys.argv) - 1
    measure = seconds_to_first_step if first else seconds
    measure(words)
    found = [measure(words) for _ in range(ROUNDS)]
    told = f"scgc {' '.join(words)}{', first step' if first else ''}"
    print(f"{told}: median {median(found):.2f} s, least {min(found):.2f} s")


if __name__ == "__main__":
    main()
