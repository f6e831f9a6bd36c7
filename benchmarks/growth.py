"""How long a check takes as programs grow: `python benchmarks/checking.py --nodes 1000 2000 5000`.

The programs are generated: layers, stochastic nodes of several estimators, calls of nets and losses, each
node reading a few of those before it. Seconds are of the processor, so that other work beside counts little;
as in `scgc check` garbage is not collected meanwhile.
"""

from __future__ import annotations

import argparse
import gc
import time
from random import Random

from scgc.checking import check
from scgc.cli import keeping_all
from scgc.pipeline import Compilation
from scgc.source import Source

HEAD = """dim D = 8
input x : real[D]
net mix(a, b : real[D]) -> real[D] { return linear(a, D) + relu(b) }
n0 = linear(x, D)
"""


def program(nodes: int, seed: int = 0) -> str:
    """A program of so many nodes, with ten losses."""
    random, lines = Random(seed), [HEAD]
    for i in range(1, nodes):
        near = [f"n{random.randint(max(0, i - 20), i - 1)}" for _ in range(2)]
        lines.append(f"n{i} {random.choice(FORMS).format(*near)}\n")
        if i % (nodes // 10) == 0:
            lines.append(f"loss cost{i} = mean(n{i} ^ 2)\n")
    return "".join([*lines, f"loss last = mean(n{nodes - 1} ^ 2)\n"])


FORMS = (
    "= linear({0}, D)",
    "= {0} + {1}",
    "= relu({0}) * 0.5",
    "= mix({0}, {1})",
    "~ Bernoulli(logits = {0}) via score",
    "~ Normal(mean = {0}, std = 1)",
)


def seconds(nodes: int) -> float:
    """Of the processor, for one check of a program of so many nodes."""
    source = Source(f"{nodes}.scg", program(nodes))
    with keeping_all():
        start = time.process_time()
        found = check(Compilation(source))
        taken = time.process_time() - start
    assert not [d for _, d in found if d.severity == "error"]
    gc.collect()  # what this check leaves behind shall not slow down the next
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, nargs="+", default=[1000, 2000, 5000])
    seconds(10)  # imports and tables
    for nodes in parser.parse_args().nodes:
        print(f"{nodes:6} nodes  {seconds(nodes):6.2f} s", flush=True)


if __name__ == "__main__":
    main()
