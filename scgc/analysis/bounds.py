"""Multi-sample bounds: whether the losses below a plate are log_mean_exp of a value that each element of the
plate makes by itself.

The estimator `vimco` leaves one element out of the bound, which asks that the others know nothing of it: from
the node to the value every step must keep the plate's first axis, and each entry along it be made of the
element with that number alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from scgc.analysis.credit import is_greedy
from scgc.analysis.flow import Flow
from scgc.distributions import distributions, plates
from scgc.estimators import estimators
from scgc.ir.graph import Apply, DimOption, Invoke, Operand, Program, Sample, Simple, refs
from scgc.ir.types import DistType, TensorType, Type
from scgc.ops import operators
from scgc.syntax import ast


def is_bound(node: Simple) -> bool:
    """Whether a node's estimator takes its elements as the samples of a bound."""
    if not isinstance(node, Sample):
        return False
    return estimators()[node.estimator.name].bound and node.observe is None


def averaged(by_name: dict[str, Simple], value: Operand) -> tuple[str, int] | None:
    """(v, sign) of a value that is sign * log_mean_exp of v over its first axis; None of any other."""
    sign = 1
    statement = by_name.get(str(value))
    while isinstance(statement, Apply) and statement.function in ("neg", "identity"):
        sign = -sign if statement.function == "neg" else sign
        statement = by_name.get(str(statement.inputs["x"]))
    if not isinstance(statement, Apply) or statement.function != "log_mean_exp":
        return None
    v, axis = statement.inputs["x"], statement.options.get("axis")
    inner = by_name.get(str(v))
    one = inner is not None and isinstance(inner.type, TensorType) and inner.type.rank == 1
    return (str(v), sign) if one and _first(axis) and statement.inputs.get("where") is None else None


def _first(axis: object) -> bool:
    return axis is None or (isinstance(axis, DimOption) and axis.dim.value in (0, -1))


def obstacle(program: Program, opened: Flow, name: str, value: str) -> str:
    """Why a loss, a value below the node `name`, is no bound over its elements; nothing where it is one."""
    node = opened.statements[name]
    assert isinstance(node, Sample)
    if "." in name:
        return "a node of a net or loop cannot have its elements as samples"
    here = {n: s for n, s in opened.statements.items() if "." not in n}
    found = averaged(here, value)
    if found is None:
        return "is no log_mean_exp over the first axis of a value"
    v, _ = found
    between = (opened.after(name) & opened.before(v)) | {v}
    for step in [n for n in here if n in between]:
        statement = here[step]
        if not _keeps(statement, here, {*between, name}, node):
            return "mixes the elements, or loses them" if step == v else f"`{_said(step)}` mixes the elements"
    return _across(opened, between)


def _across(opened: Flow, between: set[str]) -> str:
    """What mixes the elements inside of nets that are mapped over them, or their weights."""
    for name in between:
        match opened.statements.get(name):
            case Apply(function=function) if any(o.across for o in operators().get(function, ())):
                return f"`{function}` mixes the elements"
            case Sample(estimator=use, observe=None) as below:
                if estimators()[use.name].carries == "weights" or is_greedy(below):
                    return f"`{name}` below it has several values at once"
            case _:
                pass
    return ""


def _said(step: str) -> str:
    return "a step before it" if step.startswith("%") else step


def _keeps(statement: Simple, here: dict[str, Simple], below: set[str], node: Sample) -> bool:
    """Whether each entry along the first axis of a value is made of the entries with that number."""
    first = node.type.shape[0]
    read = [r for r in refs(statement) if r.split(".")[0] in below]
    if not _begins(statement.type, first) or not all("." not in r and r in here for r in read):
        return False
    types = {r: here[r].type for r in read}
    if not all(_begins(t, first) for t in types.values()):
        return False
    match statement:
        case Invoke(args=args, mapped=mapped, spread=spread):
            return bool(mapped) and all(s for a, s in zip(args, spread, strict=True) if a in types)
        case Sample(distribution=q):
            inner = here[q].type
            return isinstance(inner, DistType) and plates(inner) > 0
        case Apply(function="matmul", inputs=inputs):
            x = types.get(str(inputs["x"]))
            table = here.get(str(inputs["y"]))
            plain = table is None or _rank(table.type) < 3
            return plain and inputs["y"] not in types and x is not None and _rank(x) > 1
        case Apply():
            return _rowwise(statement, types)
        case _:
            return False


def _begins(type_: Type, first: object) -> bool:
    shape = type_.event.shape if isinstance(type_, DistType) else type_.shape
    return bool(shape) and shape[0] == first


def _rank(type_: Type) -> int:
    return len(type_.event.stored if isinstance(type_, DistType) else type_.stored)


def _rowwise(statement: Apply, types: dict[str, Type]) -> bool:
    """By the operator's signature: `*s` stands for the axis in front, in what it reads and in the result."""
    if statement.function in distributions():
        signatures: Iterable[ast.Signature] = distributions()[statement.function].parsed
    else:
        overloads = operators()[statement.function]
        if any(o.along == "all" or o.across for o in overloads):
            return False
        if "axis" in statement.options:
            axis = statement.options["axis"]
            rank = min(map(_rank, types.values()))
            if not isinstance(axis, DimOption) or axis.dim.value is None or axis.dim.value % rank == 0:
                return False
            if any(o.along == "axis" for o in overloads):
                return True
        signatures = [o.parsed for o in overloads]
    return any(_fits(signature, statement, types) for signature in signatures)


def _fits(signature: ast.Signature, statement: Apply, types: dict[str, Type]) -> bool:
    slots = {s.name: s.type for s in signature.slots}
    if signature.result is None or not set(statement.inputs) <= set(slots):
        return False
    free = _rank(statement.type) - _fixed(signature.result)
    if not _leads(signature.result) or free < 1:
        return False
    for slot, operand in statement.inputs.items():
        for part in operand if isinstance(operand, tuple) else (operand,):
            if part in types:
                kind, type_ = slots[slot], types[str(part)]
                if not _leads(kind) or _rank(type_) - _fixed(kind) != free:
                    return False
    return True


def _leads(kind: ast.TypeExpr) -> bool:
    return bool(kind.shape) and isinstance((kind.shape or ())[0], ast.Rest)


def _fixed(kind: ast.TypeExpr) -> int:
    """The axes of the stored value that are no `*s`."""
    plain = sum(not isinstance(axis, ast.Rest) for axis in kind.shape or ())
    return plain + (kind.kind == "onehot")
