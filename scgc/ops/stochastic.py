"""Operators on distributions and on the paths that samples and gradients take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scgc.declared import PROBABILITY
from scgc.ir.types import DistType, TensorType, real
from scgc.ops.declare import Operator
from scgc.ops.divergence import divergence
from scgc.ops.signature import Match, Mismatch

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _event(match: Match, slot: str) -> DistType:
    found = match.types[slot]
    assert isinstance(found, DistType)
    return found


def _log_prob(match: Match) -> TensorType:
    verify_draw(match, "v")
    return real()


def verify_draw(match: Match, slot: str) -> None:
    """Whether a value is one that the distribution `q` could draw. Raises Mismatch."""
    event, v = _event(match, "q").event, match.tensor(slot)
    index = event.kind == "onehot" and v.kind in ("class", "int")
    number = event.kind in ("real", "bit", "int") and v.kind in ("real", "bit", "bool", "int")
    shapes = len(event.shape) == len(v.shape) and all(map(match.equal, event.shape, v.shape))
    sizes = event.size is None or v.size is None or match.equal(event.size, v.size)
    if not ((v.kind == event.kind or index or number) and shapes and sizes):
        raise Mismatch(slot, str(event), str(v), "a value that the distribution could draw")
    if index and event.size is not None:
        match.verify_classes(slot, event.size)


def _kl(match: Match) -> TensorType:
    q, p = _event(match, "q"), _event(match, "p")
    if "p" in match.fixed and not comparable(match, q.event, p.event, match.fixed["p"]):
        raise Mismatch("p", str(q), str(p), "both must be over values of one type")
    way = divergence(q.family, p.family)
    if way is None:
        raise Mismatch("p", f"a {q.family}, or a distribution that holds its values", str(p))
    if match.types.get("at") is not None:
        verify_draw(match, "at")
    elif way == "sampled":
        raise Mismatch("p", f"a {q.family}, or besides `at = z`, a draw that estimates it", str(p))
    return real()


def comparable(match: Match, q: TensorType, p: TensorType, fixed: bool) -> bool:
    """Whether a distribution over `p` can be compared with one over `q`: their types are the same, or `p` is
    the same for every example and stands for several elements of `q`."""
    sizes = q.size is None or p.size is None or match.equal(q.size, p.size)
    same = len(q.shape) == len(p.shape) and all(map(match.equal, q.shape, p.shape))
    joined = match.broadcast(q.shape, p.shape)
    holds = joined is not None and len(joined) == len(q.shape) and all(map(match.equal, joined, q.shape))
    return q.kind == p.kind and sizes and (same or (fixed and holds))


def _entropy(match: Match) -> TensorType:
    if _event(match, "q").family == "Poisson":
        raise Mismatch("q", "a distribution whose entropy has a closed form", str(_event(match, "q")))
    return real()


def _mean(match: Match) -> TensorType:
    return real(*_event(match, "q").event.stored)


def _mode(match: Match) -> TensorType:
    return _event(match, "q").event


def _chosen(result: Callable[[Match], TensorType]) -> Callable[[Match], TensorType]:
    """The same result, where `where` says of each element of the plate whether it takes part."""

    def checked(match: Match) -> TensorType:
        from scgc.distributions import plates

        found = match.types.get("where")
        shape = _event(match, "q").event.shape[: plates(_event(match, "q"))]
        if isinstance(found, TensorType):
            joined = match.broadcast(shape, found.shape)
            if joined is None or len(joined) != len(shape):
                raise Mismatch("where", f"bool[{', '.join(map(str, shape))}]", str(found), "no mask")
        return result(match)

    return checked


def _plates(low: Lowering, call: str) -> str:
    count = low.plates("q")
    call += f", plates={count}" if count else ""
    call += f", where={low.where('q')}" if low.has("where") else ""
    return f"{call})"


def _as_drawn(low: Lowering) -> str:
    """A value as the distribution holds its draws: classes as one-hot vectors, truth values as numbers."""
    event, v = _event(low.match, "q").event, low.type("v")
    if event.kind == "onehot" and v.kind in ("class", "int") and event.size is not None:
        return f"F.one_hot({{v}}, {low.dim(event.size)}).float()"
    return "{v}.float()" if v.kind in ("bool", "int") else "{v}"


def _lower_kl(low: Lowering) -> str:
    """Where there is no closed form it is estimated from a draw."""
    families = _event(low.match, "q").family, _event(low.match, "p").family
    sampled = divergence(*families) == "sampled"
    return _plates(low, "kl({q}, {p}" + (", sample={at}" if sampled else ""))


def _lower_dropres(low: Lowering) -> str:
    """One draw for each of the calls that were made as one."""
    more = ""
    if low.word("per") == "example":
        more = f", rank={low.rank('x')}"
    elif low.around.calls is not None:
        low.fillings["calls"], more = low.around.calls, ", calls={calls}"
    return f"dropres({{x}}, drop={low.over('drop', 'x')}, per={{per}}{more}, training=self.training)"


OPERATORS = (
    Operator(
        "log_prob(q : dist, v : any[*s], where : bool[*t] = none) -> real[]",
        doc="The logarithm of the probability (or density) of v, summed over the elements of the plate"
        " (those of `where`).",
        example="log_prob(Categorical(logits = ones(3)), 0)",
        torch=lambda low: _plates(low, f"log_prob({{q}}, {_as_drawn(low)}"),
        result=_chosen(_log_prob),
        derivative=("q", "v"),
    ),
    Operator(
        "entropy(q : dist, where : bool[*t] = none) -> real[]",
        doc="The entropy, summed over the elements of the plate (those of `where`).",
        example="entropy(Categorical(logits = ones(3)))",
        torch=lambda low: _plates(low, "entropy({q}"),
        result=_chosen(_entropy),
        derivative=("q",),
    ),
    Operator(
        "kl(q : dist, p : dist, at : any[*s] = none, where : bool[*t] = none) -> real[]",
        doc="The Kullback-Leibler divergence KL(q || p), summed over the elements of the plate (those of"
        " `where`). Where the"
        " families have no formula it is estimated from a draw `at` of q.",
        example="kl(Normal(mean = zeros(3), std = 1), Normal(mean = zeros(3), std = 2))",
        torch=_lower_kl,
        result=_chosen(_kl),
        derivative=("q", "p", "at"),
    ),
    Operator(
        "mean(q : dist) -> real[]",
        doc="The mean of a distribution; of a Categorical, the probabilities.",
        example="mean(Categorical(logits = ones(3)))",
        torch="{q}.mean",
        result=_mean,
    ),
    Operator(
        "mode(q : dist) -> real[]",
        doc="The most probable value.",
        example="mode(Categorical(logits = ones(3)))",
        torch="{q}.mode",
        result=_mode,
        derivative=(),
    ),
    Operator(
        "stop(x : any[*s]) -> any[*s]",
        doc="x, through which no gradient passes.",
        example="stop(ones(3))",
        torch="{x}.detach()",
        derivative=(),
    ),
    Operator(
        "dropres(x : real[*s], drop : real[], per : word = batch) -> real[*s]",
        doc="A residual shortcut: x, or zeros with probability `drop` (thesis 5.2.3); in evaluation always"
        " zeros. One draw a batch, or `per = example`.",
        example="dropres(ones(3), drop = 0.5)",
        torch=_lower_dropres,
        derivative=("x",),
        draws=True,
        limits={"drop": PROBABILITY},
        words={"per": ("batch", "example")},
    ),
)
