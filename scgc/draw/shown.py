"""Second stage of drawing: which values are nodes of the figure at a depth, and who stands for the others.

A value has an owner: itself where it is drawn; the closed call that hides it; the stochastic node whose
unnamed distribution or prior it is; the inner node that a call returns. Parts of expressions and arguments of
open calls have none, unless they fork: they become edges.
"""

from __future__ import annotations

from dataclasses import dataclass

from scgc.draw.flat import Flat, Path, Value


@dataclass(frozen=True)
class Shown:
    """The owner of every value, and the calls that are drawn as clusters."""

    flat: Flat
    owners: dict[str, str | None]
    clusters: tuple[Path, ...]
    depth: int

    def members(self, node: str) -> list[str]:
        """The values that a node stands for."""
        return [name for name, owner in self.owners.items() if owner == node]

    def region(self, node: str) -> Path:
        """The clusters around a node; the result of an open call lies inside it."""
        value = self.flat.values[node]
        inside = (*value.region, value.local)
        if value.kind == "call" and inside in self.clusters and node not in self.flat.costs:
            return inside
        return self.around(value.region)

    def around(self, region: Path) -> Path:
        """The innermost open cluster of a region."""
        while region and region not in self.clusters:
            region = region[:-1]
        return region

    def closed(self, node: str) -> bool:
        """Whether it is a call that hides its inside."""
        value = self.flat.values[node]
        return value.kind == "call" and (*value.region, value.local) not in self.clusters


def show(flat: Flat, depth: int) -> Shown:
    """Open the calls down to `depth` levels, except those without anything to see inside."""
    clusters = tuple(_clusters(flat, depth))
    owners: dict[str, str | None] = {}
    for name, value in flat.values.items():
        owners[name] = _hiding_call(value, clusters) or _own(flat, value)
    for call, result in flat.results.items():  # inner calls stand first
        inside = (*flat.values[call].region, flat.values[call].local)
        local = result is not None and flat.values[result].region == inside
        returned = owners[result] if result and local else None
        if owners[call] == call and inside in clusters and returned and call not in flat.costs:
            _hand_over(owners, call, returned)
    _keep_forks(flat, owners)
    return Shown(flat, owners, clusters, depth)


def _keep_forks(flat: Flat, owners: dict[str, str | None]) -> None:
    """Arguments of open calls that several nodes read are drawn: where a cluster is entered and its inside
    forks."""
    arguments = [v for v in flat.values.values() if v.kind == "argument" and owners[v.name] is None]
    for value in sorted(arguments, key=lambda v: -len(v.region)):  # an inner fork spares the outer call one
        if value.name in flat.into and _readers(flat, owners, value.name) > 1:
            owners[value.name] = value.name


def _readers(flat: Flat, owners: dict[str, str | None], name: str) -> int:
    """How many edges to nodes run from a value without a node."""
    flows = [f for f in flat.out_of.get(name, []) if f.role != "given"]
    return sum(_readers(flat, owners, f.head) if owners[f.head] is None else 1 for f in flows)


def _hand_over(owners: dict[str, str | None], old: str, new: str) -> None:
    for name, owner in owners.items():
        if owner == old:
            owners[name] = new


def _hiding_call(value: Value, clusters: tuple[Path, ...]) -> str | None:
    for length in range(1, len(value.region) + 1):
        if value.region[:length] not in clusters:
            return ".".join(value.region[:length])
    return None


def _own(flat: Flat, value: Value) -> str | None:
    if value.kind == "argument":
        return None
    if value.kind in ("call", "sample") or value.name in flat.costs or not value.unnamed:
        return value.name
    return flat.draws.get(value.name) or _prior_of(flat, value)


def _prior_of(flat: Flat, value: Value) -> str | None:
    """The node that an unnamed prior belongs to; one with a named distribution leaves `kl` to that."""
    node = flat.priors.get(value.name)
    whole = node is not None and any(d for d, n in flat.draws.items() if n == node and flat.values[d].unnamed)
    return node if whole else None


def _clusters(flat: Flat, depth: int) -> list[Path]:
    """The calls to open: at most `depth` deep, with a stochastic node or two nodes to see."""
    opened: list[Path] = []
    for call, result in flat.results.items():
        value = flat.values[call]
        inside = (*value.region, value.local)
        if len(inside) > depth:
            continue
        nodes = {n for n, v in flat.values.items() if v.region == inside and _own(flat, v) == n}
        stochastic = any(flat.values[n].kind == "sample" for n in nodes)
        deeper = any(path[: len(inside)] == inside for path in opened)
        own_result = result not in nodes
        if nodes and (stochastic or deeper or len(nodes) + own_result > 1):
            opened.append(inside)
    return _without_orphans(opened)


def _without_orphans(opened: list[Path]) -> list[Path]:
    return [path for path in opened if all(path[:n] in opened for n in range(1, len(path)))]
