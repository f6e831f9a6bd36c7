"""Warnings where a program runs and may not do what was meant (thesis: theorem 1, figure 5.5, 5.2.2)."""

from __future__ import annotations

from scgc.analysis.flow import own, relaxed
from scgc.analysis.opened import Opened
from scgc.diagnostics import warnings
from scgc.diagnostics.base import Label
from scgc.ir.graph import Apply, Sample


def verify_doubts(opened: Opened) -> None:
    """Of a graph that is whole; what its errors entail is not warned of besides."""
    for name, node in opened.drawn:
        _verify_scale(opened, name, node)
    _verify_sequence(opened)
    if not opened.sink.errors:
        _verify_parameters(opened, _verify_reached(opened))


def _verify_reached(opened: Opened) -> set[str]:
    """Warn of nodes with parameters above them whose gradient reaches none of these; they are returned."""
    trained = opened.flow.below(opened.learned)
    used = opened.flow.above(set(opened.costs.values()))
    unreached = {own(n): None for n, _ in opened.drawn if _is_unreached(opened, own(n), trained)}
    for name in unreached if opened.costs else ():
        _tell_unreached(opened, name, used)
    return set(unreached)


def _is_unreached(opened: Opened, name: str, trained: set[str]) -> bool:
    copies = opened.flow.copies(name)
    distributions = {d for copy in copies for d in opened.sources(copy, "distribution")}
    return bool(trained & set(copies)) and not any(distributions & r for r in opened.reached.values())


def _tell_unreached(opened: Opened, name: str, used: set[str]) -> None:
    span, reason, advice = (
        opened.span(name),
        "every path to a loss is cut",
        warnings.UnreachableGradient.advice,
    )
    if not used & set(opened.flow.copies(name)):
        reason, advice = "no loss depends on it", "let a loss depend on it, or remove it."
    if opened.once("unreached", span):
        opened.sink.report(
            warnings.UnreachableGradient(span=span, node=opened.shown(name), reason=reason, advice=advice)
        )


def _verify_scale(opened: Opened, name: str, node: Sample) -> None:
    """Warn of an annealed temperature beside a constant scale (thesis 5.2.2)."""
    if not relaxed(node) or "scale" not in node.estimator.inputs:
        return
    changing = {s.name for s in opened.program.schedules if s.body}
    tau, scale = node.estimator.inputs.get("tau"), node.estimator.inputs.get("scale", 1)
    if tau in changing and scale not in changing and opened.once("scale", opened.span(name)):
        values = {s.name: s.result for s in opened.program.schedules}
        shown = values.get(scale, scale) if isinstance(scale, str) else scale
        opened.sink.report(
            warnings.ConstantScale(
                span=opened.span(name), node=opened.shown(name), tau=str(tau), scale=str(shown)
            )
        )


def _verify_sequence(opened: Opened) -> None:
    """Warn of relaxed nodes in sequence without a way around the upper one: on every way from the lower
    one to a loss the upper one stands."""
    nodes = {n: None for n, s in opened.drawn if relaxed(s)}
    for cost, value in opened.costs.items() if len(nodes) > 1 else ():
        gates = opened.flow.gates(value)
        for lower in nodes:
            above = gates.get(lower)
            while above is not None and above not in nodes:
                above = gates[above]
            if above is not None and opened.once("seq", opened.span(above)):
                opened.sink.report(_in_sequence(opened, lower, above, cost))


def _in_sequence(opened: Opened, lower: str, upper: str, cost: str) -> warnings.RelaxedInSequence:
    below = opened.span(lower)
    return warnings.RelaxedInSequence(
        span=opened.span(upper),
        lower=opened.shown(lower),
        upper=opened.shown(upper),
        loss=cost,
        others=(Label(below, "the lower node"),) if below else (),
    )


def _verify_parameters(opened: Opened, unreached: set[str]) -> None:
    """Warn of parameters other than these nodes' that no loss reaches, and of losses without parameters."""
    if not opened.costs:
        return
    everywhere = set().union(*opened.reached.values())
    for param in opened.program.params:
        if param.name not in everywhere and opened.flow.after(param.name):
            place = opened.places.of("", param.name)
            opened.sink.report(warnings.ParameterWithoutLoss(span=place, name=param.name))
    _verify_layers(opened, everywhere, unreached)
    learned = opened.learned
    for cost in opened.costs:
        if not opened.reached[cost] & learned:
            opened.sink.report(warnings.LossWithoutParameters(span=opened.places.of("", cost), name=cost))


def _verify_layers(opened: Opened, everywhere: set[str], unreached: set[str]) -> None:
    """Warn of layers whose outputs no loss reaches in any call: of those of one net once, and of the last
    of several in a row."""
    outputs: dict[tuple[str, str], list[str]] = {}
    for value, statement in opened.flow.statements.items():
        if isinstance(statement, Apply) and statement.layer is not None:
            outputs.setdefault((opened.flow.regions[value], statement.layer), []).append(value)
    lost = {key: values for key, values in outputs.items() if not everywhere & set(values)}
    entailed = unreached | {own(v) for values in lost.values() for v in values}
    told: set[str] = set()
    for (region, layer), values in lost.items():
        if region in told or any(own(v) in entailed for value in values for v in opened.flow.after(value)):
            continue
        told |= {region} if region else set()
        name = region.replace("/", ".") or own(values[0])
        shown = layer.rstrip("0123456789") if name.startswith("%") else name
        place = opened.span(own(values[0]))
        opened.sink.report(warnings.ParameterWithoutLoss(span=place, name=shown))
