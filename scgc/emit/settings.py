"""What a net's calls ask of the draws inside it, where they differ: the net then has a parameter for it.

Two calls of one net may stand on different sample axes, or one above the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from scgc.emit.homes import Homes
from scgc.emit.names import identifier
from scgc.emit.nodes import estimator_of
from scgc.emit.regions import CallPath
from scgc.ir.graph import Invoke, Sample

Setting = tuple[str, ...]
"""The path of a draw's setting inside a net: (calls..., node, "samples" | "dims" | "plates")."""


@dataclass(frozen=True)
class Agreed:
    """A value on which all calls of a net agree."""

    value: object


class Settings:
    """Settings of draws by region."""

    def __init__(self, homes: Homes) -> None:
        self.homes = homes

    def differing(self, path: str) -> dict[Setting, dict[CallPath, object]]:
        """The draws' settings inside a net that its calls disagree about, with their values."""
        values = self._all(path)
        return {k: v for k, v in values.items() if len(set(v.values())) > 1} if path else {}

    def _all(self, path: str) -> dict[Setting, dict[CallPath, object]]:
        found: dict[Setting, dict[CallPath, object]] = {}
        paths = self.homes.leads.paths[path]
        for statement in self.homes.statements(path):
            if isinstance(statement, Sample):
                carries = estimator_of(statement).carries
                kinds = {"score": ("samples", "dims"), "support": ("dims", "plates")}.get(carries, ())
                for kind in kinds:
                    found[statement.result, kind] = {
                        p: getattr(self.homes.leads.draws[p][statement.result], kind) for p in paths
                    }
            elif isinstance(statement, Invoke):
                for key, by_path in self.differing(statement.net).items():
                    found[statement.result, *key] = {p: by_path[*p, statement.result] for p in paths}
        return found

    def agreed(self, path: str, key: Setting) -> object | None:
        """A setting's value where all calls agree; None where the net has it as a parameter."""
        values = set(self._all(path)[key].values())
        return Agreed(values.pop()) if len(values) == 1 else None

    @staticmethod
    def parameter(key: Setting) -> str:
        """The parameter that carries a setting."""
        return identifier(".".join(key))
