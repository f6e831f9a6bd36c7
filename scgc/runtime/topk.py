"""The distribution over subsets of a fixed size; see `categorical.py` for the manner.

Among the subsets S of size k, p(S) is proportional to the product of exp(logit) over S: independent Bernoulli
elements given that k of them are 1 (Ahmed et al. 2023, SIMPLE). Sums over subsets come from a table
that is filled element by element in logarithms of float64.
"""

from __future__ import annotations

from math import comb

import torch
from torch import Tensor
from torch.distributions import register_kl
from torch.types import _size

from scgc.declared import NEVER
from scgc.runtime.noise import gumbel_like, uniform_like
from scgc.runtime.structure import Structure

IMPOSSIBLE = -1e18
"""The logarithm of an empty sum: below any sum of logits, and finite so that its gradient is."""


class TopK(Structure):
    """k of n elements, drawn as n bits.

    logits: [..., n], any real numbers; an element at or below -1e9 is not drawn where k others are there.
    A draw is [..., n] in their dtype.

    Raises ValueError if k is more than n.
    """

    event_axes = 1

    def __init__(self, logits: Tensor, k: int) -> None:
        # Distribution.__init__ is left out on purpose, as in the other families.
        if k > logits.shape[-1]:
            raise ValueError(f"TopK cannot draw {k} of {logits.shape[-1]} elements")
        self.logits, self.k = logits, k

    def expand(self, batch_shape: _size, _instance: object = None) -> TopK:
        return TopK(self.logits.expand(*batch_shape, self.logits.shape[-1]), self.k)

    def log_partition(self) -> Tensor:
        """[...], float64: the logarithm of the sum over all subsets of size k."""
        return _after(_wide(self.logits), self.k)[0][..., self.k]

    def sample(self, sample_shape: _size = ()) -> Tensor:
        """[*sample_shape, ..., n]: element by element, given how many are still to be drawn."""
        with torch.no_grad():
            logits = _wide(self.logits)
            after = _after(logits, self.k)
            noise = uniform_like(logits.expand(*sample_shape, *logits.shape)).log()
            left = torch.full(noise.shape[:-1], self.k, device=noise.device)
            bits = []
            for i in range(logits.shape[-1]):
                there, next_ = (t.expand(*left.shape, self.k + 1) for t in after[i : i + 2])
                chosen = next_.gather(-1, (left - 1).clamp_min(0).unsqueeze(-1)).squeeze(-1)
                whole = there.gather(-1, left.unsqueeze(-1)).squeeze(-1)
                bit = (noise[..., i] < logits[..., i] + chosen - whole) & (left > 0)
                left = left - bit.long()
                bits.append(bit)
            return torch.stack(bits, -1).to(self.logits.dtype)

    @property
    def count(self) -> int:
        """Of its subsets."""
        return comb(self.logits.shape[-1], self.k)

    def values(self) -> Tensor:
        """[count, n]: every subset."""
        n, device = self.logits.shape[-1], self.logits.device
        if self.k == 0:  # of which torch knows no combination
            return torch.zeros(1, n, dtype=self.logits.dtype, device=device)
        chosen = torch.combinations(torch.arange(n, device=device), self.k)
        zeros = torch.zeros(len(chosen), n, dtype=self.logits.dtype, device=device)
        return zeros.scatter(-1, chosen, 1.0)

    def log_prob(self, value: Tensor) -> Tensor:
        """[...], of a value with k ones; linear in it, so that it is defined for relaxed draws too."""
        total = (value * _wide(self.logits)).sum(-1)
        return (total - self.log_partition()).to(self.logits.dtype)

    def entropy(self) -> Tensor:
        logits = _wide(self.logits)
        return (self.log_partition() - (_marginals(logits, self.k) * logits).sum(-1)).to(self.logits.dtype)

    def noise(self) -> Tensor:
        """What a relaxation adds to the logits. The k largest sums are a sample without replacement (Kool et
        al. 2019), not a draw of this distribution unless k = 1."""
        return gumbel_like(self.logits)

    def relax(self, x: Tensor) -> Tensor:
        """From [..., n] numbers to the probabilities that the elements would have: [..., n] that sum to k."""
        return _marginals(_wide(x), self.k).to(self.logits.dtype)

    def corner(self, x: Tensor) -> Tensor:
        """From [..., n] numbers to ones at the k largest, without a gradient."""
        zeros = torch.zeros_like(x, dtype=self.logits.dtype)
        return zeros.scatter(-1, x.topk(self.k, -1).indices, 1.0)


def _wide(x: Tensor) -> Tensor:
    return x.double().clamp_min(NEVER)


def _after(logits: Tensor, k: int) -> list[Tensor]:
    """n + 1 times [..., k + 1]: the i-th says for each j the log-sum over the subsets of size j of the
    elements from i on."""
    table = logits.new_full((*logits.shape[:-1], k + 1), IMPOSSIBLE)
    table[..., 0] = 0
    tables = [table]
    for logit in reversed(logits.unbind(-1)):
        table = tables[-1]
        both = torch.stack([table[..., 1:], table[..., :-1] + logit.unsqueeze(-1)])
        grown = both.logsumexp(0)  # logaddexp has no second derivative where its arguments are far apart
        tables.append(torch.cat([table[..., :1], grown], -1))
    return tables[::-1]


def _marginals(logits: Tensor, k: int) -> Tensor:
    """[..., n]: for each element the share of the subsets of size k that hold it.

    A sum over how many of the k stand before it; nothing is subtracted.
    """
    after, before = _after(logits, k), _after(logits.flip(-1), k)[::-1]
    if k == 0:
        return torch.zeros_like(logits)
    left = torch.stack(before[:-1], -2)[..., :k]
    right = torch.stack(after[1:], -2)[..., :k].flip(-1)
    others = (left + right).logsumexp(-1)
    return (logits + others - after[0][..., k:]).exp()


def _kl_topk(q: TopK, p: TopK) -> Tensor:
    """KL(q || p) in nats: [...]. Raises NotImplementedError if they differ in k."""
    if q.k != p.k:
        raise NotImplementedError("kl of TopK distributions with different k")
    change = (_marginals(_wide(q.logits), q.k) * (_wide(q.logits) - _wide(p.logits))).sum(-1)
    return (change - q.log_partition() + p.log_partition()).to(q.logits.dtype)


register_kl(TopK, TopK)(_kl_topk)  # type: ignore[no-untyped-call]
