"""How long a training step takes under every estimator: compiled by scgc, by hand, and in Storchastic.

    python benchmarks/estimators.py [--bits] [--only disarm rebar] [--rounds 15] [--threads 1]

prints a table: steps of the discrete variational autoencoder (784-512-256, 20 variables of 10 categories or,
with --bits, 200 bits; 64 images), medians of blocks that take turns in one process, and ratios to the
hand-written step (handwritten/estimators.py). All have the same optimiser, Adam in its fused form, so that
what differs is the estimator. Storchastic (Van Krieken et al. 2021) is measured where it can be imported:

    pip install --no-deps storchastic==0.3.7 pyro-ppl pyro-api entmax opt_einsum tqdm
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from time import perf_counter, process_time

import in_storchastic
import torch
from choices import BITS, ESTIMATORS, PROGRAM, is_legal
from contenders import Steps
from handwritten import estimators as by_hand
from handwritten.discrete_vae import DiscreteVae
from torch import Tensor, nn

import scgc
from scgc.gradients.timing import interleave

BATCH = 64


def images() -> Tensor:
    """Made-up ink, bool [64, 1, 28, 28]: how long a step takes does not depend on it."""
    return torch.rand(BATCH, 1, 28, 28, generator=torch.Generator().manual_seed(0)) < 0.3


def adam(parameters: Iterable[nn.Parameter]) -> torch.optim.Adam:
    return torch.optim.Adam(parameters, lr=1e-3, fused=True)


def compiled(estimator: str, bits: bool) -> Steps:
    """The module that scgc writes, in a training loop of one's own."""
    settings = {"z.via": estimator} | ({"code": BITS} if bits else {})
    model = scgc.load(PROGRAM, set=settings).train()
    optimizer, ink = adam(model.parameters()), images()

    def steps(count: int) -> None:
        for _ in range(count):
            loss = model(ink=ink).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return steps


def handwritten(estimator: str, bits: bool) -> Steps | None:
    """The hand-written step; None where there is none."""
    make = (by_hand.BITS if bits else by_hand.CATEGORIES).get(estimator)
    if make is None:
        return None
    vae, ink = DiscreteVae(bits=bits), images()
    surrogate = make(vae)
    optimizer = adam(by_hand.parameters(vae, surrogate))

    def steps(count: int) -> None:
        for _ in range(count):
            x = ink.flatten(1).float()
            logits = vae.logits(x)
            objective = vae.rate(logits).mean() + surrogate(vae, logits, x)
            optimizer.zero_grad()
            objective.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return steps


def in_storch(estimator: str, bits: bool) -> Steps | None:
    """Storchastic's step; None where it has no such method or cannot be imported."""
    if not in_storchastic.has(estimator, bits):
        return None
    vae = DiscreteVae(bits=bits)
    method = in_storchastic.method(estimator, bits)
    optimizer, x = adam([*vae.parameters(), *method.parameters()]), images().flatten(1).float()

    def steps(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            in_storchastic.backward(vae, method, x)
            optimizer.step()

    return steps


def arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__.split("\n")[0], formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("--bits", action="store_true", help="200 bits in place of the categories")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="estimators whose text begins so")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument("--steps", type=int, default=3, help="in a block")
    parser.add_argument("--rounds", type=int, default=15, help="blocks of each contender")
    parser.add_argument("--processor", action="store_true", help="its time, for a busy machine")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    torch.set_num_threads(asked.threads)
    clock = process_time if asked.processor else perf_counter
    code = "200 bits" if asked.bits else "20 x 10 categories"
    print(f"Milliseconds a training step, {code}, PyTorch {torch.__version__}, CPU; ratios to by hand.\n")
    print("| estimator | by hand | compiled | Storchastic |\n| :-- | --: | --: | --: |")
    for estimator in ESTIMATORS:
        wanted = not asked.only or estimator.startswith(tuple(asked.only))
        if wanted and is_legal(estimator, asked.bits):
            print(line(estimator, asked.bits, asked.steps, asked.rounds, clock), flush=True)


def line(estimator: str, bits: bool, steps: int, rounds: int, clock: Callable[[], float]) -> str:
    """The table's line of an estimator."""
    torch.manual_seed(0)
    made = {
        "by hand": handwritten(estimator, bits),
        "compiled": compiled(estimator, bits),
        "Storchastic": in_storch(estimator, bits),
    }
    times = interleave({name: each for name, each in made.items() if each is not None}, steps, rounds, clock)
    cells = [cell(name, times) for name in made]
    return f"| `{estimator}` | {' | '.join(cells)} |"


def cell(name: str, times: dict[str, float]) -> str:
    if name not in times:
        return ""
    time = f"{1000 * times[name]:.2f}"
    hand = times.get("by hand")
    return time if hand is None or name == "by hand" else f"{time} ({times[name] / hand:.2f})"


if __name__ == "__main__":
    main()
