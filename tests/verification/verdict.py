"""A compiled program against the exact gradient: stages of a test with fresh draws at each.

A stage takes the mean loss and the gradient of every leaf over so many passes, each over a batch of its own.
The passes are independent estimates, nearly normal because each is a mean over a batch, so that every entry
has a Student's t; the level is divided by the number of entries (Bonferroni). What the first stage suspects
is tried again with ten times as many draws, and once more with a hundred times as many. A program is wrong if
each stage says so. Since the draws are fresh the levels multiply: a correct program fails with a probability
of at most 1e-2 * (1e-9 + 1e-3 * 1e-6) = 2e-11, five thousand of them with 1e-7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from described import Described
from scipy.stats import t as student
from torch import Tensor

from scgc.emit.load import load_source, model_class
from scgc.pipeline import Compilation
from scgc.source import Source


@dataclass(frozen=True)
class Stage:
    """passes over batches of `batch` examples; below `level` a program is suspected, below `sure` refused."""

    passes: int
    batch: int
    level: float
    sure: float = 0.0


STAGES = (Stage(16, 300, 1e-2), Stage(40, 1200, 1e-3, 1e-9), Stage(100, 4800, 1e-6))
TOLERANCE = 2e-6
"""Of sums over points: what quadrature may be off, relative to the largest entry."""


@dataclass(frozen=True)
class Verdict:
    """chance: that a correct program is as far off in the last stage that was run; stages: how many were;
    worst: the entry that is the farthest off; wrong: whether every stage said so."""

    chance: float
    stages: int
    worst: str
    wrong: bool


def compiled(text: str) -> Any:
    """The model of a program, in double precision."""
    compilation = Compilation(Source("drawn.scg", text), None, {})
    return model_class(load_source(compilation.python, "drawn"))().double()


def judge(program: Described, seed: int, stages: tuple[Stage, ...] = STAGES) -> Verdict:
    """Compile a program and compare."""
    torch.manual_seed(seed)
    model = compiled(program.text)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name in program.leaves:
                value.copy_(program.leaves[name][1])
    loss, gradients = program.exact()
    exact = {"loss": loss, **gradients}
    verdict = Verdict(1.0, 0, "", False)
    for count, stage in enumerate(stages, 1):
        found = passes(program, model, stage)
        chance, worst = compare(found, exact)
        wrong = chance < stage.level
        verdict = Verdict(chance, count, worst, wrong)
        if not wrong or chance < stage.sure:
            break
    return verdict


def passes(program: Described, model: Any, stage: Stage) -> dict[str, Tensor]:
    """The loss and the gradients of every pass, [passes, *shape]."""
    copies = stage.batch // program.examples
    data = {n: v.repeat(copies, *(1,) * (v.dim() - 1)) for n, (_, v) in program.data.items()}
    parameters = {n: p for n, p in model.named_parameters() if n in program.leaves}
    found: dict[str, list[Tensor]] = {n: [] for n in ("loss", *program.leaves)}
    for _ in range(stage.passes):
        inputs = {
            n: v.expand(stage.batch, *v.shape).clone().requires_grad_()
            for n, (_, v) in program.leaves.items()
            if n not in parameters
        }
        loss = model(**data, **inputs).loss
        leaves = {**parameters, **inputs}
        grads = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        found["loss"].append(loss.detach())
        for (name, leaf), grad in zip(leaves.items(), grads, strict=True):
            grad = torch.zeros_like(leaf) if grad is None else grad
            found[name].append(grad if name in parameters else grad.sum(0))
    return {n: torch.stack(g) for n, g in found.items()}


def compare(found: dict[str, Tensor], exact: dict[str, Tensor]) -> tuple[float, str]:
    """The least chance of all entries, times their number, and which entry has it."""
    names = [f"{n}{list(i)}" for n, e in exact.items() for i in _indices(e)]
    every = torch.cat([found[n].reshape(len(found[n]), -1) for n in exact], 1)
    wanted = torch.cat([e.flatten() for e in exact.values()])
    count = len(every)
    scale = 1 + wanted.abs().max()
    off = ((every.mean(0) - wanted).abs() - TOLERANCE * scale).clamp_min(0)
    error = every.std(0) / count**0.5
    t = off / error.clamp_min(1e-9 * scale)
    chances = torch.as_tensor(2 * student.sf(t.numpy(), count - 1))
    worst = int(t.argmax())
    told = f"{names[worst]}: {every.mean(0)[worst]:.6f} +- {error[worst]:.6f}, exact {wanted[worst]:.6f}"
    return min(1.0, float(chances.min()) * len(names)), told


def _indices(x: Tensor) -> list[tuple[int, ...]]:
    return [tuple(map(int, i)) for i in torch.ones_like(x).nonzero()] if x.dim() else [()]
