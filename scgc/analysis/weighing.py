"""Credit assignment in words: which losses weigh each stochastic node, which do not, and why.

What `credit.py` finds for the surrogate loss, told for the nodes as the text has them (Schulman et al. 2015,
theorem 1).
"""

from __future__ import annotations

from typing import Literal

from scgc.analysis.credit import credit, sample_count
from scgc.analysis.flow import Flow, flow
from scgc.analysis.gradients import reached
from scgc.analysis.named import Node, nodes, written
from scgc.estimators import estimators
from scgc.ir.graph import Program, WordOption
from scgc.record import Record


class Weighing(Record):
    """One node. node: as `--set` names it; copies: its dotted names. carries: how the estimator passes a
    gradient. weighed: the losses that weigh its draw; left: the others, each with the reason. axes: of each
    copy, the number of the sample axis that it adds, if it adds one; samples: how many draws an axis of the
    score function has."""

    node: str
    copies: tuple[str, ...]
    estimator: str
    carries: Literal["value", "score", "weights"]
    weighed: tuple[str, ...]
    left: dict[str, str]
    baseline: str
    axes: dict[str, int | None]
    samples: int | None


NOTHING = "does not depend on it"
ALONE = "depends on its distribution only, not on the value drawn: differentiated directly"
CUT = "depends on it, but every path back is cut, by `stop` or by what has no derivative"


def weighings(program: Program) -> tuple[Weighing, ...]:
    """Of every node that draws, in the order of drawing."""
    opened = flow(program)
    assigned = credit(program, opened)
    return tuple(_weighing(program, opened, node, assigned.axes) for node in nodes(program, opened).values())


def _weighing(program: Program, opened: Flow, node: Node, axes: dict[str, int | None]) -> Weighing:
    estimator = estimators()[node.sample.estimator.name]
    weighed, left = [], {}
    for cost in program.losses:
        reason = (
            _reason(opened, node, cost.value, estimator.carries) if isinstance(cost.value, str) else NOTHING
        )
        if reason:
            left[cost.name] = reason
        else:
            weighed.append(cost.name)
    return Weighing(
        node=node.name,
        copies=node.copies,
        estimator=written(node.sample),
        carries=estimator.carries,
        weighed=tuple(weighed),
        left=left,
        baseline=_baseline(node),
        axes={copy: axes.get(copy) for copy in node.copies},
        samples=sample_count(node.sample, program.dim_values()),
    )


def _reason(opened: Flow, node: Node, value: str, carries: str) -> str:
    """Why a loss does not weigh a node; empty if it does."""
    copies = [copy for name in node.copies for copy in opened.copies(name)]
    if any(value in opened.after(copy) | {copy} for copy in copies):
        return CUT if carries == "value" and not set(copies) & reached(opened, value) else ""
    before = [pair for copy in copies for pair in opened.graph.pred[copy].items()]
    sources = {name for name, edge in before if edge.slot == "distribution"}
    return ALONE if any(value in opened.after(source) for source in sources) else NOTHING


def _baseline(node: Node) -> str:
    """What is subtracted from the losses, as the program says it."""
    use = node.sample.estimator
    option = use.options.get("baseline", use.inputs.get("baseline"))
    word = option.word if isinstance(option, WordOption) else option
    return "none" if word is None else str(word)
