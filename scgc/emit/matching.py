"""Which overload of an operator a statement of the graph uses, found again from the types of its inputs.

The graph names operators, not overloads: what an overload binds (dimensions, leading axes) follows from the
types, which the analysis has checked.
"""

from __future__ import annotations

from scgc.diagnostics.base import CompilerBug
from scgc.distributions import distributions
from scgc.emit.region import Region
from scgc.emit.regions import Regions
from scgc.ir.graph import Apply, DimOption
from scgc.ir.types import DistType, TensorType
from scgc.ops import operators
from scgc.ops.declare import Operator
from scgc.ops.signature import VALUE_KINDS, Match, Mismatch, match_value, result_type
from scgc.syntax import ast


def overload(regions: Regions, region: Region, apply: Apply) -> tuple[Operator, Match]:
    """The overload of an operator's statement and what its signature's names stand for."""
    fits: list[tuple[Operator, Match]] = []
    for operator in operators()[apply.function]:
        if not operator.torch:
            continue
        match = matched(regions, region, apply, operator.parsed)
        if match is None:
            continue
        try:
            result = operator.result(match) if operator.result else result_type(match, _result(operator))
        except (Mismatch, KeyError):
            continue
        fits.append((operator, match))
        assert isinstance(apply.type, TensorType)
        if result.kind == apply.type.kind and len(result.shape) == len(apply.type.shape):
            return operator, match
    if not fits:
        raise CompilerBug(f"no overload of {apply.function} fits {apply}")
    return fits[0]


def _result(operator: Operator) -> ast.TypeExpr:
    assert operator.parsed.result is not None
    return operator.parsed.result


def constructor(regions: Regions, region: Region, apply: Apply) -> tuple[str, ast.Signature, Match]:
    """The template of a distribution, its signature and what the signature's names stand for."""
    family = distributions()[apply.function]
    assert isinstance(apply.type, DistType)
    if apply.options.get("uniform") is True:
        assert family.uniform is not None
        signature = family.parsed[0]
        match = Match(known=regions.known)
        if signature.result is not None:
            result, event = signature.result, apply.type.event
            if result.size is not None and event.size is not None:
                match.unify_dim("", result.size, event.size, result, event)
            match.unify_shape("", result.shape or (), event, result)
        return family.uniform, ast.Signature("", (), None, span=signature.span), match
    for signature, template in zip(family.parsed, family.signatures.values(), strict=True):
        found = matched(regions, region, apply, signature)
        if found is not None:
            return template, signature, found
    raise CompilerBug(f"no parametrisation of {apply.function} fits {apply}")


def matched(regions: Regions, region: Region, apply: Apply, signature: ast.Signature) -> Match | None:
    """What a signature's names stand for in a statement; None where they are not of one another."""
    values = [s for s in signature.slots if s.type.kind in VALUE_KINDS]
    options = [s.name for s in signature.slots if s.type.kind not in VALUE_KINDS]
    names = {s.name for s in values}
    if not set(apply.inputs) <= names or not set(apply.options) <= set(options):
        return None
    match = Match(known=regions.known, options=apply.options)
    for name, option in apply.options.items():
        if isinstance(option, DimOption):
            match.dims[name] = option.dim
    for slot in values:
        given = apply.inputs.get(slot.name)
        operands = given if isinstance(given, tuple) else () if given is None else (given,)
        types = []
        for position, operand in enumerate(operands):
            literal = not isinstance(operand, str)
            try:
                found = regions.operand_type(region, operand)
                types.append(match_value(match, slot, position, found, literal))
            except Mismatch:
                return None
            if (slot.name, position) in match.conversions and not literal and not _number(region, operand):
                return None
        if slot.variadic:
            match.types[slot.name] = tuple(t for t in types if isinstance(t, TensorType))
        else:
            match.types[slot.name] = types[0] if types else None
    return match


def _number(region: Region, operand: object) -> bool:
    """Whether a value is a compile-time number, which needs no conversion."""
    statement = region.by_name.get(operand) if isinstance(operand, str) else None
    return isinstance(statement, Apply) and statement.function == "number"
