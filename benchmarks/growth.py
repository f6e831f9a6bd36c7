"""How long commands take as programs grow: `python benchmarks/growth.py --nodes 1000 2000 5000`.

The programs are generated: layers, stochastic nodes of several estimators, calls of nets and losses, each
node reading a few of those before it. Seconds are of the processor, so that other work beside counts little;
as in the commands garbage is not collected meanwhile. `compile` and `draw` are what they take behind a check.
"""

from __future__ import annotations

import argparse
import gc
import time
from itertools import pairwise
from random import Random

from scgc.checking import check
from scgc.cli import keeping_all
from scgc.draw import dot
from scgc.pipeline import Compilation
from scgc.source import Source

HEAD = """dim D = 8
input x : real[D]
net mix(a, b : real[D]) -> real[D] { return linear(a, D) + relu(b) }
net noisy(a : real[D]) -> real[D] {
  z ~ Normal(mean = linear(a, D), std = 1) prior Normal(0, 1)
  return z + 1
}
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
    "= {0} |> linear(D) |> tanh |> linear(D)",
    "= mix({0}, {1})",
    "= noisy({0})",
    "~ Bernoulli(logits = {0}) via score",
    "~ Bernoulli(logits = {0}) via score(samples = 4, baseline = leave_one_out)",
    "~ Categorical(logits = linear({0}, D)) via gumbel_softmax(tau = 0.5)",
    "~ Normal(mean = {0}, std = exp({1})) prior Normal(0, 1)",
)


def checked(nodes: int) -> Compilation:
    """A generated program after its check."""
    compilation = Compilation(Source(f"{nodes}.scg", program(nodes)))
    assert not [d for _, d in check(compilation) if d.severity == "error"]
    return compilation


def compiled(compilation: Compilation) -> None:
    assert compilation.python


def drawn(compilation: Compilation) -> None:
    assert dot(compilation.program, places=compilation.places)


def seconds(nodes: int) -> list[float]:
    """Of the processor, to check, compile and draw a program of so many nodes."""
    with keeping_all():
        times = [time.process_time()]
        compilation = checked(nodes)
        times.append(time.process_time())
        for step in (compiled, drawn):
            step(compilation)
            times.append(time.process_time())
    gc.collect()  # what this program leaves behind shall not slow down the next
    return [after - before for before, after in pairwise(times)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, nargs="+", default=[1000, 2000, 5000])
    seconds(20)  # imports and tables
    print(f"{'nodes':>8}{'check':>8}{'compile':>8}{'draw':>8}")
    for nodes in parser.parse_args().nodes:
        print(f"{nodes:8}" + "".join(f"{taken:8.2f}" for taken in seconds(nodes)), flush=True)


if __name__ == "__main__":
    main()
