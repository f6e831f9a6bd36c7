"""Stochastic nodes: their distribution and estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.analysis import clauses, matching
from scgc.analysis.baselines import baseline_of, verify_baseline, with_constants
from scgc.analysis.binding import Arguments
from scgc.analysis.constants import sizes_in
from scgc.analysis.scope import UNKNOWN, Region, Typed
from scgc.analysis.support import MOST, UNSETTLED, support_size, unsettled
from scgc.diagnostics import graph as codes
from scgc.diagnostics import types as type_codes
from scgc.diagnostics.base import Label
from scgc.distributions import distributions
from scgc.estimators import estimators
from scgc.estimators.declare import Estimator
from scgc.ir.graph import DimOption, Operand, Sample, Use
from scgc.ir.types import DistType
from scgc.syntax import ast
from scgc.syntax.parse import parse_signature

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference


def draw(inference: Inference, node: ast.Draw, region: Region) -> Typed:
    """`name ~ distribution ...` into the region."""
    value = clauses.distribution(inference, node.distribution, region)
    if value.type is None:
        return UNKNOWN
    if not isinstance(value.type, DistType) or not isinstance(value.operand, str):
        inference.sink.report(
            type_codes.NotADistribution(
                span=node.distribution.span,
                what=f"what `{node.name}` is drawn from",
                found=str(value.type),
                name=node.name,
            )
        )
        return UNKNOWN
    family = value.type
    use = _estimator(inference, node, value, region)
    prior = clauses.prior(inference, node, family, region)
    if node.prior is not None and prior is None:
        prior = value.operand  # reported; the node has a prior, whichever
    observed = clauses.observed(inference, node, family, region)
    if node.observe is not None and observed is None:
        observed = 0  # reported; the node is observed, whatever it is
    where = clauses.where(inference, node, family, region)
    if use is None:
        use = Use(name="score")  # reported; the node itself is known, so go on with it
    statement = Sample(
        result=node.name,
        distribution=value.operand,
        estimator=use,
        prior=prior,
        observe=observed,
        where=where,
        type=family.event,
    )
    region.draws = True
    region.add(statement, node.span)
    return Typed(node.name, family.event)


# ---- the estimator


def supports(estimator: Estimator, family: str) -> bool:
    """Whether an estimator is declared for a family of distributions."""
    declared = distributions()[family]
    match estimator.families:
        case None:
            return True
        case "reparameterised":
            return declared.reparameterised
        case "finite":
            return bool(declared.values)
        case names:
            return family in names


def _estimator(inference: Inference, node: ast.Draw, drawn: Typed, region: Region) -> Use | None:
    """The estimator of `via`, or the default: pathwise where the distribution has it, else score.

    drawn: the distribution.
    """
    type_ = drawn.type
    assert isinstance(type_, DistType)
    if node.via is None:
        name = "pathwise" if distributions()[type_.family].reparameterised else "score"
        target: ast.Expression = ast.Name(name, span=node.span)
    else:
        target = node.via
    function = target.function if isinstance(target, ast.Call) else target
    if not isinstance(function, ast.Name) or function.id not in estimators():
        written = ast.Name(function.span.text, span=function.span)
        inference.unknown_name(written, region, "estimator", tuple(estimators()))
        return None
    estimator = estimators()[function.id]
    given = baseline_of(estimator, target, region)
    if given is not None and not verify_baseline(inference.sink, node, given, region):
        return None
    signature = parse_signature(estimator.valued) if given is not None else estimator.parsed
    arguments = Arguments.of(target, estimator.name, estimator.valued if given else estimator.signature)
    before = len(region.statements)
    _, fitted = matching.choose(
        inference, [signature], arguments, region, estimator.words, limits=estimator.limits
    )
    if fitted is None or not _supported(inference, node, estimator, drawn, region):
        return None
    inputs: dict[str, Operand] = {}
    for slot, operand in fitted.convert(inference, region).items():
        assert operand is not None and not isinstance(operand, tuple)
        inputs[slot] = operand
    if given is not None:
        inputs["baseline"] = with_constants(region, before, inputs["baseline"], given.span)
    use = Use(name=estimator.name, inputs=inputs, options=dict(fitted.match.options))
    return use if _sensible(inference, use, target, region) else None


def _obstacle(estimator: Estimator, drawn: Typed, region: Region) -> str:
    """Why an estimator cannot be that of a node; nothing where it can."""
    type_ = drawn.type
    assert isinstance(type_, DistType)
    families = estimator.families
    if not supports(estimator, type_.family):
        reasons = {
            "reparameterised": "draws are no differentiable function of the parameters",
            "finite": "it has infinitely many values, or too many to list",
        }
        return reasons[families] if isinstance(families, str) else f"made for {', '.join(families or ())}"
    if estimator.fixed and any(sizes_in(d, region.scope) for d in type_.event.stored):
        return "its network reads draws of one length, and these differ in theirs"
    made = region.visible.get(str(drawn.operand))
    if estimator.exhaustive and unsettled(type_, made, region.visible):
        return UNSETTLED
    return ""


def _supported(
    inference: Inference, node: ast.Draw, estimator: Estimator, drawn: Typed, region: Region
) -> bool:
    type_ = drawn.type
    assert isinstance(type_, DistType)
    reason = _obstacle(estimator, drawn, region)
    if reason:
        known = [e.name for e in estimators().values() if not _obstacle(e, drawn, region)]
        inference.sink.report(
            codes.UnsupportedEstimator(
                span=(node.via or node).span,
                estimator=estimator.name,
                distribution=type_.family,
                reason=reason,
                supported=", ".join(known),
                others=(Label(node.distribution.span, f"a {type_.family}"),),
            )
        )
        return False
    made = region.visible.get(str(drawn.operand))
    count = support_size(type_, made, region.visible, inference.known(region))
    if estimator.exhaustive and count is not None and count > MOST:
        inference.sink.report(
            codes.LargeSupport(
                span=(node.via or node).span,
                node=node.name,
                estimator=estimator.name,
                count=f"{count:,}",
                limit=f"{MOST:,}",
            )
        )
        return False
    return True


def _sensible(inference: Inference, use: Use, target: ast.Expression, region: Region) -> bool:
    """Whether there are other samples for a baseline that is made of them."""
    samples = use.options.get("samples")
    baseline = use.options.get("baseline")
    count = samples.dim.substitute(inference.known(region)).value if isinstance(samples, DimOption) else None
    if isinstance(samples, DimOption) and count is None:
        inference.constants.not_a_dim(target, "`samples`", "known only from the data")
        return False
    if getattr(baseline, "word", "") != "leave_one_out" or count != 1:
        return True
    inference.sink.report(
        type_codes.DimOutOfRange(
            span=target.span,
            what="`samples` with `baseline = leave_one_out`",
            value="1",
            expected="at least 2",
            advice="see `scgc list estimators` for what each option does.",
        )
    )
    return False
