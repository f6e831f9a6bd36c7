"""Common subexpressions: a value that is computed a second time, from the same values, is the first one.

What draws random numbers or owns parameters is never shared, nor are distributions and views (a copy of them
costs nothing) and what stands in loops and choices. A value with a name keeps it, as another name of the
first.
"""

from __future__ import annotations

from collections.abc import Iterator

from scgc.ir.graph import (
    Apply,
    Invoke,
    Net,
    Operand,
    Program,
    Propagate,
    Sample,
    Statement,
    bodies,
    held,
    refs,
    walk,
)
from scgc.ir.types import DistType
from scgc.ops import operators

VIEWS = ("identity", "slice", "select", "transpose", "reshape", "flatten")
"""Operators that only look at a value in another way."""

Names = dict[str, str]
"""Value -> the one that takes its place."""


def share(program: Program) -> Program:
    """The program with each value computed once in its region."""
    elsewhere = set(_read_elsewhere(program))

    def shared(net: Net) -> Net:
        body, names = _body(net.body, elsewhere)
        result = names.get(net.result, net.result) if isinstance(net.result, str) else net.result
        return net.replace(nets=tuple(map(shared, net.nets)), body=body, result=result)

    nets = tuple(map(shared, program.nets))
    body, _ = _body(program.body, elsewhere)
    return program.replace(nets=nets, body=body)


def _body(statements: tuple[Statement, ...], elsewhere: set[str]) -> tuple[tuple[Statement, ...], Names]:
    """The statements of a region, and what takes the place of its values without a name."""
    read_within = {n for s in statements if bodies(s) for part in (s, *walk(bodies(s))) for n in _reads(part)}
    first: dict[object, str] = {}
    names: Names = {}
    found: list[Statement] = []
    for statement in statements:
        changed = _renamed(statement, names)
        key = _key(changed)
        known = first.setdefault(key, changed.result) if key is not None else changed.result
        if known == changed.result:
            found.append(changed)
        elif changed.result.startswith("%") and changed.result not in elsewhere | read_within:
            names[changed.result] = known
        else:
            assert isinstance(changed, Apply)
            found.append(changed.replace(**(_ALIAS | {"inputs": {"x": known}})))
    return tuple(found), names


_ALIAS: dict[str, object] = {"function": "identity", "options": {}}


def _reads(statement: Statement) -> list[str]:
    return [*refs(statement), *(held(statement) if bodies(statement) else [])]  # type: ignore[arg-type]


def _key(statement: Statement) -> object | None:
    """What two statements have in common that compute the same; None for those that are never shared."""
    match statement:
        case Apply(function=function, layer=None, type=type_) if not isinstance(type_, DistType):
            declared = operators().get(function, ())
            if function in VIEWS or any(o.draws or o.across for o in declared):
                return None
            inputs = tuple((slot, _typed(given)) for slot, given in sorted(statement.inputs.items()))
            return (function, inputs, repr(sorted(statement.options.items())), repr(type_))
        case _:
            return None


def _typed(given: Operand | tuple[Operand, ...] | None) -> object:
    """A literal with its type: 1, 1.0 and true are equal in Python."""
    parts = given if isinstance(given, tuple) else (given,)
    return isinstance(given, tuple), tuple((type(p), p) for p in parts)


def _renamed(statement: Statement, names: Names) -> Statement:
    """The statement with other names of what it reads; loops and choices read none of them."""

    def new(operand: object) -> object:
        if isinstance(operand, tuple):
            return tuple(map(new, operand))
        return names.get(operand, operand) if isinstance(operand, str) else operand

    match statement:
        case Apply():
            return statement.replace(inputs={k: new(v) for k, v in statement.inputs.items()})
        case Invoke():
            return statement.replace(args=new(statement.args))
        case Propagate():
            slots = ("dst", "src", "along", "where")
            return statement.replace(**{s: new(getattr(statement, s)) for s in slots})
        case Sample():
            slots = ("distribution", "prior", "observe", "where")
            inputs = {k: new(v) for k, v in statement.estimator.inputs.items()}
            changed: dict[str, object] = {s: new(getattr(statement, s)) for s in slots}
            changed["estimator"] = statement.estimator.replace(inputs=inputs)
            return statement.replace(**changed)
        case _:
            return statement


def _read_elsewhere(program: Program) -> Iterator[str]:
    """The values without a name that costs and measures read, and those that are asked for as a part of a
    call, in any region."""
    for cost in (*program.losses, *program.metrics):
        yield str(cost.value)
    for block in program.evaluations:
        for use in block.report:
            yield from map(str, use.inputs.values())
    regions = [program.body]
    waiting = list(program.nets)
    while waiting:
        net = waiting.pop()
        regions.append(net.body)
        waiting += net.nets
    for body in regions:
        for statement in walk(body):
            for name in refs(statement):
                yield from name.split(".")[1:]
    known = {s.result for body in regions[:1] for s in body}
    for body in regions[1:]:  # what nets read of the program's body
        own = {s.result for s in walk(body)}
        yield from (n for s in walk(body) for n in refs(s) if n in known and n not in own)
