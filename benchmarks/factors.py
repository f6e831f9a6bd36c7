"""What data with known factors costs: rendering against the training step that it feeds, and the measures.

    python benchmarks/factors.py

The step is that of the D-VAE written by hand (`handwritten/dvae.py`) on 64 pictures, with Adam. All by
processor time of this process, in turn, the least of some rounds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import process_time

import numpy as np
import torch
from handwritten.dvae import DVAE, loss

from scgc import metrics
from scgc.data.factors import GroundTruth
from scgc.data.observing import draw
from scgc.data.rays import Room
from scgc.data.rendering import Circles, ColouredSprites, Sprites

BATCH, CODES = 64, 10
TRUTHS: dict[str, GroundTruth] = {
    "dsprites": Sprites(),
    "color_dsprites": ColouredSprites(Sprites()),
    "circles": Circles(),
    "room": Room(),
}


def step() -> Callable[[], object]:
    """A training step on 64 sprites."""
    model = DVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    batch = {"x": Sprites().observations(draw(Sprites.factors, BATCH, torch.Generator().manual_seed(0)))}

    def do() -> None:
        optimizer.zero_grad()
        loss(model, batch)[1].backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return do


def rendering(truth: GroundTruth) -> Callable[[], object]:
    """64 pictures of random combinations."""
    table = draw(truth.factors, BATCH, torch.Generator().manual_seed(0))
    return lambda: truth.observations(table)


def least(jobs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Milliseconds of processor time, each job once a round."""
    best = dict.fromkeys(jobs, float("inf"))
    for _ in range(rounds):
        for name, job in jobs.items():
            began = process_time()
            job()
            best[name] = min(best[name], 1000 * (process_time() - began))
    return best


def measured(examples: int = 15_000) -> dict[str, float]:
    """Seconds that each measure takes on the factors of dSprites, turned, in ten codes."""
    random = np.random.default_rng(0)
    factors = np.stack([random.integers(f.values or 1, size=examples) for f in Sprites.factors], 1)
    codes = (factors / factors.max(0)) @ random.normal(size=(5, CODES)) + 0.1 * random.normal(
        size=(examples, CODES)
    )
    jobs: dict[str, Callable[[], object]] = {
        name: lambda name=name: getattr(metrics, name)(codes, factors)  # type: ignore[misc]
        for name in ("mig", "sap", "modularity", "explicitness", "beta_vae", "factor_vae", "dci")
    }
    for model in ("linear", "trees"):
        jobs[f"sample_efficiency, {model}"] = lambda model=model: metrics.sample_efficiency(
            codes, factors, model=model
        )  # type: ignore[misc]
    return {name: ms / 1000 for name, ms in least(jobs, 1).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--no-measures", action="store_true", help="rendering only")
    given = parser.parse_args()
    torch.set_num_threads(1)
    found = least({"step": step(), **{n: rendering(t) for n, t in TRUTHS.items()}}, given.rounds)
    print(f"a step of the D-VAE: {found['step']:.1f} ms")
    for name in TRUTHS:
        print(f"64 of {name}: {found[name]:.2f} ms, {found[name] / found['step']:.3f} of a step")
    for name, seconds in ({} if given.no_measures else measured()).items():
        print(f"{name}: {seconds:.2f} s")


if __name__ == "__main__":
    main()
