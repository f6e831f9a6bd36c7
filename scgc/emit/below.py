"""The method that computes what the values beside a node's draws cost."""

from __future__ import annotations

import ast as py

from scgc.emit.beside import Below
from scgc.emit.body import Body
from scgc.emit.comments import Comments
from scgc.emit.expressions import fill, name
from scgc.emit.homes import Homes
from scgc.emit.module import Assign, Function, Line, Parameter, Return
from scgc.emit.names import Names
from scgc.emit.surrogate import cost_of


def write_below(homes: Homes, comments: Comments, below: Below) -> Function:
    """`below_z(self, z, x)`: the losses below z, [S, ..., B] each, of its values [S, ...]."""
    regions = homes.regions
    scope = Names(homes.module.taken | {"batch"})
    locals_ = {
        v: scope.new(v) if not v.startswith("%") else scope.numbered("h") for v in (below.node, *below.given)
    }
    z = locals_[below.node]
    body = Body(homes, regions.top, comments, scope, {}, name(f"{z}.device"))
    body.trees |= {v: name(local) for v, local in locals_.items()}
    body.statements(below.statements)
    costs = [cost_of(body, c) for c in regions.program.losses if c.name in below.costs]
    lines: list[Line] = []
    if body.uses_batch:
        rank = regions.top.types[below.node].rank  # type: ignore[union-attr]
        lines.append(Assign(("batch",), fill(f"{{z}}.shape[{-1 - rank}]", {"z": name(z)})))
    lines += [*body.lines(), Return(py.Tuple(costs, py.Load()))]
    method = homes.attribute("", "below", f"below_{below.node}")
    parameters = [Parameter("self"), *(Parameter(local, "Tensor") for local in locals_.values())]
    doc = f"The losses that the values of `{below.node}` beside its draws have."
    return Function(method, parameters, "tuple[Tensor, ...]", lines, doc)
