"""Sums over all spanning trees with a root, by taking the nodes out one after the other.

The sum over all arborescences of the product of their edges' weights is a determinant (the matrix-tree
theorem, Tutte 1948; used so by Koo et al. 2007). Taking node k out gives each pair of others the weight
of the way through k besides its own,

    w'[u, v] = w[u, v] + w[u, k] w[k, v] / s[k],    s[k] = sum over v of w[k, v],

and the sum of the old graph is s[k] times that of the new: Gaussian elimination of the Laplacian, but without
a subtraction (Grassmann, Taksar and Heyman 1985), so that small weights are not lost beside large ones. Its
derivatives are the marginals; put back in one after the other, the nodes draw a tree.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scgc.runtime.noise import exponential_like, uniform_like


@dataclass
class Step:
    """A node k, taken out when only those before it were left.

    total: [...], s[k]. share: [..., k], w[k, v] / s[k] of the nodes v before it. into: [..., k - 1],
    w[u, k] of the nodes u from 1 on. rest: [..., k - 1, k], the weights w' of those without it.
    """

    total: Tensor
    share: Tensor
    into: Tensor
    rest: Tensor


def eliminate(weights: Tensor) -> list[Step]:
    """The nodes from 1 on, in their order; [..., n - 1, n] weights, of the nodes from 1 on to their parents.

    A node's weight to itself is not read. Every node needs some weight to the root, node 0.
    """
    steps = []
    for k in range(weights.shape[-2], 0, -1):
        row, into = weights[..., k - 1, :k], weights[..., : k - 1, k]
        total = row.sum(-1)
        share = row / total.unsqueeze(-1)
        weights = weights[..., : k - 1, :k] + into.unsqueeze(-1) * share.unsqueeze(-2)
        steps.append(Step(total, share, into, weights))
    return steps[::-1]


def log_sum(steps: list[Step], lead: Tensor) -> Tensor:
    """[...]: the logarithm of the sum over all trees; `lead` is [...] zeros."""
    return torch.stack([lead, *(step.total.log() for step in steps)]).sum(0)


def slopes(steps: list[Step], lead: Tensor) -> Tensor:
    """[..., n - 1, n]: the derivative of `log_sum` by the weights; times the weight, an edge's probability.

    The chain rule written out, to have a derivative itself; `lead` is [...] zeros.
    """
    found = lead[..., None, None][..., :0, :]
    for step in steps:
        column = (found @ step.share.unsqueeze(-1)).squeeze(-1)
        through = (step.into.unsqueeze(-2) @ found).squeeze(-2)
        usage = (step.into * column).sum(-1, keepdim=True)
        row = (1 + through - usage) / step.total.unsqueeze(-1)
        # a node is not its own parent
        row = torch.cat([row, torch.zeros_like(row[..., :1])], -1)
        found = torch.cat([torch.cat([found, column.unsqueeze(-1)], -1), row.unsqueeze(-2)], -2)
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
        share = step.share.expand(*lead.shape, k)
        if k > 1:
            weight = step.rest.expand(*lead.shape, k - 1, k).gather(-1, before.unsqueeze(-1)).squeeze(-1)
            through = step.into * share.gather(-1, before)
            before = torch.where(uniform_like(weight) * weight < through, k, before)
        ends = torch.cat([parent[..., :1], before, torch.full_like(parent[..., :1], k)], -1)
        parent = ends
        for _ in range(k.bit_length()):
            ends = ends.gather(-1, ends)
        free = ends[..., :k] == 0
        chosen = (share * free / exponential_like(share)).argmax(-1, keepdim=True)
        parent = torch.cat([parent[..., :k], chosen], -1)
    return parent
