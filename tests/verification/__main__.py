"""Thousands of random programs: `python tests/verification --graphs 5000 --seed 1`.

Prints what is wrong, and at the end how many programs were suspected at which stage; the exit status says
whether any was wrong. `--show SEED` prints the program of a seed and its verdict.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from random import Random

from drawn import draw
from verdict import judge


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--graphs", type=int, default=500, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="of the first program; the others count on")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--show", type=int, help="print one program and its verdict")
    given = parser.parse_args()
    if given.show is not None:
        program = draw(Random(given.show))
        print(program.text)
        print(judge(program, given.show))
        return 0
    wrong, stages, used, start = list[int](), Counter[int](), Counter[str](), time.monotonic()
    for seed in range(given.seed, given.seed + given.graphs):
        text = ""
        try:
            program = draw(Random(seed))
            text = program.text
            verdict = judge(program, seed)
            stages[verdict.stages] += 1
            said = f"{verdict.worst}, chance {verdict.chance:.1e}" if verdict.wrong else ""
        except Exception as error:  # the compiler or what it wrote gave up
            stages[0] += 1
            said = f"{type(error).__name__}: {error}"
        used.update(set(re.findall(r" via (\w+)", text)))
        if said:
            wrong.append(seed)
            print(f"seed {seed}: {said}\n{text}", flush=True)
        if time.monotonic() - start > 60 * given.minutes:
            break
    seconds = time.monotonic() - start
    print(f"{stages.total()} programs in {seconds:.0f} s; by stages: {dict(sorted(stages.items()))}")
    print("programs with each estimator: " + ", ".join(f"{n} {c}" for n, c in sorted(used.items())))
    print(f"wrong: {wrong or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
