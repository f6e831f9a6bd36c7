"""What is measured of a stochastic node: `kl(z)` against its prior, `nll(z)` of what it observes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.analysis import calls, members
from scgc.analysis.binding import Given
from scgc.analysis.scope import UNKNOWN, Region, Typed, ValueSymbol
from scgc.diagnostics import graph as codes
from scgc.distributions import plates
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, DimOption, Invoke, Sample
from scgc.ir.types import DistType, TensorType
from scgc.ops.divergence import divergence
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference


def measure(
    inference: Inference,
    function: str,
    target: ast.Expression,
    region: Region,
    name: str | None,
    span: Span,
) -> Typed | None:
    """`kl(z)` and `nll(z)` of a stochastic node; None for `kl(q, p)` of two distributions."""
    args = target.args if isinstance(target, ast.Call) else ()
    if function == "kl" and (len(args) != 1 or (isinstance(target, ast.Call) and target.named)):
        return None
    if len(args) != 1:
        inference.sink.report(codes.NotANode(span=span, function=function, found="not one node"))
        return UNKNOWN
    value = inference.named(args[0], region)
    if value.type is None:
        return UNKNOWN
    path = value.operand if isinstance(value.operand, str) else ""
    found = members.find(path, region) if path else None
    if found is None or not isinstance(found[0], Sample):
        dist = isinstance(value.type, DistType)
        what = "a distribution" if dist else f"`{args[0].span.text}` is no stochastic node"
        inference.sink.report(codes.NotANode(span=args[0].span, function=function, found=what))
        return UNKNOWN
    if members.hole(path, region) == "choice":
        members.report_hole(inference, "choice", args[0])
        return UNKNOWN
    node = found[0]
    before = path.rpartition(".")[0]
    q = Given(_dist(node.distribution, before, region), span)
    mask = _mask(inference, node, path, q, region, span)
    if function == "kl":
        if node.prior is None:
            inference.sink.report(codes.KlWithoutPrior(span=span, node=args[0].span.text))
            return UNKNOWN
        q_type, prior = _dist(node.distribution, before, region).type, _dist(node.prior, before, region)
        assert isinstance(q_type, DistType) and isinstance(prior.type, DistType)
        # its type was compared at the node; seen from outside a mapped call a narrow one seems not to fit
        seen = prior.replace(type=DistType(family=prior.type.family, event=q_type.event))
        given = [q, Given(seen, span)]
        if mask or divergence(q_type.family, prior.type.family) == "sampled":
            given.append(Given(value, span))
        given += mask
        return calls.apply(inference, "kl", given, region, span, name)
    if node.observe is None:
        inference.sink.report(codes.NllOfUnobserved(span=span, node=args[0].span.text))
        return UNKNOWN
    log_prob = calls.apply(inference, "log_prob", [q, Given(value, span), *mask], region, span)
    return calls.apply(inference, "neg", [Given(log_prob, span)], region, span, name)


def _dist(name: str, before: str, region: Region) -> Typed:
    """The distribution value `name` of a node that stands in the call `before` ("" for none)."""
    path = f"{before}.{name}" if before else name
    found = members.find(path, region)
    if found is not None:
        return Typed(path, members.type_of(found))
    symbol = region.scope.find(name)  # a distribution named outside of the net
    assert isinstance(symbol, ValueSymbol)
    return symbol.value


def _mask(inference: Inference, node: Sample, path: str, q: Given, region: Region, span: Span) -> list[Given]:
    """Which elements of a node's plate take part, as they are seen from here; nothing for all of them."""
    assert isinstance(q.what, Typed) and isinstance(q.what.type, DistType)
    before, count = path.rpartition(".")[0], plates(q.what.type)
    names = _attending(path, region)
    if node.where is not None:
        names.append(f"{before}.{node.where}" if before else node.where)
    masks = [Given(_seen(name, count, region, span), span) for name in names]
    while len(masks) > 1:
        both = calls.apply(inference, "logical_and", masks[:2], region, span)
        masks = [Given(both, span), *masks[2:]]
    return masks


def _attending(path: str, region: Region) -> list[str]:
    """What tells of the calls on the way to a node whether an example takes part in the loops around them."""
    found: list[str] = []
    around, inner = "", region.path
    for part in path.split(".")[:-1]:
        if (inner, part) in region.attending:
            found.append(f"{around}{region.attending[inner, part]}")
        around += f"{part}."
        call = members.find(around[:-1], region)
        if call is not None and isinstance(call[0], Invoke):
            inner = call[0].net
    return found


def _seen(path: str, count: int, region: Region, span: Span) -> Typed:
    """A mask from inside of calls and loops, for a plate that has `count` axes from here."""
    found, rounds = members.find(path, region), members.rounds(path, region)
    assert found is not None, path
    type_ = members.type_of(found)
    assert isinstance(type_, TensorType)
    value = Typed(path, type_)
    for _ in range(count - len(type_.shape)):  # it broadcasts with what stands behind the rounds
        shape = type_.shape[: len(rounds)], type_.shape[len(rounds) :]
        type_ = type_.with_shape((*shape[0], Dim.of(1), *shape[1]))
        statement = Apply(
            result=region.fresh(),
            function="unsqueeze",
            inputs={"x": value.operand},
            options={"axis": DimOption(dim=Dim.of(len(rounds)))},
            type=type_,
        )
        value = Typed(region.add(statement, span), type_)
    return value
