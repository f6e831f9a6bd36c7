"""The distribution over spanning trees with a root; see `categorical.py` for the manner.

Trees are weighed by the product of exp(logit) over their edges: an exponential family, whose sums
`elimination.py` computes.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributions import register_kl
from torch.types import _size

from scgc.declared import NEVER
from scgc.runtime.branching import heaviest
from scgc.runtime.elimination import draw, eliminate, log_sum, marginals
from scgc.runtime.noise import gumbel_like
from scgc.runtime.structure import Structure

LEAST = -1e5
"""The least logit of an edge beside the largest of its node: finite, so that there is always a tree."""


class Arborescence(Structure):
    """A tree of n nodes, in which every node but the root, node 0, picks its parent.

    logits: [..., u, v], any real numbers: the score of v as the parent of u. The root's row and the diagonal
        are not read. A node all of whose logits are at or below -5e8 (padding) is none of the tree's.
    A draw is [..., n, n] in their dtype, one-hot in every row; the root's row names the root itself, and so
    do those of nodes that are none of the tree's.
    """

    event_axes = 2

    def __init__(self, logits: Tensor) -> None:
        # Distribution.__init__ is left out on purpose, as in the other families.
        self.logits = logits

    def expand(self, batch_shape: _size, _instance: object = None) -> Arborescence:
        return Arborescence(self.logits.expand(*batch_shape, *self.event_shape))

    def log_partition(self) -> Tensor:
        """[...], float64: the logarithm of the sum over all trees."""
        weights, top = self._weights(self.logits)
        return log_sum(eliminate(weights), _nothing(weights)) + top

    def sample(self, sample_shape: _size = ()) -> Tensor:
        """[*sample_shape, ..., n, n]"""
        with torch.no_grad():
            weights, _ = self._weights(self.logits)
            parents = draw(eliminate(weights), weights.new_zeros((*sample_shape, *self.batch_shape)))
            return self._rows(parents)

    def log_prob(self, value: Tensor) -> Tensor:
        """[...], of a tree; linear in `value`, so that it is defined for relaxed draws too."""
        return (self.score(value) - self.log_partition()).to(self.logits.dtype)

    def entropy(self) -> Tensor:
        return (self.log_partition() - self.score(self._marginals(self.logits))).to(self.logits.dtype)

    def noise(self) -> Tensor:
        """What a relaxation adds to the logits. The heaviest tree of the sums is not quite a draw."""
        return gumbel_like(self.logits)

    def relax(self, x: Tensor) -> Tensor:
        """From [..., n, n] numbers to the probabilities that the edges would have; every row sums to 1."""
        return self._marginals(x).to(self.logits.dtype)

    def corner(self, x: Tensor) -> Tensor:
        """From [..., n, n] numbers to the tree of the largest sum, without a gradient."""
        scores = self._masked(x.detach()).flatten(0, -3) if x.dim() > 2 else self._masked(x.detach())[None]
        parents = [torch.from_numpy(heaviest(s)) for s in scores.cpu().numpy()]
        found = torch.stack(parents) if parents else torch.zeros(scores.shape[:-1], dtype=torch.long)
        return self._rows(found.to(x.device).reshape(x.shape[:-1]))

    def _rows(self, parents: Tensor) -> Tensor:
        shape, device = (*parents.shape, self.logits.shape[-1]), parents.device
        return torch.zeros(shape, dtype=self.logits.dtype, device=device).scatter(
            -1, parents.unsqueeze(-1), 1.0
        )

    def own(self) -> Tensor:
        """[..., n]: which nodes are the tree's."""
        diagonal = torch.eye(self.logits.shape[-1], dtype=torch.bool, device=self.logits.device)
        own = ((self.logits.detach() > NEVER / 2) & ~diagonal).any(-1)
        own[..., 0] = True
        return own

    def _masked(self, x: Tensor) -> Tensor:
        """[..., n, n], float64: what is none of the tree's hangs on the root, at no cost."""
        own = self.own()
        n = x.shape[-1]
        diagonal = torch.eye(n, dtype=torch.bool, device=x.device)
        both = own.unsqueeze(-1) & own.unsqueeze(-2) & ~diagonal
        hanging = torch.zeros(n, dtype=torch.bool, device=x.device)
        hanging[0] = True
        away = torch.where(~own.unsqueeze(-1) & hanging, 0.0, NEVER).to(torch.float64)
        return torch.where(both, x.double().clamp_min(NEVER), away)

    def _weights(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[..., n - 1, n] logarithms, the largest of each node 0, and [...] what was taken out."""
        scores = self._masked(x)[..., 1:, :]
        top = scores.detach().amax(-1, keepdim=True)
        return (scores - top).clamp_min(LEAST), top.sum((-1, -2))

    def _marginals(self, x: Tensor) -> Tensor:
        """[..., n, n], float64."""
        weights, _ = self._weights(x)
        below = marginals(eliminate(weights), _nothing(weights))
        root = torch.zeros_like(x[..., :1, :], dtype=torch.float64)
        root[..., 0] = 1
        return torch.cat([root, below.clamp(0, 1)], -2)

    def score(self, value: Tensor) -> Tensor:
        """[...], float64: the sum of the logits of the edges, of the tree's nodes only."""
        edges = (value * self._masked(self.logits))[..., 1:, :].sum(-1)
        return torch.where(self.own()[..., 1:], edges, 0.0).sum(-1)


def _nothing(weights: Tensor) -> Tensor:
    """[...] zeros that autograd knows to depend on the weights, even if there are none: of a root alone."""
    return 0 * weights.sum((-1, -2))


def _kl_arborescence(q: Arborescence, p: Arborescence) -> Tensor:
    """KL(q || p) in nats: [...]."""
    probs = q._marginals(q.logits)
    change = q.score(probs) - p.score(probs)
    return (change - q.log_partition() + p.log_partition()).to(q.logits.dtype)


register_kl(Arborescence, Arborescence)(_kl_arborescence)  # type: ignore[no-untyped-call]
