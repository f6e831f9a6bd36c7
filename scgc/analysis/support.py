"""How many values a stochastic node has, all of which `enumerate` visits."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from scgc.distributions import distributions, plates
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, DimOption, Statement
from scgc.ir.types import DistType

MOST = 65536
"""`enumerate` visits at most so many values of a node."""
UNSETTLED = "how many values it has is no number of the program"


def support_size(
    type_: DistType, made: Statement | None, defined: Mapping[str, Statement | None], dims: Mapping[str, Dim]
) -> int | None:
    """How many values the elements of a node have together, of many elements `MOST` + 1; None where that is
    not known yet, and where there is no end of them.

    made: what computes the distribution, among the statements `defined`.
    """
    formula = distributions()[type_.family].values
    facts = _facts(type_, made, defined) if formula else {}
    known = {name: dim.substitute(dims).value for name, dim in facts.items()}
    elements = [axis.substitute(dims).value for axis in type_.event.shape[: plates(type_)]]
    if not formula or unsettled(type_, made, defined) or None in (*known.values(), *elements):
        return None
    each = int(eval(formula, {"__builtins__": {}}, {"comb": math.comb, **known}))
    count = math.prod(e for e in elements if e is not None)
    return int(each**count) if count < 64 else MOST + 1


def unsettled(type_: DistType, made: Statement | None, defined: Mapping[str, Statement | None]) -> bool:
    """Whether the data says how many values there are, example by example."""
    needed = set(re.findall(r"[a-z_]+", distributions()[type_.family].values)) - {"comb"}
    return not needed <= set(_facts(type_, made, defined))


def _facts(
    type_: DistType, made: Statement | None, defined: Mapping[str, Statement | None]
) -> dict[str, Dim]:
    """What a formula may name."""
    found = {"length": type_.event.shape[-1]} if type_.event.shape else {}
    if type_.event.size is not None:
        found["size"] = type_.event.size
    if isinstance(made, Apply):
        found |= {name: o.dim for name, o in made.options.items() if isinstance(o, DimOption)}
        given = {slot: defined.get(v) if isinstance(v, str) else v for slot, v in made.inputs.items()}
        found |= {slot: Dim.of(v) for slot, v in given.items() if type(v) is int}
        for slot, value in given.items():
            number = value.options.get("value") if isinstance(value, Apply) else None
            if isinstance(number, DimOption):
                found[slot] = number.dim
    return found
