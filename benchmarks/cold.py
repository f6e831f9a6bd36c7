"""How long a command takes as a fresh process: `python benchmarks/cold.py check programs/vsgae.scg`.

The median and the least of seven runs, in seconds of the processor, so that other work beside counts little;
one run before them fills the caches.
"""

from __future__ import annotations

import subprocess
import sys
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

ROUNDS = 7


def spent() -> float:
    """By all processes that have ended."""
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def seconds(words: list[str]) -> float:
    """Of the processor, for one run of `scgc WORDS`."""
    before = spent()
    subprocess.run([sys.executable, "-m", "scgc", *words], check=True, stdout=subprocess.DEVNULL)
    return spent() - before


def main() -> None:
    words = sys.argv[1:]
    seconds(words)
    found = [seconds(words) for _ in range(ROUNDS)]
    print(f"scgc {' '.join(words)}: median {median(found):.2f} s, least {min(found):.2f} s")


if __name__ == "__main__":
    main()
