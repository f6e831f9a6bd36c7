"""The estimator `disarm`: antithetic pairs of draws, the noise that only swaps them integrated out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.declared import NEVER, SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="disarm(samples : dim = 1)",
    draw="disarm",
    families=("Bernoulli", "Categorical"),
    carries="weights",
    relaxed=False,
    biased=False,
    doc="Compares antithetic pairs of draws, jointly over a plate; categories are leaves of a binary tree.",
    cost="2 `samples` draws and everything after them",
    source="Dong, Mnih and Tucker 2020 (DisARM) and 2021 (DisARM-Tree); Yin et al. 2020 (U2G)",
    limits={"samples": SIZE},
)


def disarm(
    q: Bernoulli | Categorical, *, samples: int = 1, plates: int = 0, dims: int | None = None, mode: Mode
) -> tuple[Tensor, Tensor | None]:
    """In training `samples` antithetic pairs of hard draws, [S, ...] with S = 2 samples, and their weights.

    With logistic noise e, b = 1[logit + e > 0] and b' = 1[logit - e > 0]; the gradient of the logit is
    1/2 (f(b) - f(b')) (b - b') sigmoid(|logit|) (Dong et al. 2020). A plate's elements are mirrored all at
    once. A Categorical is a balanced binary tree of such bits, each the choice between
    the halves of what is left; those that neither draw of a pair reaches carry no gradient (DisARM-Tree of
    Dong, Mnih and Tucker 2021). Two categories are one bit.

    plates, dims: as for `enumerate_support`. Otherwise a draw (in mode "mode" the mode) and None.
    """
    if mode != "train":
        return (q.mode if mode == "mode" else q.sample()), None
    from scgc.runtime.bernoulli import Bernoulli
    from scgc.runtime.joint import framed, framed_weights, in_a_row, wide

    rows = in_a_row(wide(q.logits), q, plates)
    values, weights = _bits(rows, samples) if isinstance(q, Bernoulli) else _leaves(rows, samples)
    values = values.flatten(0, 1).to(q.logits.dtype)
    return framed(values, q, plates, dims), framed_weights(weights.flatten(0, 1), q, plates, dims)


def _bits(logits: Tensor, samples: int) -> tuple[Tensor, Tensor]:
    """Pairs of draws, [2, samples, ..., n], and their weights, [2, samples, ...]."""
    bits, coefficient = _choices(logits, samples)
    return bits, _weights(samples, logits, coefficient, bits)


def _leaves(logits: Tensor, samples: int) -> tuple[Tensor, Tensor]:
    """Pairs of draws, [2, samples, ..., n, k], and their weights, [2, samples, ...]."""
    import torch

    levels = _tree(logits)
    # which node of the level each draw of the pair is at
    at = logits.new_ones(2, samples, *levels[0].shape)
    parts: list[tuple[Tensor, ...]] = []
    for level in levels:
        bits, coefficient = _choices(level, samples)
        rows = (level, at.amax(0) * coefficient, bits, at)
        parts.append(tuple(x.flatten(-2) for x in rows))
        # the first of two children is where the bit is 1
        at = torch.stack([at * bits, at * (1 - bits)], -1).flatten(-2)
    weights = _weights(samples, *(torch.cat(x, -1) for x in zip(*parts, strict=True)))
    return at[..., : logits.shape[-1]], weights


def _weights(samples: int, *rows: Tensor) -> Tensor:
    from scgc.runtime.paired import paired_weights

    half = 0.5 / samples
    return paired_weights(*rows, values=(half, half), share=half)


def _choices(level: Tensor, samples: int) -> tuple[Tensor, Tensor]:
    """For log-odds [...] pairs of bits, [2, samples, ...], and twice their coefficients in the gradient."""
    import torch

    from scgc.runtime.paired import mirrored

    _, bits, p = mirrored(level.expand(samples, *level.shape))
    return bits, (bits[0] - bits[1]).mul_(torch.maximum(p, 1 - p))


def _tree(logits: Tensor) -> list[Tensor]:
    """The log-odds of the first half at every node of a binary tree over the last axis, the root first:
    [..., 1], [..., 2], [..., 4] and so on. Leaves that are no category are never reached."""
    import torch
    from torch.nn.functional import pad

    k = logits.shape[-1]
    depth = max(1, (k - 1).bit_length())
    sums, levels = pad(logits, (0, 2**depth - k), value=NEVER), []
    for _ in range(depth):
        first, second = sums[..., 0::2], sums[..., 1::2]
        levels.append(first - second)
        # logaddexp has no second derivative where its arguments are far apart
        sums = torch.stack([first, second]).logsumexp(0)
    return levels[::-1]
