"""How far every estimator trains the same discrete variational autoencoder in the same number of steps.

    python benchmarks/training.py [--steps 1000] [--seeds 3] [--only disarm rebar]

prints a table: the program `discrete_vae` on the 8x8 digits, 20 variables of 10 categories or, in the last
column, 200 bits; the loss (in nats an image) on the test digits, each of whose codes is drawn ten times.
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from functools import cache
from statistics import mean

import torch
from choices import BITS, ESTIMATORS, is_legal
from torch import Tensor

import scgc
from scgc.data import data_sets
from scgc.data.columns import Loaded
from scgc.data.request import Request

BATCH = 64
DRAWS = 10
"""Of every code in the evaluation."""


def trained(estimator: str, bits: bool, steps: int, seed: int) -> float:
    """The loss on the test digits after some steps of Adam; not a number where it diverged."""
    torch.manual_seed(seed)
    settings = {"z.via": estimator} | ({"code": BITS} if bits else {})
    model = scgc.load("discrete_vae", variant="digits", set=settings).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    train, test = (ink(part) for part in ("train", "test"))
    for step in range(steps):
        model.advance(t=step, step=step, progress=step / steps)
        out = model(ink=train[torch.randint(len(train), (BATCH,))])
        optimizer.zero_grad()
        out.loss.backward()
        optimizer.step()
    with torch.no_grad():
        return float(model.eval()(ink=test.repeat(DRAWS, 1, 1, 1)).loss)


@cache
def digits() -> Loaded:
    return data_sets()["digits"].read(Request("digits", {}))


def ink(part: str) -> Tensor:
    """All images of a part of the data, bool [examples, 1, 8, 8]."""
    return digits().splits[part]["ink"].table


def main() -> None:
    parser = ArgumentParser(description=__doc__.split("\n")[0], formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000, help="of training, with 64 images each")
    parser.add_argument("--seeds", type=int, default=3, help="the mean over how many trainings")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="estimators whose text begins so")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"| estimator, {asked.steps} steps | 20 x 10 categories | 200 bits |\n| :-- | --: | --: |")
    for estimator in ESTIMATORS:
        if asked.only and not estimator.startswith(tuple(asked.only)):
            continue
        cells = [
            f"{mean(trained(estimator, bits, asked.steps, seed) for seed in range(asked.seeds)):.2f}"
            if is_legal(estimator, bits)
            else ""
            for bits in (False, True)
        ]
        print(f"| `{estimator}` | {cells[0]} | {cells[1]} |", flush=True)


if __name__ == "__main__":
    main()
