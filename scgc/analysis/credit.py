"""Credit assignment: which costs weigh which stochastic node, and where draws add axes.

Schulman et al. 2015, theorem 1: the score of a node is weighted by exactly the costs that its value
influences. A node whose values come with weights, and score-function nodes with several samples, add a sample
axis in front of the batch; what depends on them has it too.
"""

from __future__ import annotations

from collections.abc import Mapping

from scgc.analysis.flow import Flow, flow, own
from scgc.analysis.players import Players
from scgc.estimators import estimators
from scgc.ir.dims import Dim
from scgc.ir.graph import DimOption, Program, Sample
from scgc.record import Record


class Credit(Record):
    """What the surrogate loss is assembled from; nodes by their dotted names.

    downstream: for each stochastic node the losses that its value influences, in the program's order.
    axes: for each node the number of the sample axis that it adds, counted from the batch outwards; None for
        nodes that add none. Score-function nodes with equally many samples are drawn together and share one
        where the axes of what they depend on allow it.
    """

    downstream: dict[str, tuple[str, ...]]
    axes: dict[str, int | None]


def credit(program: Program, opened: Flow | None = None) -> Credit:
    """Who is weighed by what in a program."""
    opened = opened or flow(program)
    return Credit(_downstream(program, opened), _axes(program, opened))


def _downstream(program: Program, opened: Flow) -> dict[str, tuple[str, ...]]:
    players = Players(program, opened)
    costs = {c.name: c.value for c in program.losses if isinstance(c.value, str)}
    influences = {c: opened.before(value) | {value} for c, value in costs.items()}
    found: dict[str, tuple[str, ...]] = {}
    for copy, node in opened.samples:
        reached = {c for c, above in influences.items() if copy in above}
        if players.all and estimators()[node.estimator.name].carries == "score":
            reached &= players.concerned(copy)  # its parameters follow no other player's losses
        reached.update(found.get(own(copy), ()))  # of another round
        found[own(copy)] = tuple(c for c in costs if c in reached)
    return found


def _axes(program: Program, opened: Flow) -> dict[str, int | None]:
    known = program.dim_values()
    found: dict[str, int | None] = {}
    shared: dict[int, int] = {}
    carried: dict[str, frozenset[int]] = {}
    count = 0
    for copy in opened.order:
        before = frozenset[int]().union(*(carried[a] for a in opened.graph.pred[copy]))
        node = opened.statements.get(copy)
        if isinstance(node, Sample):
            name = own(copy)
            if name not in found:  # else it is another round
                found[name] = _axis(node, known, before, shared, count)
            axis = found[name]
            if axis is not None:
                before, count = before | {axis}, max(count, axis + 1)
        carried[copy] = before
    return found


def _axis(
    node: Sample, known: Mapping[str, Dim], carried: frozenset[int], shared: dict[int, int], new: int
) -> int | None:
    """The axis of a node whose distribution has those that are `carried`: a `new` one, or one that is
    `shared`, by the number of samples."""
    samples = sample_count(node, known)
    weights = estimators()[node.estimator.name].carries == "weights" and node.observe is None
    if weights or (samples is not None and is_greedy(node)):
        return new
    if samples is None or samples < 2:
        return None
    axis = shared.setdefault(samples, new)
    # a new axis goes in front of those that the distribution has already
    beneath = axis not in carried and any(a > axis for a in carried)
    return new if beneath else axis


def is_greedy(node: Sample) -> bool:
    """Whether the mode is one more sample: the baseline is its cost."""
    return getattr(node.estimator.options.get("baseline"), "word", "") == "self_critical"


def sample_count(node: Sample, known: Mapping[str, Dim]) -> int | None:
    """How many samples a score-function node draws in training, if it is not observed."""
    samples = node.estimator.options.get("samples")
    scored = estimators()[node.estimator.name].carries == "score"
    if not scored or node.observe is not None or not isinstance(samples, DimOption):
        return None
    return samples.dim.substitute(known).value
