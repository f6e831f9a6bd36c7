"""Third stage of drawing: the edges between nodes of the figure, each standing for all the expressions that
lead from one to the other."""

from __future__ import annotations

from dataclasses import dataclass

from scgc.draw.flat import Flow, Value, is_distribution
from scgc.draw.shown import Shown
from scgc.draw.words import greek, number
from scgc.ir.graph import Apply, Sample

SHORTCUT = "dropres"
_MEASURES = {"kl": "kl", "log_prob": "log p", "entropy": "entropy", "mean": "mean", "mode": "mode"}


@dataclass(frozen=True)
class Edge:
    """`head` is computed from `tail`; the note says how where that is not the plain way."""

    tail: str
    head: str
    note: str = ""
    back: bool = False
    """Whether it leads from the end of a loop's round to the beginning of the next."""

    @property
    def measure(self) -> bool:
        """Whether it asks a distribution for a number."""
        return self.note in _MEASURES.values()

    @property
    def shortcut(self) -> bool:
        return self.note.split(" ")[0] == SHORTCUT


def edges(shown: Shown) -> list[Edge]:
    """Every edge once, in the order of the program."""
    found: dict[Edge, None] = {}
    for flow in shown.flat.flows:
        head = shown.owners[flow.head]
        if head is None or flow.role == "given":
            continue
        for tail, note in _tails(shown, flow, ""):
            if tail != head:
                found[Edge(tail, head, note, flow.role == "next")] = None
    return list(found)


def _tails(shown: Shown, flow: Flow, after: str) -> list[tuple[str, str]]:
    """The nodes that a flow comes from, through what the figure hides."""
    note = note_of(shown, flow) or after
    owner = shown.owners[flow.tail]
    if owner is not None:
        return [(owner, note)]
    before = shown.flat.into.get(flow.tail, [])
    return [tail for f in before if f.role != "given" for tail in _tails(shown, f, note)]


def note_of(shown: Shown, flow: Flow) -> str:
    """What an edge that runs along this flow says."""
    head, tail = shown.flat.values[flow.head], shown.flat.values[flow.tail]
    if flow.role == "parameter":
        return flow.slot
    if flow.role in ("prior", "observe", "where", "along"):
        return flow.role
    if _hidden(shown, head):
        return ""
    if _is_prior(shown, head):
        return "prior"
    statement = head.statement
    if not isinstance(statement, Apply):
        return ""
    if statement.function == SHORTCUT and flow.slot == "x":
        drop = statement.inputs["drop"]
        return f"{SHORTCUT} {greek(drop) if isinstance(drop, str) else number(_scalar(drop))}"
    return _MEASURES.get(statement.function, "") if is_distribution(tail) else ""


def _scalar(operand: object) -> float:
    return float(operand) if isinstance(operand, bool | int | float) else 1.0


def _hidden(shown: Shown, value: Value) -> bool:
    """Whether it lies inside a closed call."""
    owner = shown.owners[value.name]
    return owner is not None and owner != value.name and shown.closed(owner)


def _is_prior(shown: Shown, value: Value) -> bool:
    node = shown.flat.priors.get(value.name)
    if node is None or not value.unnamed:
        return False
    sample = shown.flat.values[node].statement
    return isinstance(sample, Sample) and shown.owners[value.name] == node
