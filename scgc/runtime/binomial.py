"""The binomial distribution: torch's, with an entropy and a divergence that torch.compile can follow."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, distributions
from torch.distributions import register_kl
from torch.types import _size

from scgc.runtime.bernoulli import Bernoulli, kl_bernoulli
from scgc.runtime.families import Plain


class Binomial(Plain, distributions.Binomial):
    """Successes among `total_count` tries, each with `probs` or log-odds `logits`, [...].

    `tries` is the total count if it is one number. If it is a tensor, `torch.compile` follows neither the
    entropy nor the divergence, which are sums up to the largest count.
    """

    def __init__(
        self,
        total_count: Tensor | int,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
    ) -> None:
        self.tries = None if isinstance(total_count, Tensor) else total_count
        if isinstance(total_count, Tensor):
            total_count = total_count.float()  # torch mixes no integers with probabilities
        super().__init__(total_count, **({"probs": probs} if logits is None else {"logits": logits}))

    def expand(self, batch_shape: _size, _instance: object = None) -> Binomial:
        count = self.total_count.expand(*batch_shape) if self.tries is None else self.tries
        return Binomial(count, logits=self.logits.expand(*batch_shape))

    @property
    def count(self) -> int:
        """Of its values. Raises ValueError if the number of tries is a tensor."""
        if self.tries is None:
            raise ValueError("Binomials with tries of their own have no common list of values")
        return self.tries + 1

    def values(self) -> Tensor:
        """[count]: 0, 1, ..., total_count."""
        return torch.arange(self.count, dtype=self.logits.dtype, device=self.logits.device)

    def entropy(self) -> Tensor:
        """[...]"""
        return -self.expected(self.log_prob_within)

    def expected(self, value: Callable[[Tensor], Tensor]) -> Tensor:
        """The expectation of a value of the counts: [...]."""
        most = int(self.total_count.max()) if self.tries is None else self.tries
        counts = torch.arange(most + 1, dtype=self.logits.dtype, device=self.logits.device)
        counts = counts.reshape(-1, *(1,) * self.logits.dim())
        terms = self.log_prob_within(counts).exp() * value(counts)
        return torch.where(counts <= self.total_count, terms, 0.0).sum(0)

    def log_prob_within(self, counts: Tensor) -> Tensor:
        """The log-probability; of counts beyond the total that of the total."""
        found: Tensor = self.log_prob(counts.minimum(self.total_count))  # type: ignore[no-untyped-call]
        return found


def _kl_binomial(q: Binomial, p: Binomial) -> Tensor:
    """Infinite where q may count further than p."""
    if q.tries is not None and q.tries == p.tries:
        return q.tries * kl_bernoulli(Bernoulli(logits=q.logits), Bernoulli(logits=p.logits))
    found = q.expected(lambda counts: q.log_prob_within(counts) - p.log_prob_within(counts))
    return torch.where(q.total_count > p.total_count, torch.inf, found)


register_kl(Binomial, Binomial)(_kl_binomial)  # type: ignore[no-untyped-call]
