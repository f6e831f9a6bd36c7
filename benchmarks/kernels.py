"""What scgc.runtime's functions for messages and for wide categoricals are worth, without the compiler.

    python benchmarks/kernels.py [--threads 2] [--rounds 9]

prints a table: training steps of ListOps (batch 100, n = 40, D = 60, 5 rounds) and of paths in a knowledge
graph (14,541 entities, 2 x 256 numbers each, batch 512, 3 hops), written by hand (handwritten/NAME.py, Adam
as it comes) and with these functions (fused Adam): medians of steps that take turns, and the most memory that
one holds.
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from contenders import Steps
from handwritten.kg_paths import KgPaths
from handwritten.kg_paths import loss as kg_loss
from handwritten.listops import ListOps
from handwritten.listops import loss as listops_loss
from torch import Tensor, nn

from scgc.gradients.memory import peak
from scgc.gradients.timing import interleave
from scgc.runtime.dropout import dropout
from scgc.runtime.messages import propagate_to_parents
from scgc.runtime.pairs import propagate
from scgc.runtime.table import Table
from scgc.runtime.wide import select_softly, table_cross_entropy

Batch = dict[str, Tensor]


class FastListOps(ListOps):
    """The first layer of the messages is applied to the nodes; all else in chunks of pairs, or at edges."""

    def forward(self, tokens: Tensor, mask: Tensor, parent: Tensor | None) -> Tensor:
        first, _, _, second, _ = self.message
        assert isinstance(first, nn.Linear)
        assert isinstance(second, nn.Linear)
        e = x = self.E[tokens]
        sends = self.senders(mask).to(e.dtype)
        tree = None if self.true_tree else self.parse(tokens, mask) * sends.unsqueeze(2)
        dst = F.linear(e, first.weight[:, : e.shape[-1]], first.bias)

        sizes = mask.sum(1).tolist()
        weight, bias = second.weight, second.bias

        def rest(a: Tensor, b: Tensor) -> Tensor:
            hidden = dropout(F.relu(a + b), 0.1, training=self.training)
            return F.relu(F.linear(hidden, weight, bias))

        for r in range(self.rounds):
            src = F.linear(x, first.weight[:, e.shape[-1] :])
            if tree is not None:
                x = x + propagate(rest, dst, src, tree, (weight, bias), sizes)
            else:
                assert parent is not None
                x = x + propagate_to_parents(rest, dst, src, parent, sends)
            if r < self.rounds - 1:
                x = self.snap(x)
        logits: Tensor = self.read(x[:, 0])
        return logits


class FastKgPaths(KgPaths):
    """recompute: the share of the examples whose relaxed draws are drawn again in the backward pass."""

    recompute = 0.0

    def query(self, s: Tensor, r: Tensor) -> Tensor:
        a, b = s.chunk(2, 1)
        c, d = dropout(self.W[r], 0.2, training=self.training).chunk(2, 1)
        return torch.cat([a * c - b * d, a * d + b * c], 1)

    def cost(self, batch: Batch) -> Tensor:
        table, path = Table(self.E), batch["path"]
        s = dropout(table.take(batch["head"]), 0.1, training=self.training)
        for r in path[:, :-1].unbind(1):
            q = self.query(s, r)
            v = select_softly(q, table, tau=self.tau, scale=self.beta, recompute=self.recompute, mode="train")
            s = v + s if torch.rand(()) >= self.alpha else v
        return table_cross_entropy(self.query(s, path[:, -1]), table, batch["tail"]).mean()


def steps_of(
    model: nn.Module,
    cost: Callable[[], Tensor],
    fused: bool,
    precision: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Steps:
    """Training steps, their schedules half way."""
    model.beta, model.alpha = 0.5 * model.tau, 0.5  # type: ignore[operator, assignment]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=fused or None)

    def steps(count: int) -> None:
        for _ in range(count):
            with precision():
                value = cost()
            optimizer.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return steps


def listops(true_tree: bool) -> Iterator[tuple[str, Steps]]:
    batch = {
        "tokens": torch.randint(14, (100, 40)),
        "value": torch.randint(10, (100,)),
        "parent": torch.randint(40, (100, 40)),
    }
    for name, kind in (("by hand", ListOps), ("in chunks" if not true_tree else "at edges", FastListOps)):
        model = kind(true_tree)
        yield name, steps_of(model, partial(mean_loss, model, batch), kind is FastListOps)


def mean_loss(model: ListOps, batch: Batch) -> Tensor:
    return listops_loss(model, batch)[0]


def kg_paths() -> Iterator[tuple[str, Steps]]:
    batch = {
        "head": torch.randint(14_541, (512,)),
        "path": torch.randint(474, (512, 3)),
        "tail": torch.randint(14_541, (512,)),
    }
    hand = KgPaths()
    yield "by hand", steps_of(hand, lambda: kg_loss(hand, batch)[0], fused=False)
    for low, share in product((False, True), (0.0, 0.5, 1.0)):
        fast = FastKgPaths()
        fast.recompute = share
        precision = partial(torch.autocast, "cpu", dtype=torch.bfloat16, enabled=low)
        name = f"{'bfloat16' if low else 'float32'}, {share:.0%} again"
        yield name, steps_of(fast, partial(fast.cost, batch), True, precision)


def main() -> None:
    parser = ArgumentParser(description=__doc__.split("\n")[0], formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument("--rounds", type=int, default=9, help="steps of each that are timed")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    print(f"{'step':<48} | {'ms':>7} | ratio | {'MiB':>6} | ratio")
    subjects: dict[str, Callable[[], Iterator[tuple[str, Steps]]]] = {
        "ListOps": partial(listops, False),
        "ListOps, true tree": partial(listops, True),
        "KG": kg_paths,
    }
    for subject, make in subjects.items():
        everyone = dict(make())
        times = interleave(everyone, 1, asked.rounds)
        memory = {name: peak(steps) for name, steps in everyone.items()}
        for name in everyone:
            print(
                f"{subject + ', ' + name:<48} | {1000 * times[name]:>7.1f} | "
                f"{times[name] / times['by hand']:>5.3f} | {memory[name] / 2**20:>6.1f} | "
                f"{memory[name] / memory['by hand']:>5.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
