"""Messages: `propagate(f, dst = a, src = b, along = w)`, m[v] = sum over u of w[u, v] * f(a[v], b[u]).

`where` says which of the senders u take part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.analysis import calls, invocations, padding
from scgc.analysis.binding import Arguments, Given, bind
from scgc.analysis.constants import sizes_in
from scgc.analysis.scope import UNKNOWN, NetSymbol, Region, Typed
from scgc.diagnostics import loops as codes
from scgc.diagnostics import types as type_codes
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, Invoke, Net, Propagate, walk
from scgc.ir.types import TensorType
from scgc.ops import operators
from scgc.ops.signature import Match, convert
from scgc.source import Span
from scgc.syntax import ast
from scgc.syntax.parse import parse_signature

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

SIGNATURE = "propagate(message : any, dst : any, src : any, along : any, where : any = none)"


def propagate(
    inference: Inference, target: ast.Expression, region: Region, name: str | None, span: Span
) -> Typed:
    """The sum of the messages that every receiver gets."""
    arguments = Arguments.of(target, "propagate", SIGNATURE)
    bound = bind(parse_signature(SIGNATURE).slots, arguments, inference.sink)
    if bound is None:
        return UNKNOWN
    net = _message(inference, bound["message"][0].what, region)
    values = {slot: inference.given(bound[slot][0], region) for slot in ("dst", "src", "along")}
    if net is None or any(v.type is None for v in values.values()):
        return UNKNOWN
    symbol, copy = net
    spans = {slot: bound[slot][0].span for slot in values}
    fitted = [
        _ends(inference, symbol.net, position, values[slot], region, spans[slot])
        for position, slot in enumerate(("dst", "src"))
    ]
    if fitted[0] is None or fitted[1] is None:
        return UNKNOWN
    (dst, n), (src, m) = fitted[0], fitted[1]
    along = values["along"]
    if not _is_weight(inference, along, n, m, region, spans["along"]):
        return UNKNOWN
    given = bound.get("where")
    senders = None if given is None else inference.given(given[0], region)
    if senders is not None and not _is_mask(inference, senders, m, region, given[0].span if given else span):
        return UNKNOWN
    if sizes_in(m, region.scope):
        own = padding.mask(inference, m, region, span)
        both = [] if senders is None else [Given(senders, span), Given(own, span)]
        senders = calls.apply(inference, "logical_and", both, region, span) if both else own
    type_ = symbol.net.result_type.with_shape((n, *symbol.net.result_type.shape))
    statement = Propagate(
        result=name or region.fresh(),
        net=symbol.path,
        copy_index=copy,
        dst=str(dst.operand),
        src=str(src.operand),
        along=str(along.operand),
        where=None if senders is None else str(senders.operand),
        type=type_,
    )
    return Typed(region.add(statement, span), type_)


def _message(inference: Inference, given: object, region: Region) -> tuple[NetSymbol, Dim | None] | None:
    """The net that makes the messages, and which of its copies; None after reporting."""
    assert not isinstance(given, Typed)
    expression: ast.Expression = given  # type: ignore[assignment]
    copy = None
    function = expression
    if isinstance(function, ast.Index) and len(function.items) == 1:
        copy, function = function.items[0], function.base
    symbol = region.scope.read(function) if isinstance(function, ast.Name) else None
    if not isinstance(symbol, NetSymbol):
        problem = "not a net of the program"
        inference.sink.report(
            codes.MessageNet(span=expression.span, net=expression.span.text, problem=problem)
        )
        return None
    net = symbol.net
    fault = ""
    if len(net.args) != 2:
        fault = f"it takes {len(net.args)} value{'s' * (len(net.args) != 1)}"
    elif symbol.draws or _draws(net, region):
        fault = "it draws"
    elif net.result_type.kind != "real":
        fault = f"it gives {net.result_type}"
    if fault:
        inference.sink.report(codes.MessageNet(span=expression.span, net=net.name, problem=fault))
        return None
    index = invocations.copy_index(inference, net, copy, region, expression.span)
    return None if index is UNKNOWN else (symbol, index.dim if index else None)


def _draws(net: Net, region: Region) -> bool:
    """Whether a net draws otherwise than by dropout, whose masks a second computation has again."""
    for statement in walk(net.body):
        match statement:
            case Apply(function=name) if name in operators() and name != "dropout":
                if operators()[name][0].draws:
                    return True
            case Invoke(net=path) if _draws(region.nets[path], region):
                return True
    return False


def _ends(
    inference: Inference, net: Net, position: int, value: Typed, region: Region, span: Span
) -> tuple[Typed, Dim] | None:
    """The values at one end of the edges, as the net takes them, and how many there are."""
    arg = net.args[position]
    match = Match(known=inference.known(region))
    found = value.type
    converted = convert(found, arg.type.kind, value.literal) if isinstance(found, TensorType) else None
    if converted is not None and converted[1] is None:
        type_ = converted[0]
        inner = type_.shape[1:]
        sizes = arg.type.size is None or type_.size is None or match.equal(arg.type.size, type_.size)
        if len(inner) == len(arg.type.shape) and all(map(match.equal, inner, arg.type.shape)) and sizes:
            return value, type_.shape[0]
    wanted = arg.type.with_shape((Dim.of("n"), *arg.type.shape))
    what = f"`{('dst', 'src')[position]}` of `propagate` with `{net.name}`"
    advice = "one entry for each node of the graph, in front of what the message takes."
    inference.sink.report(
        type_codes.ShapeMismatch(span=span, what=what, expected=str(wanted), found=str(found), advice=advice)
    )
    return None


def _is_mask(inference: Inference, senders: Typed, m: Dim, region: Region, span: Span) -> bool:
    """Whether a value says of each sender whether it takes part."""
    found = senders.type
    match = Match(known=inference.known(region))
    of_each = isinstance(found, TensorType) and found.kind == "bool" and len(found.shape) == 1
    if of_each and isinstance(found, TensorType) and match.equal(found.shape[0], m):
        return True
    if found is not None:
        inference.sink.report(
            type_codes.ShapeMismatch(
                span=span,
                what="`where` of `propagate`",
                expected=f"bool[{m}]",
                found=str(found),
                advice="a truth value for each u: whether it sends anything.",
            )
        )
    return False


def _is_weight(inference: Inference, along: Typed, n: Dim, m: Dim, region: Region, span: Span) -> bool:
    """Whether a value is a weight for every edge from one of m senders to one of n receivers."""
    match = Match(known=inference.known(region))
    found = along.type
    if isinstance(found, TensorType) and found.kind in ("real", "bit", "bool", "onehot"):
        shape = found.stored
        if len(shape) == 2 and match.equal(shape[0], m) and match.equal(shape[1], n):
            return True
    expected = f"real[{m}, {n}], bool[{m}, {n}] or onehot({n})[{m}]"
    advice = "`along[u, v]` is the weight of the edge from u to v."
    inference.sink.report(
        type_codes.ShapeMismatch(
            span=span, what="`along` of `propagate`", expected=expected, found=str(found), advice=advice
        )
    )
    return False
