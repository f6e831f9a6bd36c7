"""Second stage of drawing: which values are nodes of the figure at a depth, and who stands for the others.

A value has an owner: itself where it is drawn; the closed call that hides it; the stochastic node whose
unnamed distribution or prior it is; the inner node that a call returns. Parts of expressions, arguments of
open calls and what loops and choices leave behind have none, unless they fork: they become edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from scgc.draw.flat import Box, Flat, Flow, Path, Value
from scgc.ir.graph import Apply, Invoke


@dataclass(frozen=True)
class Shown:
    """The owner of every value, and the calls, loops and choices that are drawn as clusters."""

    flat: Flat
    owners: dict[str, str | None]
    clusters: tuple[Path, ...]
    depth: int

    def members(self, node: str) -> list[str]:
        """The values that a node stands for."""
        return self._members.get(node, [])

    @cached_property
    def _members(self) -> dict[str | None, list[str]]:
        found: dict[str | None, list[str]] = {}
        for name, owner in self.owners.items():
            found.setdefault(owner, []).append(name)
        return found

    def towards(self, name: str, node: str) -> list[Flow]:
        """What goes on from a value to those of a node, or to those that have no node."""
        onward = self._onward.get(name, {})
        return [*onward.get(None, []), *onward.get(node, [])]

    @cached_property
    def _onward(self) -> dict[str, dict[str | None, list[Flow]]]:
        """The flows out of every value by the node that they lead to."""
        found: dict[str, dict[str | None, list[Flow]]] = {}
        for flow in self.flat.flows:
            found.setdefault(flow.tail, {}).setdefault(self.owners[flow.head], []).append(flow)
        return found

    def region(self, node: str) -> Path:
        """The clusters around a node; the result of an open call lies inside it."""
        value = self.flat.values[node]
        if value.kind == "call" and value.inside in self.clusters and node not in self.flat.costs:
            return value.inside
        return self.around(value.box)

    def around(self, box: Path) -> Path:
        """The innermost open cluster of a box."""
        while box and box not in self.clusters:
            box = box[:-1]
        return box

    def closed(self, node: str) -> bool:
        """Whether it is a call that hides its inside."""
        value = self.flat.values[node]
        return value.kind == "call" and value.inside not in self.clusters


def show(flat: Flat, depth: int) -> Shown:
    """Open the calls down to `depth` levels, except those without anything to see inside."""
    calls = _opened(flat, depth)
    owners: dict[str, str | None] = {}
    for name, value in flat.values.items():
        owners[name] = _hiding_call(flat, value, calls) or _own(flat, value)
    owned: dict[str | None, list[str]] = {}
    for name, owner in owners.items():
        owned.setdefault(owner, []).append(name)
    for call, result in flat.results.items():  # inner calls stand first
        value = flat.values[call]
        own = owners[call] == call and value.inside in calls and call not in flat.costs
        if own and result and _hands_over(flat, owners, value, result):
            taken = owned.pop(call)
            owned.setdefault(owners[result], []).extend(taken)
            owners |= dict.fromkeys(taken, owners[result])
    _drop_starts(flat, owners)
    _keep_forks(flat, owners)
    return Shown(flat, owners, _clusters(flat, owners, calls), depth)


def _hands_over(flat: Flat, owners: dict[str, str | None], call: Value, result: str) -> bool:
    """Whether what an open call defines is the node inside that it returns, or what a loop in it leaves
    behind; messages are summed."""
    returned = flat.values[result]
    own = isinstance(call.statement, Invoke) and returned.box[: len(call.inside)] == call.inside
    return own and (owners[result] is not None or returned.kind == "passed")


def _drop_starts(flat: Flat, owners: dict[str, str | None]) -> None:
    """Another name for a value that only serves to start a loop with it needs no node."""
    for name, value in flat.values.items():
        alias = isinstance(value.statement, Apply) and value.statement.function == "identity"
        readers = {flat.values[flow.head].kind for flow in flat.out_of.get(name, [])}
        unread = not readers and value.region  # both sides of a choice give it another value
        if alias and (readers == {"carried"} or unread) and owners[name] == name and name not in flat.costs:
            owners[name] = None


def _keep_forks(flat: Flat, owners: dict[str, str | None]) -> None:
    """Arguments of open calls that several nodes read are drawn: where a cluster is entered and its inside
    forks. So is what several nodes read behind a choice."""
    bare = [v for v in flat.values.values() if v.kind in ("argument", "passed") and owners[v.name] is None]
    for value in sorted(bare, key=lambda v: -len(v.box)):  # an inner fork spares the outer call one
        sources = [f for f in flat.into.get(value.name, []) if f.role == "data"]
        forked = len(sources) > 1 if value.kind == "passed" else bool(sources)
        if forked and _readers(flat, owners, value.name) > 1:
            owners[value.name] = value.name


def _readers(flat: Flat, owners: dict[str, str | None], name: str) -> int:
    """How many edges to nodes run from a value without a node."""
    flows = [f for f in flat.out_of.get(name, []) if f.role != "given"]
    return sum(_readers(flat, owners, f.head) if owners[f.head] is None else 1 for f in flows)


def _hiding_call(flat: Flat, value: Value, calls: set[Path]) -> str | None:
    return next((box.call for box in flat.calls(value.box) if box.path not in calls), None)


def _own(flat: Flat, value: Value) -> str | None:
    if value.kind in ("carried", "item"):
        return value.name
    if value.kind in ("argument", "passed", "alive"):
        return None
    if value.kind in ("call", "sample") or value.name in flat.costs or not value.unnamed:
        return value.name
    return flat.draws.get(value.name) or _prior_of(flat, value)


def _prior_of(flat: Flat, value: Value) -> str | None:
    """The node that an unnamed prior belongs to; one with a named distribution leaves `kl` to that."""
    node = flat.priors.get(value.name)
    drawn = None if node is None else flat.drawn.get(node)
    return node if drawn is not None and flat.values[drawn].unnamed else None


def _opened(flat: Flat, depth: int) -> set[Path]:
    """The calls to open: at most `depth` deep, with a stochastic node or two nodes to see."""
    own: dict[Path, set[str]] = {}
    for name, value in flat.values.items():
        if _own(flat, value) == name:
            own.setdefault(_within(flat, value), set()).add(name)
    opened: set[Path] = set()
    around: set[Path] = set()
    for call, result in flat.results.items():  # inner calls stand first
        inside = flat.values[call].inside
        if len(flat.calls(inside)) > depth:
            continue
        nodes = own.get(inside, set())
        stochastic = any(flat.values[n].kind == "sample" for n in nodes)
        own_result = result not in nodes
        if nodes and (stochastic or inside in around or len(nodes) + own_result > 1):
            opened.add(inside)
            around |= {inside[:length] for length in range(len(inside))}
    return {path for path in opened if all(box.path in opened for box in flat.calls(path))}


def _within(flat: Flat, value: Value) -> Path:
    """The innermost call around a value."""
    calls = flat.calls(value.box)
    return calls[-1].path if calls else ()


def _clusters(flat: Flat, owners: dict[str, str | None], calls: set[Path]) -> tuple[Path, ...]:
    """The open calls, and the loops and choices in them, of those only such as hold a node; outer ones
    first."""
    drawn = {name for name in owners.values() if name is not None}
    filled = {flat.values[name].box[:n] for name in drawn for n in range(1, len(flat.values[name].box) + 1)}
    return tuple(sorted((p for p, b in flat.boxes.items() if _drawn(flat, b, calls, filled)), key=len))


def _drawn(flat: Flat, box: Box, calls: set[Path], filled: set[Path]) -> bool:
    if box.call is not None:
        return box.path in calls
    return box.path in filled and all(around.path in calls for around in flat.calls(box.path))
