"""`harden(EXPR)`: what an expression is where the relaxed draws above it are rounded to their corners.

The statements between the draws and the expression are written once more, on the rounded draws. Layers and
nets are called again, so that their parameters are the same; draws that are not relaxed stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.analysis.binding import Given
from scgc.analysis.flow import relaxed
from scgc.analysis.scope import UNKNOWN, Region, Typed
from scgc.diagnostics.base import Label
from scgc.diagnostics.graph import HardenObstacle
from scgc.diagnostics.names import WrongRole
from scgc.ir.graph import (
    Apply,
    Choice,
    Invoke,
    Loop,
    Net,
    Operand,
    Propagate,
    Sample,
    Simple,
    Statement,
    refs,
    walk,
)
from scgc.ir.types import DistType
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

ROUNDED = ("Categorical", "Bernoulli")
"""The families whose draws are rounded entry by entry."""


def harden(
    inference: Inference, target: ast.Expression, first: Given | None, region: Region, span: Span
) -> Typed:
    """The call `harden(EXPR)`, or `EXPR |> harden`."""
    args: list[object] = [first.what] if first is not None else []
    args += target.args if isinstance(target, ast.Call) else ()
    if len(args) != 1 or (isinstance(target, ast.Call) and target.named):
        expected = "`harden(EXPR)`, of one expression"
        inference.sink.report(
            WrongRole(span=span, name="harden", found=f"given {len(args)} arguments", expected=expected)
        )
        return UNKNOWN
    [given] = args
    value = given if isinstance(given, Typed) else inference.infer(given, region)  # type: ignore[arg-type]
    if value.type is None:
        return UNKNOWN
    try:
        operand = _Hardening(region, span).of(value.operand)
    except _Obstacle as found:
        place = region.places.get((region.path, found.node))
        label = (Label(place, "drawn here"),) if place is not None and place != span else ()
        inference.sink.report(
            HardenObstacle(span=span, node=found.node, reason=found.reason, advice=found.advice, others=label)
        )
        return UNKNOWN
    return Typed(operand, value.type, fixed=value.fixed)


class _Obstacle(Exception):
    """A relaxed node, by the name that the region knows, and why it stays as it is."""

    within = "return the draw and compute what follows where `harden` stands."

    def __init__(self, node: str, reason: str, advice: str = within) -> None:
        self.node, self.reason, self.advice = node, reason, advice


class _Hardening:
    """Writes the second version of values of one region."""

    def __init__(self, region: Region, span: Span) -> None:
        self.region = region
        self.span = span
        self.known: dict[str, Operand] = {}

    def of(self, operand: Operand) -> Operand:
        """The operand on rounded draws; the same where none is above it."""
        if not isinstance(operand, str):
            return operand
        if operand not in self.known:
            self.known[operand] = self._of(operand)
        return self.known[operand]

    def _of(self, name: str) -> Operand:
        first = name.split(".")[0]
        statement = self.region.statement(first)
        if statement is None:
            return name
        if first != name or isinstance(statement, Loop | Choice):
            self._verify(statement, first)
            return name
        match statement:
            case Sample():
                return self._rounded(statement) if relaxed(statement) and statement.observe is None else name
            case Apply():
                return self._again(statement, self._apply(statement))
            case Invoke():
                self._verify_net(first, statement.net)
                args = tuple(map(self.of, statement.args))
                return self._again(statement, statement.replace(args=args))
            case Propagate():
                self._verify_net(first, statement.net)
                ends = {end: self.of(getattr(statement, end)) for end in ("dst", "src", "along")}
                return self._again(statement, statement.replace(**ends))
        raise AssertionError(statement)

    def _rounded(self, node: Sample) -> str:
        q = self.region.statement(node.distribution)
        type_ = q.type if isinstance(q, Apply) else None
        if isinstance(type_, DistType) and type_.family not in ROUNDED:
            reason = f"the corners of a {type_.family} are no entries that one rounds one by one"
            advice = "only the draws of a Categorical or Bernoulli are rounded."
            raise _Obstacle(node.result, reason, advice)
        inputs: dict[str, Operand | tuple[Operand, ...] | None] = {"x": node.result}
        made = Apply(result=self.region.fresh(), function="corner", inputs=inputs, type=node.type)
        return self.region.add(made, self.span)

    def _apply(self, statement: Apply) -> Apply:
        inputs = {
            slot: tuple(map(self.of, o)) if isinstance(o, tuple) else None if o is None else self.of(o)
            for slot, o in statement.inputs.items()
        }
        return statement.replace(inputs=inputs)

    def _again(self, before: Simple, after: Simple) -> str:
        if after == before:
            return before.result
        return self.region.add(after.replace(result=self.region.fresh()), self.span)

    def _verify(self, statement: Statement, name: str) -> None:
        """That nothing relaxed is above a value that cannot be computed a second time from here."""
        match statement:
            case Loop() | Choice():
                inside = list(walk([statement]))
                where = "in a loop" if isinstance(statement, Loop) else "in a choice"
                for inner in inside:
                    if isinstance(inner, Sample) and relaxed(inner) and inner.observe is None:
                        raise _Obstacle(inner.result, f"it is drawn {where}")
                    if isinstance(inner, Invoke | Propagate):
                        self._verify_net(inner.result, inner.net)
            case Invoke() | Propagate():
                self._verify_net(name, statement.net)
        for operand in refs(statement):
            if self.of(operand) != operand:
                reason = f"`{name}`, which depends on it, is not computed anew"
                raise _Obstacle(self._source(operand), reason)

    def _source(self, operand: str) -> str:
        """The relaxed node above a value."""
        statement = self.region.statement(operand.split(".")[0])
        if statement is None or isinstance(statement, Sample):
            return operand
        return next((self._source(o) for o in refs(statement) if self.of(o) != o), operand)

    def _verify_net(self, call: str, path: str) -> None:
        for node in _relaxed_in(self.region.nets, path):
            raise _Obstacle(
                f"{call}.{node}" if not call.startswith("%") else node, f"it is drawn in `{path}`"
            )


def _relaxed_in(nets: dict[str, Net], path: str) -> list[str]:
    """The relaxed nodes of a net and of those that it calls."""
    found: list[str] = []
    for statement in walk(nets[path].body):
        if isinstance(statement, Sample) and relaxed(statement) and statement.observe is None:
            found.append(statement.result)
        elif isinstance(statement, Invoke | Propagate):
            found += _relaxed_in(nets, statement.net)
    return found
