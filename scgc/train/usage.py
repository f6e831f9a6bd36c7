"""Which categories the stochastic nodes draw in training, counted over a whole epoch.

A step only keeps its draws; many steps' are counted at once. Nothing waits for the device before the counts
are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from scgc.analysis.named import nodes
from scgc.estimators import estimators
from scgc.ir.graph import Program, shown
from scgc.runtime import Model

STEPS, NUMBERS = 64, 2**20
"""How many steps' draws are kept at most, and how many numbers."""


@dataclass
class Usage:
    """fields: by node, as `--set` names it, the fields of the output that hold its draws. bits: the nodes
    that draw bits. counts: of the categories drawn since the epoch began; before: of the whole epoch before
    it. waiting: draws that are not counted yet."""

    fields: dict[str, tuple[str, ...]]
    bits: frozenset[str] = frozenset()
    counts: dict[str, Tensor] = field(default_factory=dict)
    before: dict[str, Tensor] = field(default_factory=dict)
    waiting: dict[str, list[Tensor]] = field(default_factory=dict)
    numbers: int = 0
    steps: int = 0

    @classmethod
    def of(cls, program: Program, model: Model) -> Usage:
        """Of the nodes that draw categories or bits at random: neither all values of a support, nor some that
        are weighed."""
        found: dict[str, tuple[str, ...]] = {}
        bits: set[str] = set()
        for name, node in nodes(program).items():
            kind, way = node.sample.type.kind, estimators()[node.sample.estimator.name]
            copies = [model.fields.get(c) or model.fields.get(shown(c)) for c in node.copies]
            if kind in ("onehot", "bit") and way.carries != "weights":
                found[name] = tuple(dict.fromkeys(c for c in copies if c is not None))
                bits |= {name} if kind == "bit" else set()
        return cls(found, frozenset(bits))

    def add(self, out: Any) -> None:
        """Take in the output of a step."""
        for name, values in self.draws(out).items():
            self.waiting.setdefault(name, []).extend(values)
            self.numbers += sum(v.numel() for v in values)
        self.steps += 1
        if self.steps >= STEPS or self.numbers >= NUMBERS:
            self.count()

    def draws(self, out: Any) -> dict[str, list[Tensor]]:
        """By node what it drew for an output."""
        found = {n: [getattr(out, held) for held in fields] for n, fields in self.fields.items()}
        held = {n: [v.detach() for v in values if v is not None] for n, values in found.items()}
        return {n: values for n, values in held.items() if values}

    @torch.no_grad()
    def counted(self, draws: Mapping[str, list[Tensor]]) -> dict[str, Tensor]:
        """By node how often each category is among draws."""
        return {n: _bits(v) if n in self.bits else _categories(v) for n, v in draws.items()}

    def take(self, found: Mapping[str, Tensor]) -> None:
        """Take in counts."""
        for name, counts in found.items():
            self.counts[name] = _total([counts, self.counts[name]]) if name in self.counts else counts

    def count(self) -> None:
        """Count what waits."""
        self.take(self.counted(self.waiting))
        self.waiting, self.numbers, self.steps = {}, 0, 0

    def turn(self) -> None:
        """An epoch has ended."""
        self.count()
        self.before, self.counts = self.counts, {}

    def facts(self) -> dict[str, dict[str, float]]:
        """Of the epoch before, or where none is over yet since the beginning: by node `drawn`, `categories`,
        `used`, and `perplexity` (of how often each was drawn)."""
        self.count()
        return {name: _facts(counts) for name, counts in (self.before or self.counts).items()}

    # ---- for checkpoints

    def tensors(self) -> dict[str, Tensor]:
        """All that changes."""
        self.count()
        kept = {"now": self.counts, "before": self.before}
        return {f"usage:{when}:{name}": x for when, counts in kept.items() for name, x in counts.items()}

    def restore(self, tensors: Mapping[str, Tensor], device: torch.device) -> None:
        """Go on from `tensors()`."""
        for key, counts in tensors.items():
            if key.startswith("usage:"):
                _, when, name = key.split(":", 2)
                (self.counts if when == "now" else self.before)[name] = counts.to(device)


def _bits(values: list[Tensor]) -> Tensor:
    """[2]: how many are 0 and 1."""
    drawn = torch.cat([v.reshape(-1) for v in values])
    ones = (drawn > 0.5).sum()
    return torch.stack([drawn.numel() - ones, ones])


def _categories(values: list[Tensor]) -> Tensor:
    """[k]: how often each is drawn in values [..., k], with the largest k where batches differ in it."""
    widths = sorted({v.shape[-1] for v in values})
    alike = ([v.reshape(-1, k) for v in values if v.shape[-1] == k] for k in widths)
    return _total([_of_rows(torch.cat(rows)) for rows in alike])


def _total(counts: list[Tensor]) -> Tensor:
    """The sum of counts, [k] each with a k of its own, as long as the longest."""
    longest = max(map(len, counts))
    return torch.stack([pad(c, (0, longest - len(c))) for c in counts]).sum(0)


def _of_rows(rows: Tensor) -> Tensor:
    """[k]: how often each category is drawn in [n, k]; rows of zeros take no part."""
    largest, drawn = rows.max(-1)
    counted = torch.zeros(rows.shape[-1], dtype=torch.int64, device=rows.device)
    return counted.index_add_(0, drawn, (largest > 0).long())


def _facts(counts: Tensor) -> dict[str, float]:
    drawn = int(counts.sum())
    share = counts.double() / max(1, drawn)
    entropy = -(share * share.clamp_min(1e-300).log()).sum()
    return {
        "drawn": drawn,
        "categories": len(counts),
        "used": int((counts > 0).sum()),
        "perplexity": float(entropy.exp()),
    }
