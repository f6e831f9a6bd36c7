"""The catalogue, 3xx: the graph and its estimators. Reported by `analysis/infer.py` and `verify.py`."""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class UnsupportedEstimator(Diagnostic):
    """`via` with an estimator that the distribution does not support.
    The second place is the distribution."""

    code = "SCG301"
    title = "`{estimator}` cannot estimate gradients through a {distribution} node"
    label = "{reason}"
    help = "estimators for {distribution}: {supported}."

    moving = "learned parameters move the ends of its values, and a score sees only what lies between"

    estimator: str
    distribution: str
    reason: str
    supported: str


class NotDifferentiable(Diagnostic):
    """A node whose gradient passes through its value, before something that has no derivative.
    The second place is the node."""

    code = "SCG302"
    title = "the gradient of `{node}` cannot pass `{function}`"
    label = "`{function}` has no derivative"
    help = "`{estimator}` needs a differentiable path to the loss; use `via score`, or change what follows."

    node: str
    function: str
    estimator: str


class RelaxedIndex(Diagnostic):
    """A relaxed sample used as an index, compared or used as a condition: in training it lies inside the
    simplex and is no one category. The second place is the node."""

    code = "SCG303"
    title = "the relaxed sample `{node}` cannot be {use}"
    label = "{found}"
    help = "{advice}; `via score` keeps samples hard."

    node: str
    found: str
    use: str
    advice: str


class KlWithoutPrior(Diagnostic):
    """`kl(z)` of a node without `prior`: there is nothing to diverge from."""

    code = "SCG304"
    title = "`kl({node})` needs a prior"
    label = "`{node}` has none"
    help = "add one to the node, such as `prior uniform` or `prior Normal(0, 1)`, or write `kl(q, p)`."

    node: str


class NllOfUnobserved(Diagnostic):
    """`nll(z)` of a node without `observe`: no value is there whose likelihood it could be."""

    code = "SCG305"
    title = "`nll({node})` needs an observed node"
    label = "`{node}` is never observed"
    help = "add `observe EXPR` to the node, or write `-log_prob(q, v)`."

    node: str


class NotANode(Diagnostic):
    """`kl`, `nll` or another function of a stochastic node, asked of something else."""

    code = "SCG306"
    title = "`{function}` needs a stochastic node"
    label = "{found}"
    help = "name the node itself, as in `{function}(z)` for `z ~ ...`."

    function: str
    found: str


class PriorMismatch(Diagnostic):
    """A prior over something else than the node draws. The second place is the distribution."""

    code = "SCG308"
    title = "the prior of `{node}` does not fit its distribution"
    label = "{found}, but the node is {expected}"
    help = "a prior has the type of the node; `prior uniform` takes it from there."

    node: str
    expected: str
    found: str


class NoUniform(Diagnostic):
    """`prior uniform` where the distribution has no uniform member."""

    code = "SCG309"
    title = "a {distribution} has no uniform prior"
    label = "for the node `{node}`"
    help = "write a prior such as `prior Normal(0, 1)`."

    node: str
    distribution: str


class LargeSupport(Diagnostic):
    """`enumerate` over more values than can be visited."""

    code = "SCG310"
    title = "`{node}` has {count} values to enumerate"
    label = "`{estimator}` visits every one"
    help = "the limit is {limit}: enumerate smaller nodes, or use `via score`."

    node: str
    estimator: str
    count: str
    limit: str


class ExternNotAllowed(Diagnostic):
    """A program that names Python code of its own while running such code is not allowed."""

    code = "SCG311"
    title = "`{name}` runs Python code, `{target}`"
    label = "not allowed"
    help = "if you trust this program, add --allow-extern."

    name: str
    target: str


class ExternTarget(Diagnostic):
    """An extern target that is not of the form "package.module:attribute"."""

    code = "SCG312"
    title = '"{target}" names no Python object'
    label = 'not of the form "package.module:attribute"'
    help = 'write the module in dots and the object in it, such as "mymodels.encoders:Encoder".'

    target: str


class CapturedValue(Diagnostic):
    """A net that reads a value from outside which depends on data or on a draw. The second place is its
    definition."""

    code = "SCG313"
    title = "`{net}` reads `{name}`, which depends on {reason}"
    label = "from outside of `{net}`"
    help = "hand it over as an argument: `{net}(..., {name})`."

    net: str
    name: str
    reason: str


class ParametersInFn(Diagnostic):
    """A `fn` with a layer inside: a fn owns no parameters."""

    code = "SCG314"
    title = "the fn `{name}` cannot own the parameters of `{layer}`"
    label = "has parameters"
    help = "declare `net {name}(...)` instead."

    name: str
    layer: str


class AxisInLoop(Diagnostic):
    """A stochastic node in a loop whose estimator adds a sample axis: every round would add another."""

    code = "SCG315"
    title = "`{estimator}` with several values at once cannot stand in a loop"
    label = "every round of `{node}` would multiply them"
    help = "`via score` with one sample, or a relaxation, draws once a round."

    node: str
    estimator: str


class LeakingBaseline(Diagnostic):
    """A baseline that its node influences, or may influence: the gradient would be another one's."""

    code = "SCG317"
    title = "the baseline of `{node}` must not depend on it"
    label = "{reason}"
    help = "read what is known before the draw, as in `score(baseline = value(x))`, or take a word."
    in_loop = "in a loop it would be another in every round, and the node has the costs of all rounds"

    node: str
    reason: str


class NoBound(Diagnostic):
    """A loss below a node whose estimator takes the node's elements for the samples of a bound, and which is
    none. The second place is the node."""

    code = "SCG318"
    title = "`{loss}` is no bound over the elements of `{node}`"
    label = "{reason}"
    help = (
        "`{estimator}` needs `loss {loss} = -log_mean_exp(v)`, with v : real[{count}], a net of each element."
    )

    loss: str
    node: str
    estimator: str
    count: str
    reason: str


class FewSamples(Diagnostic):
    """A node whose elements are to be the samples of a bound, and which has less than two along a first
    axis."""

    code = "SCG319"
    title = "`{node}` has no samples for `{estimator}`"
    label = "{found}"
    help = "the samples are the elements along the first axis: `{node}` needs at least 2, as a plate of K."

    node: str
    estimator: str
    found: str


class EvaluateChangesParameters(Diagnostic):
    """A dim that an `evaluate` block changes decides on the shape of what was trained."""

    code = "SCG316"
    title = "`evaluate {block}` would change the parameters of `{name}`"
    label = "{before} in training, {after} here"
    help = "only dims that no parameter depends on can change after training, such as the rounds of a loop."

    block: str
    name: str
    before: str
    after: str


class HardenObstacle(Diagnostic):
    """`harden` of what depends on a relaxed node that cannot be rounded from there.
    The second place is the node."""

    code = "SCG334"
    title = "`harden` cannot round the relaxed node `{node}`"
    label = "{reason}"
    help = "{advice}"

    node: str
    reason: str
    advice: str


class TooManyValues(Diagnostic):
    """Nets that call nets that call nets: the program is short, what it stands for is not."""

    code = "SCG335"
    title = "with its calls and loops opened the program has {count} values"
    label = "most of them are here"
    help = (
        "the limit is {limit}: a net that calls another twice, which calls another twice, doubles at every "
        "level; a loop, or one call of a net for all elements of an axis, stays small."
    )

    count: str
    limit: str
