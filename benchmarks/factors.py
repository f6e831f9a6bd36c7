"""What data with known factors costs: rendering against the training step that it feeds, and the measures.

    python benchmarks/factors.py

The step is that of a D-VAE of thesis table A.1 written by hand: 64 pictures, 10 codes of 64 categories, Adam.
All by processor time of this process, in turn, the least of some rounds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import pairwise
from time import process_time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc import metrics
from scgc.data.factors import GroundTruth
from scgc.data.observing import draw
from scgc.data.rays import Room
from scgc.data.rendering import Circles, ColouredSprites, Sprites

BATCH, CODES, CATEGORIES = 64, 10, 64
TRUTHS: dict[str, GroundTruth] = {
    "dsprites": Sprites(),
    "color_dsprites": ColouredSprites(Sprites()),
    "circles": Circles(),
    "room": Room(),
}


class Dvae(nn.Module):
    """Encoder and decoder of table A.1, and a loss with a relaxed draw between them."""

    def __init__(self) -> None:
        super().__init__()
        widths = (1, 32, 32, 64, 64)
        down = [nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(widths)]
        back = (64, 64, 32, 32, 1)
        up = [nn.ConvTranspose2d(a, b, 4, 2, 1) for a, b in pairwise(back)]
        self.encoder = nn.Sequential(*(layer for c in down for layer in (c, nn.ReLU())), nn.Flatten())
        self.head = nn.Sequential(nn.Linear(1024, 256), nn.ReLU(), nn.Linear(256, CODES * CATEGORIES))
        self.first = nn.Sequential(nn.Linear(CODES, 256), nn.ReLU(), nn.Linear(256, 1024), nn.ReLU())
        self.decoder = nn.Sequential(*(layer for c in up for layer in (c, nn.ReLU())))[:-1]

    def forward(self, x: Tensor) -> Tensor:
        logits = self.head(self.encoder(x)).unflatten(1, (CODES, CATEGORIES))
        z = F.gumbel_softmax(logits, 1.0) @ torch.linspace(-1, 1, CATEGORIES)
        decoded = self.decoder(self.first(z).unflatten(1, (64, 4, 4)))
        probabilities = logits.softmax(-1)
        rate = (probabilities * (probabilities.clamp(min=1e-20).log() + np.log(CATEGORIES))).sum((1, 2))
        recon = F.binary_cross_entropy_with_logits(decoded, x, reduction="none").sum((1, 2, 3))
        loss: Tensor = (recon + rate).mean()
        return loss


def step() -> Callable[[], object]:
    """A training step on 64 sprites."""
    model = Dvae()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    x = Sprites().observations(draw(Sprites.factors, BATCH, torch.Generator().manual_seed(0)))

    def do() -> None:
        optimizer.zero_grad()
        model(x).backward()
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
