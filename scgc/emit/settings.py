"""What a net's calls ask of the draws inside it, where they differ: the net then has a parameter for it.

Two calls of one net may stand on different sample axes, or one above the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from scgc.emit.homes import Homes
from scgc.emit.names import Names, identifier
from scgc.emit.nodes import estimator_of, is_shortcut
from scgc.emit.regions import CallPath
from scgc.ir.graph import Invoke, Propagate, Sample

Setting = tuple[str, ...]
"""The path of a draw's setting inside a net: (calls..., node, "samples" | "dims" | "plates"), or of a net's:
(calls..., "lead" | "calls")."""

LEAD: Setting = ("lead",)
"""How many dimensions of the first argument stand for the batch and mapped axes, where sample axes may be in
front of them."""

CALLS: Setting = ("calls",)
"""Of how many calls' examples the batch consists, where a shortcut is drawn for each of them."""


@dataclass(frozen=True)
class Agreed:
    """A value on which all calls of a net agree."""

    value: object


class Settings:
    """Settings of draws by region."""

    def __init__(self, homes: Homes) -> None:
        self.homes = homes
        self.found: dict[str, dict[Setting, dict[CallPath, object]]] = {}

    def differing(self, path: str) -> dict[Setting, dict[CallPath, object]]:
        """The draws' settings inside a net that its calls disagree about, with their values."""
        values = self._all(path)
        return {k: v for k, v in values.items() if len(set(v.values())) > 1} if path else {}

    def _all(self, path: str) -> dict[Setting, dict[CallPath, object]]:
        if path not in self.found:
            self.found[path] = self._look(path)
        return self.found[path]

    def _look(self, path: str) -> dict[Setting, dict[CallPath, object]]:
        found: dict[Setting, dict[CallPath, object]] = {}
        paths = self.homes.leads.paths[path]
        region = self.homes.regions.by_path[path]
        first = next(iter(region.args), None) if region.net else None
        if first and self.homes.leads.has_axes(region, first) and self.homes.leads.reads_shape(region):
            around = self.homes.leads.around
            found[LEAD] = {p: int(around[p].batch) + around[p].mapped for p in paths}
        if self.joined(path) and any(is_shortcut(s) for s in self.homes.statements(path)):
            found[CALLS] = {p: self.homes.leads.parts(p) for p in paths}
        for statement in self.homes.statements(path):
            if isinstance(statement, Sample):
                carries = estimator_of(statement).carries
                kinds = {"score": ("samples", "dims"), "weights": ("dims", "plates")}.get(carries, ())
                for kind in kinds:
                    found[statement.result, kind] = {
                        p: getattr(self.homes.leads.draws[p][statement.result], kind) for p in paths
                    }
            elif isinstance(statement, Invoke | Propagate):
                for key, by_path in self.differing(statement.net).items():
                    found[statement.result, *key] = {p: by_path[*p, statement.result] for p in paths}
        return found

    def joined(self, path: str) -> bool:
        """Whether calls of a net, or of one around it, are made as one with others."""
        return any(self.homes.leads.parts(p) > 1 for p in self.homes.leads.paths[path])

    def agreed(self, path: str, key: Setting) -> object | None:
        """A setting's value where all calls agree; None where the net has it as a parameter."""
        values = set(self._all(path)[key].values())
        return Agreed(values.pop()) if len(values) == 1 else None

    def parameters(self, path: str) -> dict[Setting, str]:
        """The parameters of a net that carry settings."""
        scope = Names(self.homes.module.taken | {"batch"})
        return {key: scope.new(identifier(".".join(key))) for key in self.differing(path)}
