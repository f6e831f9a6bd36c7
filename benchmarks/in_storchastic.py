"""The discrete variational autoencoder in Storchastic, after the example in its own package; if it is there.

Its gradients are not the standard of anything: in 0.3.7 some of them are wrong (docs/benchmarks.md). Its ARM
is missing here: with several bits it fails in `backward`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any
from warnings import catch_warnings, simplefilter

import torch
from handwritten.discrete_vae import DiscreteVae
from torch import Tensor
from torch.distributions import Bernoulli, Distribution, OneHotCategorical, kl_divergence
from torch.distributions.utils import clamp_probs

METHODS: dict[str, Callable[[Any, bool], Any]] = {
    "score": lambda m, bits: m.ScoreFunction("z"),
    "score(baseline = moving_average)": lambda m, bits: m.ScoreFunction(
        "z", baseline_factory="moving_average"
    ),
    "score(samples = 2, baseline = leave_one_out)": lambda m, bits: m.ScoreFunction(
        "z", n_samples=2, baseline_factory="batch_average"
    ),
    "score(samples = 4, baseline = leave_one_out)": lambda m, bits: m.ScoreFunction(
        "z", n_samples=4, baseline_factory="batch_average"
    ),
    "without_replacement": lambda m, bits: m.UnorderedSetEstimator("z", k=4),
    "without_replacement(weights = ordered)": lambda m, bits: m.ScoreFunctionWOR("z", k=4),
    "rebar": lambda m, bits: m.REBAR("z"),
    "relax": lambda m, bits: m.RELAX("z", in_dim=(200,) if bits else (20, 10)),
    "gumbel_softmax(tau = 0.5)": lambda m, bits: m.GumbelSoftmax("z", initial_temperature=0.5),
    "gumbel_softmax(tau = 0.5, hard = true)": lambda m, bits: m.GumbelSoftmax(
        "z", initial_temperature=0.5, straight_through=True
    ),
    "entmax": lambda m, bits: m.GumbelEntmax("z"),
    "sparsemax": lambda m, bits: m.GumbelSparseMax("z"),
    "disarm": lambda m, bits: m.DisARM("z"),
}
ONLY_BITS = ("disarm",)
ONLY_CATEGORIES = ("entmax", "sparsemax", "without_replacement", "without_replacement(weights = ordered)")


@cache
def storch() -> Any:
    """The package; None where it is not installed."""
    with catch_warnings():
        simplefilter("ignore")
        try:
            return import_module("storch")
        except ImportError:
            return None


def has(estimator: str, bits: bool) -> bool:
    """Whether Storchastic is there and has the estimator for such a code."""
    without = ONLY_CATEGORIES if bits else ONLY_BITS
    return storch() is not None and estimator in METHODS and estimator not in without


def method(estimator: str, bits: bool) -> Any:
    """The method that draws the code."""
    return METHODS[estimator](storch().method, bits)


def backward(vae: DiscreteVae, method: Any, x: Tensor) -> float:
    """A forward and a backward pass; the loss."""
    package = storch()
    package.reset()
    encode = package.deterministic(vae.encoder.forward if vae.bits else vae.logits)
    decode = package.deterministic(vae.decoder.forward)
    data = package.denote_independent(x, 0, "data")
    logits = encode(data)
    posterior, prior = laws(logits, vae.bits)
    package.add_cost(kl_divergence(posterior, prior).sum(-1), "rate")
    z = method(posterior)
    y = decode(z.float() if vae.bits else z.reshape((*z.shape[:-2], -1))).sigmoid()
    package.add_cost(package.nn.b_binary_cross_entropy(y, data, reduction="sum"), "recon")
    return float(package.backward())


def laws(logits: Tensor, bits: bool) -> tuple[Distribution, Distribution]:
    """Of the code and its prior, given by probabilities: its control variates read the gradient of those."""
    if bits:
        p = clamp_probs(logits.sigmoid())
        return Bernoulli(probs=p), Bernoulli(probs=torch.full_like(p, 0.5))
    p = logits.softmax(-1)
    return OneHotCategorical(probs=p), OneHotCategorical(probs=torch.full_like(p, 1 / p.shape[-1]))
