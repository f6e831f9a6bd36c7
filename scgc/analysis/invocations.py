"""Calls of nets and fns: arguments by position or name, mapped over leading axes that the net does not
have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.analysis import calls
from scgc.analysis.binding import Arguments, Given, bind
from scgc.analysis.constants import extremes, sizes_in
from scgc.analysis.scope import UNKNOWN, NetSymbol, Region, Typed
from scgc.diagnostics import arguments as codes
from scgc.diagnostics import loops as loop_codes
from scgc.diagnostics import types as type_codes
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, Argument, Invoke, Name, Net, Operand, Propagate, walk
from scgc.ir.types import TensorType
from scgc.ops import operators
from scgc.ops.signature import Match, convert
from scgc.source import Span
from scgc.syntax import ast
from scgc.syntax.naming import argument_at

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference


def net_signature(net: Net) -> str:
    """How a net is called, for messages."""
    args = ", ".join(f"{a.name} : {a.type}" for a in net.args)
    return f"{net.name}({args}) -> {net.result_type}"


def invoke(
    inference: Inference,
    symbol: NetSymbol,
    arguments: Arguments,
    copy: ast.Expression | ast.Slice | None,
    region: Region,
    name: str | None,
    span: Span,
) -> Typed:
    """A call of a net; its result's type has the axes that it is mapped over in front."""
    net = symbol.net
    arguments = Arguments(net.name, net_signature(net), arguments.span, arguments.positional, arguments.named)
    for named in arguments.named:
        for arg in net.args:
            if arg.name == named.name:
                region.scope.names_at[argument_at(named)] = Name((symbol.path, arg.name), arg.type)
    index = copy_index(inference, net, copy, region, span)
    slots = tuple(_slot(a, span) for a in net.args)
    bound = bind(slots, arguments, inference.sink)
    if bound is None or index is UNKNOWN:
        return UNKNOWN
    mapped: tuple[Dim, ...] = ()
    operands: list[Operand] = []
    spread: list[bool] = []
    fixed = not symbol.draws
    failed = False
    for arg in net.args:
        fitted = _argument(inference, net, arg, bound[arg.name][0], region)
        if fitted is None:
            failed = True
            continue
        value, leading = fitted
        if leading and mapped and not _same(inference, region, mapped, leading):
            _report_leading(inference, net, arg, mapped, leading, bound[arg.name][0].span)
            failed = True
        mapped = mapped or leading
        operands.append(value.operand)
        spread.append(bool(leading))
        fixed = fixed and value.fixed
    if failed:
        return UNKNOWN
    type_ = net.result_type.with_shape((*mapped, *net.result_type.shape))
    if any(sizes_in(d, region.scope) for d in mapped) and not _apart(inference, net, type_, region, span):
        return UNKNOWN
    statement = Invoke(
        result=name or region.fresh(),
        net=symbol.path,
        copy_index=index.dim if index else None,
        args=tuple(operands),
        mapped=mapped,
        spread=tuple(spread) if mapped else (),
        type=type_,
    )
    region.draws = region.draws or symbol.draws
    result = region.add(statement, span)
    if region.alive and symbol.draws:
        region.attending[region.path, result] = _attending(inference, region, span)
    return Typed(result, type_, fixed=fixed)


def _attending(inference: Inference, region: Region, span: Span) -> str:
    """Whether an example takes part in this round of the loops around a call."""
    alive = [Given(Typed(name, TensorType(kind="bool")), span) for name in region.alive]
    found = calls.apply(inference, "identity", alive[:1], region, span)
    for one in alive[1:]:
        found = calls.apply(inference, "logical_and", [Given(found, span), one], region, span)
    return str(found.operand)


def _apart(inference: Inference, net: Net, type_: TensorType, region: Region, span: Span) -> bool:
    """Whether a net leaves the elements that it is mapped over apart, so that padding is no matter; False
    after reporting an operator that mixes them."""
    mixing = _mixing(net, region)
    if mixing is None:
        return True
    advice = (
        f"`{mixing}` in `{net.name}` mixes what the net is applied to; `layernorm` works on each by itself."
    )
    found = loop_codes.PaddedAxis(
        span=span, function=net.name, slot="what it gives", type=str(type_), advice=advice
    )
    inference.sink.report(found)
    return False


def _mixing(net: Net, region: Region) -> str | None:
    """An operator of a net, or of a net that it calls, that mixes the elements the net is mapped over."""
    for statement in walk(net.body):
        match statement:
            case Apply(function=name) if any(o.across for o in operators().get(name, ())):
                return name
            case Invoke(net=path) | Propagate(net=path) if path in region.nets:
                inner = _mixing(region.nets[path], region)
                if inner is not None:
                    return inner
    return None


def _slot(arg: Argument, span: Span) -> ast.Slot:
    return ast.Slot(arg.name, ast.TypeExpr(arg.type.kind, None, None, span=span), None, False, span=span)


def copy_index(
    inference: Inference,
    net: Net,
    copy: ast.Expression | ast.Slice | None,
    region: Region,
    span: Span,
) -> Typed | None:
    """Which of several copies; None for a net without copies, UNKNOWN after a mistake."""
    if net.copies is None and copy is None:
        return None
    facts = None
    if net.copies is None:
        facts = ("has no copies", f"{net.name}[...]", f"call it as `{net.name}(...)`.")
    elif copy is None:
        facts = (f"has {net.copies} copies", net.name, f"say which one: `{net.name}[0](...)`.")
    elif not isinstance(copy, ast.Slice):
        dim = inference.constants.dim(copy, region.scope)
        if dim is None:
            return UNKNOWN
        known = inference.known(region)
        low, value = extremes(dim, region.scope)
        count = net.copies.substitute(known).value
        if low is None or value is None or count is None or 0 <= low <= value < count:
            return Typed(str(dim), TensorType(kind="int"), fixed=True, dim=dim)
        value = low if low < 0 else value
        facts = (f"has {count} copies", f"{net.name}[{value}]", f"copies count from 0 to {count - 1}.")
    if facts:
        problem, found, advice = facts
        inference.sink.report(
            codes.CopyIndex(span=span, net=net.name, problem=problem, found=found, advice=advice)
        )
    return UNKNOWN


def _argument(
    inference: Inference, net: Net, arg: Argument, given: Given, region: Region
) -> tuple[Typed, tuple[Dim, ...]] | None:
    """The value for one parameter, converted, and the leading axes it has beyond it."""
    value = inference.given(given, region)
    if value.type is None:
        return None
    what = f"`{arg.name}` of `{net.name}`"
    converted = None
    if isinstance(value.type, TensorType):
        converted = convert(value.type, arg.type.kind, value.literal)
    if converted is None or not isinstance(value.type, TensorType):
        inference.sink.report(
            type_codes.KindMismatch(span=given.span, what=what, expected=str(arg.type), found=str(value.type))
        )
        return None
    type_, operator = converted
    if operator and not value.plain:
        value = calls.apply(inference, operator, [Given(value, given.span)], region, given.span)
    match = Match(known=inference.known(region))
    cut = len(type_.shape) - len(arg.type.shape)
    fits = cut >= 0 and all(match.equal(a, b) for a, b in zip(type_.shape[cut:], arg.type.shape, strict=True))
    if fits and arg.type.size is not None and type_.size is not None:
        fits = match.equal(arg.type.size, type_.size)
    if not fits:
        inference.sink.report(
            type_codes.ShapeMismatch(span=given.span, what=what, expected=str(arg.type), found=str(type_))
        )
        return None
    return value, type_.shape[:cut]


def _same(inference: Inference, region: Region, a: tuple[Dim, ...], b: tuple[Dim, ...]) -> bool:
    match = Match(known=inference.known(region))
    return len(a) == len(b) and all(match.equal(x, y) for x, y in zip(a, b, strict=True))


def _report_leading(
    inference: Inference,
    net: Net,
    arg: Argument,
    mapped: tuple[Dim, ...],
    leading: tuple[Dim, ...],
    span: Span,
) -> None:
    inference.sink.report(
        type_codes.ShapeMismatch(
            span=span,
            what=f"the axes that `{net.name}` is mapped over",
            expected=f"[{', '.join(map(str, mapped))}]",
            found=f"[{', '.join(map(str, leading))}] in front of `{arg.name}`",
            advice="arguments of one call are mapped over the same leading axes, or over none.",
        )
    )
