"""Every legal estimator of a stochastic node against the exact gradient: what `scgc gradients` does.

One node after the other gets other estimators, the others keep theirs. The gradient is that with respect to
the parameters which the node's distribution depends on. It is compared with that of the program with hard
draws everywhere: all values of all nodes visited where they are not too many, else the mean of many draws of
unbiased estimators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import prod
from time import process_time

import torch

from scgc.analysis.named import Node, nodes
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import NothingToRun
from scgc.estimators import estimators
from scgc.gradients.candidates import Candidate, Refused, legal, reference
from scgc.gradients.memory import peak
from scgc.gradients.moments import GROUPS, Bias, Draws, bias
from scgc.gradients.subject import Gradient, Subject
from scgc.gradients.timing import interleave
from scgc.pipeline import Compilation

LARGEST = 2**16
"""Examples times joint values that a step may visit."""
REFERENCE = 5
"""How many times more draws a reference has that is not exact."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """What an estimator is given. draws: of its gradient, at most. warm_up: steps for which those that learn
    are trained before. patience: about how many seconds of the processor its draws may take; slow ones have
    fewer, `GROUPS` at least, and how many depends on the machine."""

    draws: int
    warm_up: int = 0
    patience: float = 1.5


@dataclass(frozen=True)
class Row:
    """One estimator. Bias, variance (the trace of the covariance) and squared error of one step's gradient,
    in units of the exact gradient's length; seconds (of the processor) and bytes a step; how many were
    drawn."""

    clause: str
    written: bool
    unbiased: bool
    bias: Bias
    variance: float
    seconds: float
    memory: int
    draws: int

    @property
    def error(self) -> float:
        """The mean squared error of one step. A bias within its interval of 0 is none where none is due."""
        none = self.unbiased and self.bias.low == 0
        return self.variance + (0.0 if none else max(0.0, self.bias.square))

    @property
    def cost(self) -> float:
        """Error times seconds: what is to be small."""
        return self.error * self.seconds


@dataclass(frozen=True)
class Table:
    """One node. parameters: which the gradient is for. truth: how the exact gradient came about. length: its
    own. rows: the best first."""

    node: str
    parameters: tuple[str, ...]
    truth: str
    length: float
    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]


def compare(
    subject: Subject,
    wanted: Sequence[str],
    names: Iterable[str],
    effort: Effort,
    tell: Tell = lambda _: None,
) -> list[Table]:
    """A table for each of the named nodes.

    Raises ProgramError (SCG510) for a program without any."""
    base = subject.compilation
    found = nodes(base.program)
    if not found:
        advice = "`z ~ Categorical(logits = u) via score` makes one."
        fault = NothingToRun(span=None, action="compared", missing="stochastic node", advice=advice)
        raise ProgramError((fault,))
    most = LARGEST // subject.examples
    exact = reference(base, found, most, subject.known)
    tables = []
    for name in names:
        above = subject.above(name)
        if above:
            tables.append(_table(subject, found[name], above, exact, wanted, effort, tell))
    return tables


def _table(
    subject: Subject,
    node: Node,
    above: list[str],
    exact: Compilation,
    wanted: Sequence[str],
    effort: Effort,
    tell: Tell,
) -> Table:
    candidates, refused = legal(subject.compilation, node, wanted)
    tell(f"{node.name}: the exact gradient")
    truth, how = _truth(subject, exact, above, effort)
    length = float(truth.mean.norm()) or 1.0
    running: dict[str, Gradient] = {}
    for candidate in candidates:
        reason = _too_much(subject, node, candidate)
        if reason:
            refused.append(Refused(candidate.clause, "", reason))
        else:
            gradient = Gradient(subject, candidate.compilation, above)
            running[candidate.clause] = gradient
            if gradient.learns and effort.warm_up:
                tell(f"{node.name}: {effort.warm_up} steps for {candidate.clause} to warm up")
                torch.manual_seed(subject.plan.seed + 2)
                gradient.warm_up(effort.warm_up)
    tell(f"{node.name}: {len(running)} estimators, {effort.draws} draws each")
    torch.manual_seed(subject.plan.seed)
    taken = {clause: Draws() for clause in running}
    sizes = {clause: _size(gradient, effort) for clause, gradient in running.items()}
    seconds = interleave({c: _drawing(running[c], taken[c]) for c in running}, sizes, GROUPS, process_time)
    rows = []
    for candidate in candidates:
        if candidate.clause in running:
            tell(f"{node.name}: the memory of {candidate.clause}")
            gradient = running[candidate.clause]
            memory = peak(lambda steps, g=gradient: [g() for _ in range(steps)])  # type: ignore[misc]
            spent = seconds[candidate.clause]
            rows.append(_row(candidate, taken[candidate.clause], truth, length, spent, memory))
    rows.sort(key=lambda row: (row.cost, row.seconds))
    return Table(node.name, tuple(above), how, length, tuple(rows), tuple(refused))


def _size(gradient: Gradient, effort: Effort) -> int:
    """How many draws a group has."""
    gradient()
    began = process_time()
    gradient()
    bearable = effort.patience / max(process_time() - began, 1e-6)
    return max(1, int(min(effort.draws, bearable)) // GROUPS)


def _drawing(gradient: Gradient, draws: Draws) -> Callable[[int], object]:
    """A contender: so many draws, kept as a group."""
    return lambda steps: draws.add([gradient() for _ in range(steps)])


def _row(candidate: Candidate, draws: Draws, truth: Draws, length: float, seconds: float, memory: int) -> Row:
    found = bias(draws, truth)
    scaled = Bias(found.length / length, found.low / length, found.high / length, found.square / length**2)
    variance = draws.variance / length**2
    return Row(
        candidate.clause,
        candidate.written,
        candidate.unbiased,
        scaled,
        variance,
        seconds,
        memory,
        draws.count,
    )


def _truth(subject: Subject, exact: Compilation, above: list[str], effort: Effort) -> tuple[Draws, str]:
    """The exact gradient, or many draws; and in words which."""
    gradient = Gradient(subject, exact, above)
    torch.manual_seed(subject.plan.seed + 1)
    found = Draws()
    found.add([gradient()])
    found.add([gradient()])
    if not found.variance:
        return found, "exact: every value of every node visited"
    found, size = Draws(), REFERENCE * _size(gradient, effort)
    for _ in range(GROUPS):
        found.add([gradient() for _ in range(size)])
    kinds = dict.fromkeys(node.sample.estimator.name for node in nodes(exact.program).values())
    return found, f"the mean of {found.count} draws ({', '.join(kinds)})"


def _too_much(subject: Subject, node: Node, candidate: Candidate) -> str:
    """Why a step would be too large, found out on one example; empty if it is not."""
    most = LARGEST // subject.examples
    size = node.support(subject.known)
    if estimators()[candidate.estimator].exhaustive and (size is None or size > most):
        return f"it would visit {'too many' if size is None else size} joint values"
    try:
        _, _, seen = subject.watch(candidate.compilation, one=True)
    except (ValueError, NotImplementedError) as error:
        return str(error)
    ranks = {name: other.sample.type.rank for name, other in nodes(subject.compilation.program).items()}
    leads = [s.value.shape[: s.value.dim() - ranks[s.node]] for s in seen]
    visited = prod(max(sizes) for sizes in zip_longest(*(lead[::-1] for lead in leads), fillvalue=1))
    return f"it would visit {visited} joint values" if visited > most else ""


def best(table: Table) -> Row | None:
    """The row with the lowest squared error a second."""
    return min(table.rows, key=lambda row: (row.cost, row.seconds), default=None)
