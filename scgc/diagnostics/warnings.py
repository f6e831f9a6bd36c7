"""The catalogue, 4xx: programs that run and may not do what was meant. Reported by `analysis/verify.py`."""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class UnusedDeclaration(Diagnostic):
    """A declaration that nothing reads."""

    code = "SCG401"
    severity = "warning"
    title = "the {kind} `{name}` is never used"
    label = "nothing reads it"
    help = "remove it, or use it."

    kind: str
    name: str


class RelaxedInSequence(Diagnostic):
    """Two relaxed nodes one after the other on a path to a loss, without a residual shortcut around the upper
    one: gradients vanish. Thesis, theorem 1 and figure 5.5. The second place is the lower node."""

    code = "SCG402"
    severity = "warning"
    title = "the gradient of `{lower}` passes the relaxed node `{upper}` on its way to `{loss}`"
    label = "gradients vanish where relaxed nodes stand in sequence"
    help = "add a shortcut around `{upper}`, such as `dropres(x, drop = alpha) + ...`."

    lower: str
    upper: str
    loss: str


class ConstantScale(Diagnostic):
    """A Gumbel scale that stays constant beside a temperature that changes: what matters is their ratio.
    Thesis 5.2.2."""

    code = "SCG403"
    severity = "warning"
    title = "`{node}` anneals its temperature `{tau}` beside the constant scale {scale}"
    label = "only the ratio of scale and tau matters after saturation"
    help = (
        "keep tau constant and let the scale rise: "
        "`schedule beta = tau * (1 - exp(-0.008 * t))`, `scale = beta`."
    )

    node: str
    tau: str
    scale: str


class UnreachableGradient(Diagnostic):
    """A stochastic node whose parameters no gradient can reach: every path to a loss is cut."""

    code = "SCG404"
    severity = "warning"
    title = "no gradient reaches the stochastic node `{node}`"
    label = "{reason}"
    help = "{advice}"

    node: str
    reason: str
    advice: str = "use `via score`, which needs no path, or remove what cuts it, such as `stop(...)`."


class LossWithoutParameters(Diagnostic):
    """A loss that no parameter influences: minimising it does nothing."""

    code = "SCG405"
    severity = "warning"
    title = "no parameter influences the loss `{name}`"
    label = "training does not change it"
    help = "make it a `metric`, or let it depend on a layer or a `param`."

    name: str


class ParameterWithoutLoss(Diagnostic):
    """A parameter, or a layer with its parameters, that no loss reaches: training does not change it."""

    code = "SCG406"
    severity = "warning"
    title = "no loss reaches the parameters of `{name}`"
    label = "training does not change them"
    help = "let a loss depend on what `{name}` gives, or remove it."

    name: str


class AllowanceOfNothing(Diagnostic):
    """`# allow CODE: why` where nothing of this kind is warned of: the reason for it is gone, or it stands on
    another line. The comment stands on the line of what is warned of, or above it."""

    code = "SCG407"
    severity = "warning"
    title = "`allow {allowed}` silences nothing"
    label = "no {allowed} here"
    help = "remove the comment, or move it to the line of the warning or above it."

    allowed: str


class AllowanceWithoutReason(Diagnostic):
    """`# allow CODE` without the reason: whoever reads the program next must guess it."""

    code = "SCG408"
    severity = "warning"
    title = "`allow {allowed}` gives no reason"
    label = "why?"
    help = "say why after a colon: `# allow {allowed}: why it is meant so`."

    allowed: str


class UnknownAllowance(Diagnostic):
    """`# allow CODE` of a code that is no warning: errors cannot be allowed."""

    code = "SCG409"
    severity = "warning"
    title = "`allow {allowed}` names no warning: {problem}"
    label = "silences nothing"
    help = "errors cannot be allowed; `scgc explain` lists the warnings.{nearest}"

    allowed: str
    problem: str
    nearest: str
