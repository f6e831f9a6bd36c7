"""Stochastic nodes: distribution, estimator, prior and observed value; and what is measured of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scgc.analysis import calls, matching, members
from scgc.analysis.binding import Arguments, Given
from scgc.analysis.scope import UNKNOWN, Region, Typed, ValueSymbol
from scgc.diagnostics import graph as codes
from scgc.diagnostics import types as type_codes
from scgc.diagnostics.base import Label
from scgc.distributions import distributions
from scgc.estimators import estimators
from scgc.estimators.declare import Estimator
from scgc.ir.graph import Apply, DimOption, Operand, Sample, Use
from scgc.ir.types import DistType, TensorType
from scgc.ops.divergence import divergence
from scgc.ops.signature import Match
from scgc.ops.stochastic import comparable
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

LARGEST_SUPPORT = 65536
"""`enumerate` visits at most this many values of a node."""


def draw(inference: Inference, node: ast.Draw, region: Region) -> Typed:
    """`name ~ distribution ...` into the region."""
    value = inference.infer(node.distribution, region)
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
    use = _estimator(inference, node, family, region)
    prior = _prior(inference, node, family, region)
    if node.prior is not None and prior is None:
        prior = value.operand  # reported; the node has a prior, whichever
    observed = _observed(inference, node, family.event, region)
    if use is None:
        use = Use(name="score")  # reported; the node itself is known, so go on with it
    statement = Sample(
        result=node.name,
        distribution=value.operand,
        estimator=use,
        prior=prior,
        observe=observed,
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
            return declared.support == "finite"
        case names:
            return family in names


def _estimator(inference: Inference, node: ast.Draw, type_: DistType, region: Region) -> Use | None:
    """The estimator of `via`, or the default: pathwise where the distribution has it, else score."""
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
    arguments = Arguments.of(target, estimator.name, estimator.signature)
    _, fitted = matching.choose(
        inference, [estimator.parsed], arguments, region, estimator.words, limits=estimator.limits
    )
    if fitted is None or not _supported(inference, node, estimator, type_, region):
        return None
    inputs: dict[str, Operand] = {}
    for slot, operand in fitted.convert(inference, region).items():
        assert operand is not None and not isinstance(operand, tuple)
        inputs[slot] = operand
    use = Use(name=estimator.name, inputs=inputs, options=dict(fitted.match.options))
    return use if _sensible(inference, use, target, region) else None


def _supported(
    inference: Inference, node: ast.Draw, estimator: Estimator, type_: DistType, region: Region
) -> bool:
    if not supports(estimator, type_.family):
        reasons = {
            "reparameterised": "draws are no differentiable function of the parameters",
            "finite": "the values cannot be enumerated",
        }
        families = estimator.families
        reason = reasons[families] if isinstance(families, str) else f"made for {', '.join(families or ())}"
        known = [e.name for e in estimators().values() if supports(e, type_.family)]
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
    count = support_size(inference, type_, region) if estimator.carries == "support" else None
    if count is not None and count > LARGEST_SUPPORT:
        inference.sink.report(
            codes.LargeSupport(
                span=(node.via or node).span,
                node=node.name,
                estimator=estimator.name,
                count=f"{count:,}",
                limit=f"{LARGEST_SUPPORT:,}",
            )
        )
        return False
    return True


def support_size(inference: Inference, type_: DistType, region: Region) -> int | None:
    """How many values the elements of a node have together; None where it is not known yet."""
    known = inference.known(region)
    elements = 1
    for axis in type_.event.shape:
        value = axis.substitute(known).value
        if value is None:
            return None
        elements *= value
    size = type_.event.size.substitute(known).value if type_.event.size else 2
    if size is None:
        return None
    return int(size**elements) if elements < 64 else LARGEST_SUPPORT + 1


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


# ---- prior and observed value


def _prior(inference: Inference, node: ast.Draw, type_: DistType, region: Region) -> str | None:
    if node.prior is None:
        return None
    if isinstance(node.prior, ast.Name) and node.prior.id == "uniform":
        if distributions()[type_.family].uniform is None:
            inference.sink.report(
                codes.NoUniform(span=node.prior.span, node=node.name, distribution=type_.family)
            )
            return None
        statement = Apply(
            result=region.fresh(),
            function=type_.family,
            inputs={},
            options={"uniform": True},
            type=type_,
        )
        return region.add(statement, node.prior.span)
    value = inference.infer(node.prior, region)
    if value.type is None:
        return None
    if not isinstance(value.type, DistType) or not isinstance(value.operand, str):
        inference.sink.report(
            type_codes.NotADistribution(
                span=node.prior.span, what="a prior", found=str(value.type), name=node.name
            )
        )
        return None
    match = Match(known=inference.known(region))
    held = divergence(type_.family, value.type.family) is not None
    if not held or not comparable(match, type_.event, value.type.event, value.fixed):
        inference.sink.report(
            codes.PriorMismatch(
                span=node.prior.span, node=node.name, expected=str(type_), found=str(value.type)
            )
        )
        return None
    return value.operand


def _observed(inference: Inference, node: ast.Draw, event: TensorType, region: Region) -> Operand | None:
    """The observed value, of the event's type or of the class it is the one-hot vector of."""
    if node.observe is None:
        return None
    value = inference.infer(node.observe, region)
    if value.type is None:
        return None
    match = Match(known=inference.known(region))
    found = value.type
    kinds = {"onehot": ("onehot", "class"), "bit": ("bit", "bool"), "real": ("real", "int", "bit")}
    fits = isinstance(found, TensorType) and found.kind in kinds[event.kind]
    if isinstance(found, TensorType) and fits:
        fits = len(found.shape) == len(event.shape) and all(map(match.equal, found.shape, event.shape))
        if event.size is not None and found.size is not None:
            fits = fits and match.equal(event.size, found.size)
    if not fits:
        inference.sink.report(
            type_codes.KindMismatch(
                span=node.observe.span,
                what=f"the observed value of `{node.name}`",
                expected=f"{event}" + (f" or class({event.size})" if event.kind == "onehot" else ""),
                found=str(found),
            )
        )
        return None
    if isinstance(found, TensorType) and found.kind == "int":
        value = calls.apply(
            inference, "to_real", [Given(value, node.observe.span)], region, node.observe.span
        )
    return value.operand


# ---- kl(z) and nll(z)


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
    value = inference.infer(args[0], region)
    if value.type is None:
        return UNKNOWN
    path = value.operand if isinstance(value.operand, str) else ""
    found = members.find(path, region) if path else None
    if found is None or not isinstance(found[0], Sample):
        dist = isinstance(value.type, DistType)
        what = "a distribution" if dist else f"`{args[0].span.text}` is no stochastic node"
        inference.sink.report(codes.NotANode(span=args[0].span, function=function, found=what))
        return UNKNOWN
    node = found[0]
    before = path.rpartition(".")[0]
    q = Given(_dist(node.distribution, before, region), span)
    if function == "kl":
        if node.prior is None:
            inference.sink.report(codes.KlWithoutPrior(span=span, node=args[0].span.text))
            return UNKNOWN
        q_type, prior = _dist(node.distribution, before, region).type, _dist(node.prior, before, region)
        assert isinstance(q_type, DistType) and isinstance(prior.type, DistType)
        # its type was compared at the node; seen from outside a mapped call a narrow one seems not to fit
        seen = replace(prior, type=DistType(family=prior.type.family, event=q_type.event))
        given = [q, Given(seen, span)]
        if divergence(q_type.family, prior.type.family) == "sampled":
            given.append(Given(value, span))
        return calls.apply(inference, "kl", given, region, span, name)
    if node.observe is None:
        inference.sink.report(codes.NllOfUnobserved(span=span, node=args[0].span.text))
        return UNKNOWN
    log_prob = calls.apply(inference, "log_prob", [q, Given(value, span)], region, span)
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
