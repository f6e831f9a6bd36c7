"""Sums over all spanning trees with a root, by taking the nodes out one after the other.

The sum over all arborescences of the product of their edges' weights is a determinant (the matrix-tree
theorem, Tutte 1948; used so by Koo et al. 2007). Taking node k out gives each pair of others the weight
of the way through k besides its own,

    w'[u, v] = w[u, v] + w[u, k] w[k, v] / s[k],    s[k] = sum over v of w[k, v],

and the sum of the old graph is s[k] times that of the new: Gaussian elimination of the Laplacian, but without
a subtraction (Grassmann, Taksar and Heyman 1985), so that it can be done in logarithms and no weight is lost
beside larger ones. Put back in one after the other, the nodes tell how often an edge is in the tree, or draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from scgc.runtime.noise import gumbel_like, logistic_like

PLAIN = 50.0
"""Where softplus is the identity: in float64, log(1 + exp(-50)) is nothing beside 50."""


@dataclass
class Step:
    """A node k, taken out when only those before it were left; all are logarithms.

    total: [...], s[k]. share: [..., k], w[k, v] / s[k] of the nodes v before it. through: [..., k - 1, k],
    the odds that an edge of the others leads through k: w[u, k] w[k, v] / s[k] to w[u, v], for u from 1 on.
    """

    total: Tensor
    share: Tensor
    through: Tensor


def eliminate(weights: Tensor) -> list[Step]:
    """The nodes from 1 on, in their order.

    weights: [..., n - 1, n], finite logarithms, of the nodes from 1 on to their parents. A node's weight to
        itself is not read.
    """
    steps = []
    for k in range(weights.shape[-2], 0, -1):
        row, into = weights[..., k - 1, :k], weights[..., : k - 1, k]
        total = row.logsumexp(-1)
        share = row - total.unsqueeze(-1)
        plain = weights[..., : k - 1, :k]
        through = into.unsqueeze(-1) + share.unsqueeze(-2) - plain
        weights = plain + softplus(through, threshold=PLAIN)
        steps.append(Step(total, share, through))
    return steps[::-1]


def log_sum(steps: list[Step], lead: Tensor) -> Tensor:
    """[...]: the logarithm of the sum over all trees; `lead` is [...] zeros."""
    return torch.stack([lead, *(step.total for step in steps)]).sum(0)


def marginals(steps: list[Step], lead: Tensor) -> Tensor:
    """[..., n - 1, n]: the probability of each edge, the derivative of `log_sum` by its logarithm.

    The chain rule written out, to have a derivative itself; `lead` is [...] zeros.
    """
    found = lead[..., None, None][..., :0, :]
    for step in steps:
        through = found * step.through.sigmoid()
        column = through.sum(-1, keepdim=True)
        row = through.sum(-2) + step.share.exp() * (1 - column.sum(-2))
        row = torch.cat([row, torch.zeros_like(row[..., :1])], -1)  # a node is not its own parent
        found = torch.cat([torch.cat([found - through, column], -1), row.unsqueeze(-2)], -2)
    return found


def draw(steps: list[Step], lead: Tensor) -> Tensor:
    """[..., n] parents (the root's is 0), exactly from the distribution.

    lead: [...] zeros, with any axes in front of the steps'.

    When k comes back, an edge of the tree without it goes through k with its share of the weight w'; then k
    picks a parent among the nodes that do not hang on it by now. The sum over the ways in which the edges
    through k could have gone on equals s[k] times that over k's parent, so the law is the right one.
    """
    parent = torch.zeros((*lead.shape, 1), dtype=torch.long, device=lead.device)
    for k, step in enumerate(steps, start=1):
        before = parent[..., 1:]
        if k > 1:
            odds = step.through.expand(*lead.shape, k - 1, k).gather(-1, before.unsqueeze(-1)).squeeze(-1)
            before = torch.where(odds + logistic_like(odds) > 0, k, before)
        parent = torch.cat([parent[..., :1], before, torch.full_like(parent[..., :1], k)], -1)
        ends = parent
        for _ in range(k.bit_length()):
            ends = ends.gather(-1, ends)
        share = step.share.expand(*lead.shape, k)
        share = torch.where(ends[..., :k] == 0, share + gumbel_like(share), -torch.inf)
        parent = torch.cat([parent[..., :k], share.argmax(-1, keepdim=True)], -1)
    return parent
