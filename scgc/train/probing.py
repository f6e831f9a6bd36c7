"""How the stochastic nodes of a model in training do: one more batch now and then, on a copy of the
module that tells what its nodes draw.

Ordinary steps know nothing of it, and the random state is as before afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from scgc.analysis.named import nodes
from scgc.analysis.players import trained_by
from scgc.data.columns import Loaded, examples
from scgc.estimators import estimators
from scgc.runtime import Bernoulli, Categorical, Model, Seen, observing
from scgc.train.batches import Batch, take
from scgc.train.compiled import Compiled
from scgc.train.plan import Plan
from scgc.train.randomness import random_state, set_random_state
from scgc.train.runs import make_model

Facts = dict[str, Any]
PROBED = 256
"""Examples in the batch, where the nodes add no axes to it; else those of a training batch."""
VANISHED = 1e-6
"""A row of logits has no gradient to speak of where that of its own example's loss is nowhere above this."""
EDGES = (1e-6, 1e-4, 1e-2, 0.1, 0.5)
"""Between the sizes of z_j over which gradients are averaged (thesis, figure 4.2, right)."""


@dataclass(frozen=True)
class Probe:
    """model: the one that tells; it takes its parameters and buffers from the one in training. players: the
    number of the one that trains a node, where there are several."""

    model: Model
    batch: Batch
    seed: int
    players: dict[str, int]

    @classmethod
    def of(cls, compiled: Compiled, plan: Plan, data: Loaded | None, device: torch.device) -> Probe | None:
        """None for a program whose nodes draw nothing. Draws no random numbers."""
        program = compiled.program
        found = nodes(program)
        if not found or not compiled.observed:
            return None
        plain = all(estimators()[n.sample.estimator.name].carries != "weights" for n in found.values())
        size = max(plan.batch, PROBED) if plain else plan.batch
        before = random_state()
        model = (
            make_model(compiled.observed, f"{program.name}_observed", compiled.data_dims(data))
            .to(device)
            .train()
        )
        set_random_state(before)
        players = trained_by(program)
        if data is None:
            return cls(model, {"batch": size}, plan.seed, players)
        split = data.splits["train"]
        order = torch.randperm(examples(split), generator=torch.Generator().manual_seed(plan.seed))
        home = next(iter(split.values())).table.device
        return cls(model, take(split, order[:size].to(home), device), plan.seed, players)

    def look(self, model: Model, step: int) -> dict[str, Facts]:
        """Of each node, by the name that `--set` knows, what it draws and what gradient arrives."""
        before = random_state()
        torch.manual_seed(self.seed + step)
        held: dict[str, Tensor] = dict(model.named_parameters())
        held |= {name: buffer.clone() for name, buffer in model.named_buffers()}
        try:
            with torch.enable_grad(), observing() as seen:
                out = functional_call(self.model, held, (), dict(self.batch))
                gradients = _gradients(out, seen, self.players)
        finally:
            set_random_state(before)
        count = self.batch.get("batch") or len(next(iter(self.batch.values())))
        found: dict[str, list[tuple[Seen, Tensor]]] = {}
        for one, gradient in zip(seen, gradients, strict=True):
            if gradient is not None:
                found.setdefault(one.node, []).append((one, gradient))
        return {node: facts(pairs, int(count)) for node, pairs in found.items()}


def _gradients(out: Any, seen: list[Seen], players: dict[str, int]) -> list[Tensor | None]:
    """At the parameter of each distribution, of the loss that its node follows; None where there is none that
    learns."""
    found: list[Tensor | None] = [None] * len(seen)
    for number in {players.get(one.node) for one in seen}:
        loss: Tensor = out.loss if number is None else out.losses[number]
        own = [(i, p) for i, one in enumerate(seen) if players.get(one.node) == number
               and (p := parameter(one)) is not None]  # fmt: skip
        if not own or not loss.requires_grad:
            continue
        gradients = torch.autograd.grad(loss, [p for _, p in own], allow_unused=True, retain_graph=True)
        for (i, p), gradient in zip(own, gradients, strict=True):
            found[i] = _zeros(gradient, p)
    return found


def _zeros(gradient: Tensor | None, like: Tensor) -> Tensor:
    return torch.zeros_like(like) if gradient is None else gradient


def parameter(one: Seen) -> Tensor | None:
    """The logits of a distribution, else the first of its parameters that learns."""
    held = [v for v in vars(one.q).values() if isinstance(v, Tensor) and v.requires_grad]
    return next(iter(held), None)


@torch.no_grad()
def facts(pairs: list[tuple[Seen, Tensor]], examples: int) -> Facts:
    """Of one node, over all its calls and rounds. examples: in the batch, of whose mean loss the gradients
    are.

    gradient: the mean of |dL/dtheta_j| (thesis, figure 5.5). vanishing: the share of rows without gradient.
    entropy: of the distribution, in nats. Of categories also: used, categories, perplexity (of how often each
    was drawn), and by_value.
    """
    rows = [_rows(one, gradient) for one, gradient in pairs]
    gradient = torch.cat(rows)
    largest = gradient.abs().amax(-1) * examples
    found: Facts = {
        "rows": len(gradient),
        "gradient": float(gradient.abs().mean()),
        "vanishing": float((largest < VANISHED).double().mean()),
    }
    try:
        entropies = torch.cat([one.q.entropy().reshape(-1) for one, _ in pairs])
        found["entropy"] = float(entropies.mean())
    except NotImplementedError:
        pass
    if all(isinstance(one.q, Categorical | Bernoulli) for one, _ in pairs):
        found |= _usage([one for one, _ in pairs])
        found |= _by_value(pairs)
    return found


def _rows(one: Seen, gradient: Tensor) -> Tensor:
    """[rows, k]: the parameter of one element of one example each."""
    return gradient.reshape(-1, gradient.shape[-1]) if one.q.event_shape else gradient.reshape(-1, 1)


def _usage(seen: list[Seen]) -> Facts:
    """Which categories were drawn, and how evenly: 1 is always the same one."""
    drawn = torch.cat([_categories(one) for one in seen])
    count = seen[0].q.event_shape[-1] if seen[0].q.event_shape else 2
    share = torch.bincount(drawn, minlength=count).double() / len(drawn)
    entropy = -(share * share.clamp_min(1e-300).log()).sum()
    return {
        "drawn": len(drawn),
        "categories": int(count),
        "used": int((share > 0).sum()),
        "perplexity": float(entropy.exp()),
    }


def _categories(one: Seen) -> Tensor:
    value = one.value
    return value.argmax(-1).reshape(-1) if one.q.event_shape else (value > 0.5).long().reshape(-1)


def _by_value(pairs: list[tuple[Seen, Tensor]]) -> Facts:
    """Mean |dL/dtheta_j| over the z_j of a size; nothing where draws have axes that the logits have not."""
    same = [(one.value.reshape(-1), g.reshape(-1)) for one, g in pairs if one.value.shape == g.shape]
    if not same:
        return {}
    values, gradients = (torch.cat(parts) for parts in zip(*same, strict=True))
    place = torch.bucketize(values, torch.tensor(EDGES, device=values.device))
    count = torch.bincount(place, minlength=len(EDGES) + 1)
    total = torch.bincount(place, gradients.abs().double(), minlength=len(EDGES) + 1)
    means = (total / count.clamp_min(1)).tolist()
    return {
        "by_value": {
            "below": [*EDGES, 1.0],
            "count": count.tolist(),
            "gradient": [mean if n else None for mean, n in zip(means, count.tolist(), strict=True)],
        }
    }


# ---- what is wrong, in words

ENOUGH = 3
"""Looks in a row that must agree before something is told."""


class Alarms:
    """What a run is told about its nodes, each thing once."""

    def __init__(self, compiled: Compiled) -> None:
        self.advice = {name: advice(n.sample.estimator.inputs) for name, n in nodes(compiled.program).items()}
        self.since: dict[tuple[str, str, Any], tuple[int, str]] = {}
        self.told: set[tuple[str, str]] = set()

    def heed(self, found: Mapping[str, Facts], when: str) -> list[str]:
        """Sentences about what has been wrong for some time; `when` names the present, `epoch 3`."""
        now: dict[tuple[str, str, Any], tuple[int, str]] = {}
        words = []
        for node, facts in found.items():
            for kind, what, sentence in faults(facts):
                count, since = self.since.get((node, kind, what), (0, when))
                now[node, kind, what] = (count + 1, since)
                if count + 1 >= ENOUGH and (node, kind) not in self.told:
                    self.told.add((node, kind))
                    words.append(f"{node} {sentence} since {since}: {self.advice.get(node, PLAIN)}")
        self.since = now
        return words


def faults(facts: Facts) -> list[tuple[str, Any, str]]:
    """(kind, what must stay the same for it to be the same fault, in words)."""
    found: list[tuple[str, Any, str]] = []
    used, categories = facts.get("used"), facts.get("categories")
    if (
        used is not None
        and categories is not None
        and facts["drawn"] >= 4 * categories
        and 2 * used <= categories
    ):
        found.append(("used", used, f"has used {used} of {categories} categories"))
    if facts["vanishing"] >= 0.9:
        share = f"{100 * facts['vanishing']:.0f} %"
        found.append(("vanishing", None, f"has had no gradient to speak of in {share} of its rows"))
    return found


PLAIN = (
    "an entropy or divergence in the loss, or an estimator with less variance (`scgc gradients`), may help."
)


def advice(inputs: Mapping[str, Any]) -> str:
    """What helps a node, by the options of its estimator (thesis, 5.2.2 and figure 5.5)."""
    if "scale" in inputs:
        return "let the scale rise further, or dropres fade later."
    return PLAIN
