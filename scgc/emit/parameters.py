"""The parameters of a program by name, to compare two forms of it: weights go from one to the other."""

from __future__ import annotations

from scgc.diagnostics import graph as codes
from scgc.diagnostics.base import Sink
from scgc.emit.expressions import slots
from scgc.emit.matching import overload
from scgc.emit.regions import Regions
from scgc.ir.graph import Apply, Program
from scgc.syntax import ast


def parameters(program: Program) -> dict[str, str]:
    """What owns parameters, and all that their shapes depend on: params, layers and copies of nets."""
    regions = Regions(program)
    found = {p.name: str(p.type.substitute(regions.known)) for p in program.params}
    for region in regions:
        if region.net is not None and region.net.copies is not None:
            found[region.path] = f"{region.net.copies.substitute(regions.known)} copies"
        for name, statement in region.by_name.items():
            if isinstance(statement, Apply) and statement.layer is not None:
                operator, match = overload(regions, region, statement)
                asked = slots(operator.layer or "")
                dims = {n: d.substitute(regions.known) for n, d in match.dims.items() if n in asked}
                made = ", ".join(f"{n} = {d}" for n, d in dims.items())
                found[f"{region.path}.{name}".lstrip(".")] = f"{statement.function}({made})"
    return found


def verify_parameters(trained: Program, other: Program, block: str, tree: ast.Program, sink: Sink) -> None:
    """Report a parameter that an `evaluate` block with other dims would change."""
    before, after = parameters(trained), parameters(other)
    for name in [n for n in before if before[n] != after.get(n)][:1]:
        span = next(d.span for d in tree.declarations if isinstance(d, ast.Evaluate) and d.name == block)
        changed = codes.EvaluateChangesParameters(
            span=span, block=block, name=name, before=before[name], after=after.get(name, "nothing")
        )
        sink.report(changed)
