"""The binomial distribution: torch's, with an entropy and a divergence that torch.compile can follow."""

from __future__ import annotations

import torch
from torch import Tensor, distributions
from torch.distributions import register_kl
from torch.types import _size

from scgc.runtime.bernoulli import Bernoulli, kl_bernoulli
from scgc.runtime.families import Plain


class Binomial(Plain, distributions.Binomial):
    """Successes among `total_count` tries, each with `probs` or log-odds `logits`, [...].

    `tries` is the total count if it is one number, which the entropy and the divergence need.
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

    def entropy(self) -> Tensor:
        """[...]. Raises NotImplementedError where the total count differs between elements."""
        if self.tries is None:
            raise NotImplementedError("the entropy of a Binomial whose total count is a tensor")
        counts = torch.arange(self.tries + 1, dtype=self.logits.dtype, device=self.logits.device)
        counts = counts.reshape(-1, *(1,) * self.logits.dim())
        log_probs: Tensor = self.log_prob(counts)  # type: ignore[no-untyped-call]
        return -(log_probs.exp() * log_probs).sum(0)


def _kl_binomial(q: Binomial, p: Binomial) -> Tensor:
    if q.tries is None or q.tries != p.tries:
        raise NotImplementedError("kl of Binomials whose total count is not the same number")
    return q.tries * kl_bernoulli(Bernoulli(logits=q.logits), Bernoulli(logits=p.logits))


register_kl(Binomial, Binomial)(_kl_binomial)  # type: ignore[no-untyped-call]
