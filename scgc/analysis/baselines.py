"""A value as the baseline of a score-function node: which signature it has, and what it is fitted through.

The expression is fitted to the costs below the node. Named values that it reads are constants to that fit, so
that it trains the nets and parameters that the expression itself names, and nothing that they share with the
rest of the program: each is read through a `stop`.
"""

from __future__ import annotations

from scgc.analysis.scope import Region
from scgc.diagnostics import graph as codes
from scgc.diagnostics.base import Sink
from scgc.estimators.declare import Estimator
from scgc.ir.graph import Apply, Invoke, Operand, Simple, Statement
from scgc.ir.types import TensorType
from scgc.source import Span
from scgc.syntax import ast


def baseline_of(estimator: Estimator, target: ast.Expression, region: Region) -> ast.Expression | None:
    """The expression that is a node's baseline; None where it is a word, or none is given."""
    if not estimator.valued or not isinstance(target, ast.Call):
        return None
    given = next((n.value for n in target.named if n.name == "baseline"), None)
    if isinstance(given, ast.Name):
        word = given.id in estimator.words["baseline"] or region.scope.find(given.id) is None
        return None if word else given
    return given


def verify_baseline(sink: Sink, node: ast.Draw, given: ast.Expression, region: Region) -> bool:
    """Whether the node can be seen not to influence its baseline; reported if not."""
    span = next((n.span for n in ast.names(given) if n.id == node.name), None)
    reason = "the draw itself"
    if span is None:
        return True
    sink.report(codes.LeakingBaseline(span=span, node=node.name, reason=reason))
    return False


def with_constants(region: Region, first: int, baseline: Operand, span: Span) -> Operand:
    """Put a `stop` between the statements from number `first` on, which compute a baseline, and the values
    that they read; the baseline."""
    written, stops = region.statements[first:], dict[str, str]()
    own = {s.result for s in written}
    del region.statements[first:]

    def held(operand: Operand) -> Operand:
        if not isinstance(operand, str) or operand in own:
            return operand
        type_ = _type(region, operand)
        if type_ is None:
            return operand
        if operand not in stops:
            stop = Apply(result=region.fresh(), function="stop", inputs={"x": operand}, type=type_)
            stops[operand] = region.add(stop, span)
        return stops[operand]

    for statement in written:
        region.write(_read_through(statement, held))
    return held(baseline)


def _read_through(statement: Statement, held: object) -> Simple:
    assert callable(held) and isinstance(statement, Apply | Invoke)
    if isinstance(statement, Invoke):
        return statement.replace(args=tuple(held(a) for a in statement.args))
    inputs = {
        slot: tuple(held(o) for o in operand) if isinstance(operand, tuple) else held(operand)
        for slot, operand in statement.inputs.items()
    }
    return statement.replace(inputs=inputs)


def _type(region: Region, name: str) -> TensorType | None:
    """The type of a value of the region through which a gradient can run."""
    statement = region.statement(name)
    symbol = region.scope.find(name)
    type_ = getattr(statement, "type", None)
    if statement is None and region.kind == "net" and symbol is not None:
        value = getattr(symbol, "value", None)
        type_ = getattr(value, "type", None) if getattr(symbol, "region", None) == region.path else None
    kinds = ("real", "onehot", "bit")
    return type_ if isinstance(type_, TensorType) and type_.kind in kinds else None
