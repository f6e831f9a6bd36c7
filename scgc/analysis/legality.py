"""Errors where a gradient cannot be what the program says: what an estimator needs of its node and of what
follows.

They are told beside other mistakes too, of nodes on which nothing depends that holds a mistake: all that a
loss depends on is known where the loss is.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort

from scgc.analysis.bounds import is_bound, obstacle
from scgc.analysis.credit import is_greedy, sample_count
from scgc.analysis.flow import own, relaxed
from scgc.analysis.matching import WRITTEN
from scgc.analysis.moving import moving_support
from scgc.analysis.opened import Opened
from scgc.diagnostics import graph as codes
from scgc.diagnostics.base import Diagnostic, Label
from scgc.distributions import plates
from scgc.estimators import estimators
from scgc.ir.graph import Apply, Sample
from scgc.ir.types import DistType
from scgc.source import Source, Span


def verify_legality(opened: Opened, before: tuple[Diagnostic, ...]) -> None:
    """Of a program in which these mistakes were found before."""
    left_out = _above_mistakes(opened, before)
    drawn = [(name, node) for name, node in opened.drawn if name not in left_out]
    for name, node in drawn:
        _verify_axis(opened, name, node)
    for name, node in drawn:
        _verify_support(opened, name, node)
        _verify_bound(opened, name, node)
        _verify_path(opened, name, node)


def _above_mistakes(opened: Opened, before: tuple[Diagnostic, ...]) -> set[str]:
    """The values where a mistake is told, and what they depend on: some other estimator, say, is read as one
    that no gradient passes."""
    starts: dict[Source, list[int]] = {}
    for span in (fault.span for fault in before if fault.span is not None):
        insort(starts.setdefault(span.source, []), span.start)
    held = {n for n in opened.flow.statements if _has(opened.span(n), starts)}
    return held | opened.flow.above(held)


def _has(span: Span | None, starts: dict[Source, list[int]]) -> bool:
    """Whether a mistake begins within a place."""
    found = starts.get(span.source, []) if span is not None else []
    return span is not None and bisect_left(found, span.end) > bisect_left(found, span.start)


def _verify_axis(opened: Opened, name: str, node: Sample) -> None:
    """A node that adds a sample axis would add one in every round of a loop."""
    if own(name) != name or "%loop" not in name:
        return
    count = sample_count(node, opened.program.dim_values()) or 1
    several = estimators()[node.estimator.name].carries == "weights" or count > 1 or is_greedy(node)
    if several and opened.once("axis", opened.span(name)):
        opened.sink.report(
            codes.AxisInLoop(span=opened.span(name), node=opened.shown(name), estimator=node.estimator.name)
        )
    if name in opened.flow.baselines and opened.once("baseline", opened.span(name)):
        reason = codes.LeakingBaseline.in_loop
        opened.sink.report(
            codes.LeakingBaseline(span=opened.span(name), node=opened.shown(name), reason=reason)
        )


def _verify_support(opened: Opened, name: str, node: Sample) -> None:
    """Ends of a support that move."""
    source = opened.sources(name, "distribution")[0]
    fault = moving_support(opened.flow, node, source, opened.learned, opened.span(name))
    if fault is not None and opened.once("support", fault.span):
        opened.sink.report(fault)


def _verify_bound(opened: Opened, name: str, node: Sample) -> None:
    """The samples of a bound: at least two, and each loss below a log_mean_exp over them."""
    if not is_bound(node):
        return
    q = opened.flow.statements[opened.sources(name, "distribution")[0]].type
    assert isinstance(q, DistType)
    first = node.type.shape[0].substitute(opened.program.dim_values()).value if plates(q) else 0
    use, shown = node.estimator.name, opened.shown(name)
    if any(s.name in node.type.shape[0].symbols for s in opened.program.sizes if first != 0):
        first = 0  # as many as an example has
    if first is not None and first < 2 and opened.once("samples", opened.span(name)):
        found = f"a {node.type}"
        opened.sink.report(codes.FewSamples(span=opened.span(name), node=shown, estimator=use, found=found))
        return
    for cost, value in opened.costs.items():
        reason = (
            obstacle(opened.program, opened.flow, name, value) if _influences(opened, name, value) else ""
        )
        if reason and opened.once(f"bound {name}", opened.places.of("", cost)):
            span = opened.span(name)
            opened.sink.report(
                codes.NoBound(
                    span=opened.places.of("", cost),
                    loss=cost,
                    node=shown,
                    estimator=use,
                    count=str(node.type.shape[0]),
                    reason=reason,
                    others=(Label(span, "this node"),) if span else (),
                )
            )


def _influences(opened: Opened, name: str, value: str) -> bool:
    return value in opened.flow.after(name)


def _verify_path(opened: Opened, name: str, node: Sample) -> None:
    """A gradient that passes through the value needs derivatives up to every loss that the value
    influences, and a relaxed draw is no index."""
    if estimators()[node.estimator.name].carries != "value" and not relaxed(node):
        return
    for cost, value in opened.costs.items():
        if name in opened.reached[cost] or name not in opened.influencing[cost]:
            continue
        function, place = _first_obstacle(opened, name, value)
        label = Label(span, "this node") if (span := opened.span(name)) else None
        others = (label,) if label else ()
        if function in ("to_class", "to_bool") and relaxed(node):
            if opened.once("index", place):
                opened.sink.report(_relaxed_index(function, place, opened.shown(name), others))
        elif opened.once("path", place):
            opened.sink.report(
                codes.NotDifferentiable(
                    span=place,
                    node=opened.shown(name),
                    function=WRITTEN.get(function, function),
                    estimator=node.estimator.name,
                    others=others,
                )
            )


def _first_obstacle(opened: Opened, name: str, value: str) -> tuple[str, Span | None]:
    """The first operator without a derivative on a way from a node to a cost."""
    for a, b in opened.flow.graph.shortest(name, value):
        if not opened.flow.graph.succ[a][b].passes:
            statement = opened.flow.statements.get(b)
            function = statement.function if isinstance(statement, Apply) else "the draw"
            return function, opened.span(b)
    return "what follows", opened.span(value)


def _relaxed_index(
    function: str, place: Span | None, node: str, others: tuple[Label, ...]
) -> codes.RelaxedIndex:
    """The words for what a relaxed sample is used as, read off the text."""
    text = place.text if place is not None else ""
    use, found = "an index", "a mixture of categories in training"
    advice = f"`{node} @ table` mixes the rows as the sample does"
    if function == "to_bool":
        use, found = "true or false", "between 0 and 1 in training"
        advice = f"`{node} * u + (1 - {node}) * v` mixes u and v as the sample does"
    elif re.search(r"[=!]=", text):
        use, advice = "compared", f"`{node}[k]` is how much of category k it is"
    elif "argmax" in text:
        use, advice = "rounded to one category", "work with the mixture itself"
    return codes.RelaxedIndex(span=place, node=node, use=use, found=found, advice=advice, others=others)
