"""All spanning trees and all subsets of small size, for tests of the distributions over them."""

from itertools import combinations, product

import torch
from torch import Tensor


def trees(n: int) -> Tensor:
    """[n ** (n - 2), n, n]: the parents of every tree with root 0, one-hot; the root's row names the root."""
    found = []
    for parents in product(range(n), repeat=n - 1):
        parent = (0, *parents)
        ends = list(range(n))
        for _ in range(n):
            ends = [parent[u] for u in ends]
        if not any(ends):
            found.append(parent)
    assert len(found) == (n ** (n - 2) if n > 1 else 1)
    return torch.nn.functional.one_hot(torch.tensor(found), n).double()


def subsets(n: int, k: int) -> Tensor:
    """[n over k, n] bits."""
    rows = [[float(i in chosen) for i in range(n)] for chosen in combinations(range(n), k)]
    return torch.tensor(rows, dtype=torch.float64)


def scores(values: Tensor, logits: Tensor) -> Tensor:
    """[values, ...]: the sum of the logits of each; of a tree without the root's row."""
    if logits.dim() > 1 and values.dim() == 3:
        values, logits = values[:, 1:], logits[..., 1:, :]
        return torch.einsum("vij,...ij->v...", values, logits)
    return torch.einsum("vi,...i->v...", values, logits)
