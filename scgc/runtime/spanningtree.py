"""The distribution over undirected spanning trees: `Arborescence` with symmetric logits, without directions.

Each tree can be rooted at node 0 in one way, so that both have the same sums.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributions import register_kl
from torch.types import _size

from scgc.runtime.arborescence import Arborescence
from scgc.runtime.noise import gumbel_like
from scgc.runtime.structure import Structure


class SpanningTree(Structure):
    """A tree on n nodes.

    logits: [..., n, n], any real numbers: the score of an edge is the mean of those of its two directions.
        The diagonal is not read; a node without any edge above -5e8 (padding) is none of the tree's.
    A draw is [..., n, n] bits in their dtype, symmetric, without a diagonal.
    """

    event_axes = 2

    def __init__(self, logits: Tensor) -> None:
        # Distribution.__init__ is left out on purpose, as in the other families.
        self.logits = logits
        self.rooted = Arborescence(_both(logits))

    def expand(self, batch_shape: _size, _instance: object = None) -> SpanningTree:
        return SpanningTree(self.logits.expand(*batch_shape, *self.event_shape))

    def log_partition(self) -> Tensor:
        """[...], float64: the logarithm of the sum over all trees."""
        return self.rooted.log_partition()

    def sample(self, sample_shape: _size = ()) -> Tensor:
        """[*sample_shape, ..., n, n]"""
        return self._edges(self.rooted.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """[...], of a tree; linear in `value`, so that it is defined for relaxed draws too."""
        return self.rooted.log_prob(self._half(value))

    def entropy(self) -> Tensor:
        return self.rooted.entropy()

    def noise(self) -> Tensor:
        """What a relaxation adds to the logits: the same for both directions of an edge."""
        above = gumbel_like(self.logits).triu(1)
        return above + above.transpose(-1, -2)

    def relax(self, x: Tensor) -> Tensor:
        """From [..., n, n] numbers to the probabilities that the edges would have."""
        return self._edges(self.rooted.relax(_both(x)))

    def corner(self, x: Tensor) -> Tensor:
        """From [..., n, n] numbers to the tree of the largest sum, without a gradient."""
        return self._edges(self.rooted.corner(_both(x)))

    def _edges(self, parents: Tensor) -> Tensor:
        """Edges to parents as edges, without those of the root and of what is none of the tree's."""
        own = self.rooted.own().unsqueeze(-1)
        found = torch.where(own, parents, 0.0)
        found = torch.cat([torch.zeros_like(found[..., :1, :]), found[..., 1:, :]], -2)
        return found + found.transpose(-1, -2)

    def _half(self, value: Tensor) -> Tensor:
        """Half of each edge in either direction; those to the root's row, which is not read, are whole."""
        half = value / 2
        return torch.cat([value[..., :1], half[..., 1:]], -1)


def _both(logits: Tensor) -> Tensor:
    return (logits + logits.transpose(-1, -2)) / 2


def _kl_trees(q: SpanningTree, p: SpanningTree) -> Tensor:
    """KL(q || p) in nats: [...]."""
    probs = q.rooted.probs.double()
    change = q.rooted.score(probs) - p.rooted.score(probs)
    return (change - q.log_partition() + p.log_partition()).to(q.logits.dtype)


register_kl(SpanningTree, SpanningTree)(_kl_trees)  # type: ignore[no-untyped-call]
