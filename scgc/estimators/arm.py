"""The estimator `arm`: the same noise with its entries swapped gives every draw that is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from scgc.declared import SIZE
from scgc.estimators.declare import Estimator

if TYPE_CHECKING:
    from torch import Tensor

    from scgc.runtime import Bernoulli, Categorical, Mode

ESTIMATOR = Estimator(
    signature="arm(samples : dim = 1, reference : word = every)",
    draw="arm",
    families=("Bernoulli", "Categorical"),
    carries="weights",
    relaxed=False,
    biased=False,
    doc="Compares the draws from one noise with two of its entries swapped, jointly over a plate.",
    cost="2 draws and what follows for Bernoulli, k (k - 1) / 2 + 1 for k categories (`reference = one`: k)",
    source="Yin and Zhou 2019, theorem 1 (ARM); Yin, Yue and Zhou 2019 (ARSM, ARS)",
    words={"reference": ("every", "one")},
    limits={"samples": SIZE},
    beside="compared",
)


def arm(
    q: Bernoulli | Categorical,
    *,
    samples: int = 1,
    reference: Literal["every", "one"] = "every",
    plates: int = 0,
    dims: int | None = None,
    mode: Mode,
) -> tuple[Tensor, Tensor | None]:
    """In training hard draws, [S, ...], and behind them others from the same noise; and their weights, 0 but
    for the draws: what follows learns from these alone, the others are compared with them.

    Bernoulli (S = 2 samples): b = 1[u > sigmoid(-logit)] and b' = 1[u < sigmoid(logit)] with uniform u; the
    gradient of the logit is (f(b) - f(b')) (u - 1/2), for all elements of a plate at once.

    Categorical: z is where logit - log pi is largest, with pi uniform in the simplex; z(m, j) the same with
    entries m and j of pi swapped, in all elements of a plate at once. The gradient of logit c is the mean
    over j of (f(z(c, j)) - mean over m of f(z(m, j))) (1 - k pi_j).
    reference: "every" takes that mean (ARSM, S = samples (k (k - 1) / 2 + 1)), "one" a random j for each
        example (ARS, S = samples k).

    The second derivatives, which draws that jump do not show, come from what a draw tells of the noise: f(z)
    (1 - k pi_j) has the expectation of f(z) (1[z = j] - p_j), and this its derivative by the score of z.

    plates, dims: as for `enumerate_support`. Otherwise a draw (in mode "mode" the mode) and None.
    """
    if mode != "train":
        return (q.mode if mode == "mode" else q.sample()), None
    from scgc.runtime.bernoulli import Bernoulli
    from scgc.runtime.joint import framed, framed_weights, in_a_row, values_at, wide

    rows = in_a_row(wide(q.logits), q, plates)
    if isinstance(q, Bernoulli):
        values, weights = _mirrored(rows, samples)
        values = framed(values.flatten(0, 1).to(q.logits.dtype), q, plates, dims)
    else:
        codes, weights = _swapped(rows.expand(samples, *rows.shape), reference)
        values, weights = values_at(q, codes.flatten(0, 1), plates, dims), weights / samples
    return values, framed_weights(weights.flatten(0, 1), q, plates, dims)


def _mirrored(logits: Tensor, samples: int) -> tuple[Tensor, Tensor]:
    """Pairs of draws, [2, samples, ..., n], and their weights, [2, samples, ...], for logits [..., n]."""
    from scgc.runtime.paired import mirrored, paired_weights

    noise, bits, _ = mirrored(logits.expand(samples, *logits.shape))
    share = 1 / samples
    return bits, paired_weights(logits, noise - 0.5, bits, values=(share, 0.0), share=share)


def _swapped(logits: Tensor, reference: str) -> tuple[Tensor, Tensor]:
    """The categories, [S, ..., n], and their weights, [S, ...], for logits [..., n, k]."""
    import torch

    from scgc.runtime.joint import slope
    from scgc.runtime.noise import uniform_like

    lead, n, k = logits.shape[:-2], logits.shape[-2], logits.shape[-1]
    pi = -uniform_like(logits.detach()).log()
    pi = pi / pi.sum(-1, keepdim=True)
    every = torch.arange(k, device=logits.device)
    if reference == "every":
        pairs = torch.triu_indices(k, k, 1, device=logits.device)
        first, second = torch.nn.functional.pad(pairs, (1, 0)).expand(*lead, -1, -1).unbind(-2)
    else:
        second = torch.randint(k, (*lead, 1), device=logits.device)
        first = (second + every) % k  # the draw itself in front
    swaps = _swap(first.unsqueeze(-1), second.unsqueeze(-1), every).unsqueeze(-3)
    noise = pi.log().unsqueeze(-2).expand(*lead, n, swaps.shape[-2], k)
    moved = noise.gather(-1, swaps.expand_as(noise))
    codes = (logits.detach().unsqueeze(-2) - moved).argmax(-1)

    change, log_probs = slope(logits) - slope(logits).mean(-1, keepdim=True), logits.log_softmax(-1)
    # z(c, j) is the draw of noise whose entry c is pi_j: 1 - k pi_j tells of the probability of c
    curve = (change * slope(log_probs.exp())).sum(-2)
    if reference == "every":
        # [..., k, k]: what f(z(c, j)) counts for; z(c, j) is z(j, c), and z(c, c) the draw itself
        table = change.transpose(-1, -2) @ (1 - k * pi) / k
        table = table + table.transpose(-1, -2)
        own = 0.5 * table.diagonal(dim1=-2, dim2=-1).sum(-1, keepdim=True)
        tilt = torch.cat([own, table[..., pairs[0], pairs[1]]], -1)
        both = curve[..., pairs[0]] + curve[..., pairs[1]]
        curve = torch.cat([curve.sum(-1, keepdim=True), both], -1) / k
    else:
        tilt = (change * (1 - k * pi.gather(-1, second.unsqueeze(-2).expand(*lead, n, 1)))).sum(-2)
        tilt, curve = tilt.gather(-1, first), curve.gather(-1, first)
    tilt = tilt + 0.5 * (tilt * slope(log_probs.gather(-1, codes).sum(-2)) - curve)
    weights = torch.cat([1 + tilt[..., :1], tilt[..., 1:]], -1)
    return codes.movedim(-1, 0), weights.movedim(-1, 0)


def _swap(first: Tensor, second: Tensor, every: Tensor) -> Tensor:
    """[..., k]: the categories with two of them swapped."""
    import torch

    return torch.where(every == first, second, torch.where(every == second, first, every))
