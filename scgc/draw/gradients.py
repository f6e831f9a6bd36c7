"""How gradients run backwards through the graph: which values they reach, where an estimator carries them and
where they stop.

An operator's `derivative` says through which slots they pass, an estimator's `carries` how they cross a
stochastic node. A node whose estimator works with the score or with weights passes no gradient through its
value; every loss downstream of it sends one to its distribution directly (Schulman et al. 2015, theorem 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scgc.analysis.credit import credit
from scgc.draw.edges import Edge, note_of
from scgc.draw.flat import Flat, Flow, Value, is_distribution
from scgc.draw.shown import Shown
from scgc.estimators import estimators
from scgc.ir.graph import Apply, Invoke, Propagate, Sample
from scgc.ir.types import TensorType
from scgc.ops import operators

Passage = Literal["pass", "carried", "cut"]
"""A gradient passes by the chain rule, an estimator carries it, or it stops."""


@dataclass(frozen=True)
class Gradients:
    """What is known of the gradients of all losses.

    passages: how each flow lets a gradient through.
    reached: the values that some loss's gradient arrives at.
    learned: the values that parameters influence.
    surrogates: (stochastic node, loss) where the loss reaches the node's distribution through a term.
    """

    passages: dict[Flow, Passage]
    reached: frozenset[str]
    learned: frozenset[str]
    surrogates: tuple[tuple[str, str], ...]


def gradients(flat: Flat) -> Gradients:
    """Follow the gradients of all losses back to the parameters."""
    losses = flat.names(flat.program.losses)
    passages = {flow: _passage(flat, flow) for flow in flat.flows}
    surrogates = tuple(_surrogates(flat, losses))
    reached = _reached(flat, passages, losses, surrogates)
    return Gradients(passages, reached, _learned(flat), surrogates)


def by_term(value: Value) -> bool:
    """Whether gradients cross this node through a term of the loss, not through its value."""
    statement = value.statement
    return (
        isinstance(statement, Sample)
        and statement.observe is None
        and estimators()[statement.estimator.name].carries != "value"
    )


def _passage(flat: Flat, flow: Flow) -> Passage:
    head, tail = flat.values[flow.head], flat.values[flow.tail]
    if by_term(tail) or flow.role in ("prior", "observe", "where") or not _continuous(tail):
        return "cut"
    match head.statement:
        case Sample() as sample:
            return _across(sample)
        case Apply(function=function) if not is_distribution(head):
            return "pass" if _continuous(head) and _differentiable(function, flow.slot) else "cut"
        case _:
            return "pass" if _continuous(head) else "cut"


def _across(sample: Sample) -> Passage:
    if sample.observe is not None:
        return "cut"
    estimator = estimators()[sample.estimator.name]
    return "pass" if estimator.carries == "value" and not estimator.biased else "carried"


def _continuous(value: Value) -> bool:
    """Whether a small change of it means anything."""
    return not isinstance(value.type, TensorType) or value.type.kind in ("real", "onehot", "bit")


def _differentiable(function: str, slot: str) -> bool:
    """Whether some overload has a derivative there; those that have none are for kinds without one."""
    overloads = [o for o in operators()[function] if slot in {s.name.rstrip(".") for s in o.parsed.slots}]
    return any(o.derivative is None or slot in o.derivative for o in overloads)


def _surrogates(flat: Flat, losses: list[str]) -> list[tuple[str, str]]:
    """The same pairs that the emitted surrogate loss is made of."""
    downstream = credit(flat.program).downstream
    named = {flat.costs[loss].name: loss for loss in losses}
    return [
        (node, named[cost])
        for node, costs in downstream.items()
        if by_term(flat.values[node])
        for cost in costs
    ]


def _reached(
    flat: Flat, passages: dict[Flow, Passage], losses: list[str], surrogates: tuple[tuple[str, str], ...]
) -> frozenset[str]:
    found: set[str] = set()
    waiting = [*losses, *(node for node, _ in surrogates)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [f.tail for f in flat.into.get(name, []) if passages[f] != "cut"]
    return frozenset(found)


def _learned(flat: Flat) -> frozenset[str]:
    from networkx import descendants

    graph = flat.graph.copy()
    for name, value in flat.values.items():
        if isinstance(value.statement, Sample) and value.statement.observe is not None:
            graph.remove_edges_from(list(graph.in_edges(name)))
    sources = [name for name, value in flat.values.items() if _owns_parameters(flat, value)]
    return frozenset(sources).union(*(descendants(graph, source) for source in sources))


def _owns_parameters(flat: Flat, value: Value) -> bool:
    match value.statement:
        case Apply(layer=layer):
            return layer is not None
        case Invoke(net=path) | Propagate(net=path):
            net = flat.program.net(path)
            return net.kind == "net" and net.target is not None
        case _:
            return value.kind == "param"


# ---- what the figure shows of it

_CARRYING = ("data", "next", "along", "parameter")


def along(shown: Shown, found: Gradients, edge: Edge) -> set[Passage]:
    """How gradients come back along an edge of the figure; both "pass" and "carried" where routes differ.
    Nothing where no gradient arrives or nobody needs one."""
    values = shown.flat.values
    wanted = [t for t in shown.members(edge.tail) if t in found.learned or _index(values[t])]
    routes = {p for p, note in _routes(shown, found, edge, wanted) if note == edge.note}
    if routes & {"pass", "carried"} or (edge.tail, edge.head) in terms(shown, found):
        return routes - {"cut"}
    return routes


def terms(shown: Shown, found: Gradients) -> list[tuple[str, str]]:
    """The pairs (stochastic node, loss) of the figure that an estimator's term joins."""
    pairs: dict[tuple[str, str], None] = {}
    for node, loss in found.surrogates:
        tail, head = shown.owners[node], shown.owners[loss]
        if tail is not None and head is not None and node in found.learned:
            pairs[tail, head] = None
    return list(pairs)


def _index(value: Value) -> bool:
    """Whether it is data without a derivative: classes, integers, truth values."""
    return value.kind == "input" and not _continuous(value)


def _routes(shown: Shown, found: Gradients, edge: Edge, tails: list[str]) -> set[tuple[Passage, str]]:
    """The passage and note of every route from values of the edge's tail to its head. A route is cut where a
    gradient arrives at some point of it but not at its beginning."""
    routes = set[tuple[Passage, str]]()
    waiting: list[tuple[str, Passage, str, bool]] = [(t, "pass", "", False) for t in tails]
    seen = set(waiting)
    while waiting:
        name, passage, note, met = waiting.pop()
        inside = shown.owners[name] == edge.head
        if inside and (met if passage == "cut" else _leaves(shown, found, name)):
            routes.add((passage, note))
        for flow in shown.towards(name, edge.head):
            if flow.role not in _CARRYING:
                continue
            state = (
                flow.head,
                _joined(passage, found.passages[flow]),
                note_of(shown, flow) or note,
                met or flow.head in found.reached,
            )
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return routes


def _joined(first: Passage, second: Passage) -> Passage:
    if "cut" in (first, second):
        return "cut"
    return "carried" if "carried" in (first, second) else "pass"


def _leaves(shown: Shown, found: Gradients, name: str) -> bool:
    """Whether a gradient enters the node at this value: it is a loss, or something outside reads it."""
    flat, owner = shown.flat, shown.owners[name]
    if name not in found.reached:
        return False
    outside = any(
        shown.owners[f.head] != owner and found.passages[f] != "cut" and f.head in found.reached
        for f in flat.out_of.get(name, [])
    )
    loss = name in flat.names(flat.program.losses)
    return outside or loss or any(node == name for node, _ in found.surrogates)
