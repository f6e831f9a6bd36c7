"""Where the right answer stands among all classes, for queries that may have several right ones.

Ties share the mean of their places, so that equal logits for everything rank in the middle; what is not a
number ranks last.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scgc.runtime.functions import broadcast_shapes


def filtered_rank(logits: Tensor, target: Tensor | int, known: Tensor) -> Tensor:
    """The place of the target, from 1, by its logit among the classes that are not `known`.

    logits and known (bool) [lead..., k], target [lead...] to [lead...]. The target counts even if it is
    known: `known` holds the right answers (Bordes et al. 2013, the filtered setting).
    """
    logits, target, rivals = _rivals(logits, target, ~known)
    below, level = _compare(logits, target, rivals)
    return 1 + rivals.sum(-1) - below - level / 2


def rank_quantile(logits: Tensor, target: Tensor | int, negatives: Tensor) -> Tensor:
    """The share of the negatives whose logit is below the target's; 1 where there is none.

    logits and negatives (bool) [lead..., k], target [lead...] to [lead...] (Guu et al. 2015, section 5).
    """
    logits, target, rivals = _rivals(logits, target, negatives)
    below, level = _compare(logits, target, rivals)
    count = rivals.sum(-1)
    return torch.where(count > 0, (below + level / 2) / count.clamp(min=1), 1.0)


def _rivals(logits: Tensor, target: Tensor | int, rivals: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Everything at its full shape, target [lead..., 1]; the target is no rival of its own."""
    target = torch.as_tensor(target, device=logits.device)
    lead = broadcast_shapes(logits.shape[:-1], target.shape, rivals.shape[:-1])
    target = target.expand(lead).unsqueeze(-1)
    size = (*lead, logits.shape[-1])
    return logits.expand(size), target, rivals.expand(size).scatter(-1, target, False)


def _compare(logits: Tensor, target: Tensor, rivals: Tensor) -> tuple[Tensor, Tensor]:
    """How many rivals lie below the target and how many are level with it."""
    own = logits.gather(-1, target)
    below = ((logits < own) & rivals).sum(-1, dtype=torch.int32)
    return below, ((logits == own) & rivals).sum(-1, dtype=torch.int32)
