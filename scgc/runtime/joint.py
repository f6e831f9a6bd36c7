"""The joint law of a plate of independent discrete elements, for estimators that choose among joint values.

A `table` is [lead..., n, k]: the log-probabilities of the k categories of each of the n elements of an
example (n = 1 without a plate), in float32 at least. A joint value is the n categories, integers [..., n].
What the estimators hand out stands as [S, ones..., lead..., plate..., event...], the weights as
[S, ones..., lead...].
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.distributions import Distribution
from torch.nn.functional import logsigmoid

from scgc.runtime.bernoulli import Bernoulli
from scgc.runtime.categorical import Categorical


def log_table(q: Categorical | Bernoulli, plates: int = 0) -> Tensor:
    """The table of `q`, differentiable in its parameters; category 1 of a Bernoulli is the number 1.

    plates: how many of the last batch axes are independent elements of one example.
    """
    logits = in_a_row(wide(q.logits), q, plates)
    if isinstance(q, Bernoulli):
        return torch.stack([logsigmoid(-logits), logsigmoid(logits)], -1)
    return logits.log_softmax(-1)


def in_a_row(x: Tensor, q: Distribution, plates: int) -> Tensor:
    """From q's batch and event shape to [lead..., n, event...]."""
    lead, plate = halves(q, plates)
    return x.reshape(*lead, math.prod(plate), *q.event_shape)


def support_size(table: Tensor) -> int:
    """How many joint values an example has."""
    n, k = table.shape[-2:]
    return int(k**n)


def log_prob_at(table: Tensor, codes: Tensor) -> Tensor:
    """The log-probability, [lead..., S], of S joint values of each example, [lead..., S, n]."""
    rows = table.unsqueeze(-3).expand(*codes.shape, table.shape[-1])
    return rows.gather(-1, codes.unsqueeze(-1)).squeeze(-1).sum(-1)


def values_at(q: Categorical | Bernoulli, codes: Tensor, plates: int, dims: int | None) -> Tensor:
    """The values of `q` that belong to joint values [S, lead..., n]."""
    if isinstance(q, Bernoulli):
        return framed(codes.to(q.logits.dtype), q, plates, dims)
    values = torch.zeros(*codes.shape, q.logits.shape[-1], dtype=q.logits.dtype, device=q.logits.device)
    return framed(values.scatter(-1, codes.unsqueeze(-1), 1.0), q, plates, dims)


def framed(values: Tensor, q: Distribution, plates: int, dims: int | None) -> Tensor:
    """[S, lead..., n, event...] with the plate's own axes, q's batch shape padded by ones to `dims` axes."""
    lead, plate = halves(q, plates)
    return values.reshape(len(values), *padding(q, dims), *lead, *plate, *q.event_shape)


def framed_weights(weights: Tensor, q: Distribution, plates: int, dims: int | None) -> Tensor:
    """[S, lead...] with the same padding."""
    return weights.reshape(len(weights), *padding(q, dims), *halves(q, plates)[0])


def halves(q: Distribution, plates: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """q's batch shape: what stands in front of an example's plate, and the plate."""
    batch = tuple(q.batch_shape)
    return batch[: len(batch) - plates], batch[len(batch) - plates :]


def padding(q: Distribution, dims: int | None) -> tuple[int, ...]:
    """The axes of length 1 that bring q's batch shape to `dims` axes."""
    return (1,) * (0 if dims is None else dims - len(q.batch_shape))


def wide(x: Tensor) -> Tensor:
    """In float32, or in float64 where it is."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def slope(x: Tensor) -> Tensor:
    """Exactly 0, with the gradient of `x`."""
    return x - x.detach()
