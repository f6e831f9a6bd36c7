"""Inner graphs: which values are graphs that the program draws."""

from __future__ import annotations

from scgc.draw.flat import Flat
from scgc.ir.graph import Apply
from scgc.ir.types import TensorType

_DISCRETE = ("bool", "bit", "class", "onehot")
_KEEPING = ("identity", "to_real", "transpose", "put", "where", "mul", "select", "slice")
"""Operators through which a graph stays that graph, or a part or correction of it."""


def drawn_graph(flat: Flat, name: str) -> bool:
    """Whether a value's edges come from stochastic nodes: it is one, or is put together from the draws of
    some."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        value = flat.values[waiting.pop()]
        if value.kind == "sample":
            return True
        kept = isinstance(value.type, TensorType) and value.type.kind in _DISCRETE
        kept = kept or (isinstance(value.statement, Apply) and value.statement.function in _KEEPING)
        if kept and value.name not in seen:
            seen.add(value.name)
            waiting += [f.tail for f in flat.into.get(value.name, []) if f.role in ("data", "next")]
    return False
