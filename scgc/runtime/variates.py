"""Control variates that learn: the modules behind the estimators `rebar`, `relax` and `lax`.

Their own parameters follow nothing but the variance of the gradient that reaches the parameters of the node's
distribution: its mean is right whatever they are, so that its square is what there is to make small. Called
in training they remember those parameters until `close`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import log, prod
from typing import Any, NamedTuple

import torch
from torch import Size, Tensor, nn
from torch.distributions import Distribution

from scgc.runtime.bernoulli import Bernoulli
from scgc.runtime.categorical import Categorical
from scgc.runtime.conditional import noisy
from scgc.runtime.net import Learned, Mode

MOST = 256
"""How many draws are remembered where nothing closes them: a pass without its loss."""

Pair = tuple[Tensor, Tensor | None]


class Seen(NamedTuple):
    """Of a draw, the parameters of its distribution, and the control variate, whose mean is 0."""

    parameters: list[Tensor]
    term: Tensor | None = None


class Variate(Learned):
    """The base: what a draw leaves for `close`."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: deque[Seen] = deque(maxlen=MOST)

    def close(self, loss: Tensor) -> Tensor:
        """The loss, and the terms of value 0 that its draws since the last time leave."""
        seen, own = list(self.seen), [p for p in self.parameters() if p.requires_grad]
        self.seen.clear()
        if not loss.requires_grad:
            return loss
        for draw in seen:
            loss = self.closed(loss, draw, own)
        return loss

    def closed(self, loss: Tensor, seen: Seen, own: list[nn.Parameter]) -> Tensor:
        """`close` for one draw; `own` are the parameters to be trained."""
        raise NotImplementedError


class Rebar(Variate):
    """REBAR (Tucker et al. 2017): the cost of the relaxed draw, once free and once given the hard draw, is
    the control variate, scaled by `eta`, at temperature `tau`; both are learned."""

    def __init__(self, shape: Sequence[int], *, tau: float = 0.5, eta: float = 1.0) -> None:
        super().__init__()
        self.log_tau = nn.Parameter(torch.tensor(log(tau)))
        self.eta = nn.Parameter(torch.tensor(float(eta)))

    def forward(
        self, q: Categorical | Bernoulli, *, plates: int = 0, dims: int | None = None, mode: Mode
    ) -> Pair:
        """Hard draw, relaxed draw and relaxed draw given the hard one, [3, ...], with the weights box, eta
        and -eta * box."""
        if mode != "train":
            return q.mode if mode == "mode" else q.sample(), None
        q = _apart(q)
        b, z, given, score = noisy(q)
        tau = self.log_tau.exp()
        box = _box_of_score(q, score, plates)
        values = torch.cat([b[None], q.relax(torch.stack([z, given]) / tau)])
        weights = torch.stack([box, self.eta.expand_as(box), -self.eta * box])
        if q.logits.requires_grad:
            self.seen.append(Seen([q.logits]))
        return _padded(values, q, dims), _padded(weights, q, dims)

    def closed(self, loss: Tensor, seen: Seen, own: list[nn.Parameter]) -> Tensor:
        wanted = [*seen.parameters, *own]
        gradient, *noise = torch.autograd.grad(loss, wanted, create_graph=True, allow_unused=True)
        if gradient is None or not own:
            return loss
        # in the mean the loss does not depend on our own parameters: what it says of them is noise
        return loss + _carried(own, _steering(own, _square([gradient]), noise))


class Critic(Variate):
    """The base of those whose control variate is a network of the draw, from `shape` to a number."""

    def __init__(self, shape: Sequence[int], hidden: int = 64) -> None:
        super().__init__()
        self.rank = len(shape)
        self.network = nn.Sequential(
            nn.Linear(prod(shape), hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden),
            nn.Tanh(),
            nn.Linear(hidden, 1),
        )

    def critic(self, x: Tensor, mapped: int) -> Tensor:
        """[..., mapped axes, shape] to [...], summed over the mapped axes."""
        found: Tensor = self.network(x.flatten(-self.rank) if self.rank else x.unsqueeze(-1))
        return found.squeeze(-1).sum(tuple(range(-mapped, 0))) if mapped else found.squeeze(-1)

    def term(self, q: Distribution, draws: Tensor, box: Tensor, plates: int) -> None:
        """Remember critic(free) - box * critic(given) for the draws [free, given]."""
        parameters = [p for p in parameters_of(q) if p.requires_grad]
        mapped = plates - (self.rank - len(q.event_shape))
        if not parameters:
            return
        of_free, of_given = self.critic(draws, mapped)
        term = (of_free - box * of_given).mean()
        self.seen.append(Seen(parameters, term))

    def closed(self, loss: Tensor, seen: Seen, own: list[nn.Parameter]) -> Tensor:
        parameters, term = seen.parameters, seen.term
        assert term is not None
        rest = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        ours = torch.autograd.grad(term, parameters, create_graph=True, materialize_grads=True)
        both = [b if a is None else a + b for a, b in zip(rest, ours, strict=True)]
        return loss + _carried([*parameters, *own], [*ours, *_steering(own, _square(both))])


class Relax(Critic):
    """RELAX (Grathwohl et al. 2018): the critic of the relaxed draw, once free and once given the hard
    draw."""

    def __init__(self, shape: Sequence[int], *, hidden: int = 64) -> None:
        super().__init__(shape, hidden)

    def forward(
        self, q: Categorical | Bernoulli, *, plates: int = 0, dims: int | None = None, mode: Mode
    ) -> Pair:
        """A hard draw, [1, ...], with its box as weight."""
        if mode != "train":
            return q.mode if mode == "mode" else q.sample(), None
        q = _apart(q)
        b, z, given, score = noisy(q)
        box = _box_of_score(q, score, plates)
        self.term(q, q.relax(torch.stack([z, given])), box, plates)
        return _padded(b[None], q, dims), _padded(box[None], q, dims)


class Lax(Critic):
    """LAX (Grathwohl et al. 2018): the critic of a reparameterised draw, once differentiated through the draw
    and once by its log-probability."""

    def __init__(self, shape: Sequence[int], *, hidden: int = 64) -> None:
        super().__init__(shape, hidden)

    def forward(self, q: Distribution, *, plates: int = 0, dims: int | None = None, mode: Mode) -> Pair:
        """A draw without a gradient, [1, ...], with its box as weight."""
        if mode != "train":
            return q.mode if mode == "mode" else q.sample(), None
        free = q.rsample()
        drawn = free.detach()
        box = _box(q.log_prob(drawn), plates)
        self.term(q, torch.stack([free, drawn]), box, plates)
        return _padded(drawn[None], q, dims), _padded(box[None], q, dims)


def parameters_of(q: Distribution) -> list[Tensor]:
    """The tensors that a distribution holds."""
    found: list[Tensor] = []
    for value in vars(q).values():
        if isinstance(value, Distribution):
            found += parameters_of(value)
        elif isinstance(value, Tensor):
            found.append(value)
    return found


def _apart(q: Categorical | Bernoulli) -> Categorical | Bernoulli:
    """The same distribution with logits of its own: gradients for them are those that its draw brings,
    without those of a divergence, which has no noise."""
    return type(q)(logits=q.logits.view_as(q.logits))


def _box(log_prob: Tensor, plates: int) -> Tensor:
    """exp(log_prob - stop(log_prob)): [...] without the plates."""
    lp = log_prob.sum(tuple(range(-plates, 0))) if plates else log_prob
    return (lp - lp.detach()).exp()


def _box_of_score(q: Categorical | Bernoulli, score: Tensor, plates: int) -> Tensor:
    """`_box` of a draw whose score is known, [..., plates, event]: no pass goes back through the density."""
    lead = q.batch_shape[: len(q.batch_shape) - plates]
    box: Tensor = _Box.apply(q.logits, score, lead)  # type: ignore[no-untyped-call]
    return box


class _Box(torch.autograd.Function):
    """Ones, of the first axes of the logits; the derivative is the ones themselves times the score."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, score: Tensor, shape: Size) -> Tensor:
        ones = score.new_ones(shape)
        ctx.score = score
        ctx.save_for_backward(ones)
        return ones

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, None, None]:
        (box,) = ctx.saved_tensors
        outer = outer * box
        rest = (1,) * (ctx.score.dim() - outer.dim())
        return outer.reshape(*outer.shape, *rest) * ctx.score, None, None


def _padded(x: Tensor, q: Distribution, dims: int | None) -> Tensor:
    """Ones between the first axis and q's batch shape, up to `dims` axes."""
    missing = max(0, (dims or 0) - len(q.batch_shape))
    return x.reshape(x.shape[0], *(1,) * missing, *x.shape[1:])


def _square(gradients: list[Tensor]) -> Tensor:
    """The mean over examples of an example's squared gradient, those of a mean cost given."""
    return sum((g.square().sum() * g.shape[0] if g.dim() else g.square() for g in gradients), torch.zeros(()))


class _Carried(torch.autograd.Function):
    """0, with given gradients for tensors: of what has been differentiated already. They may be
    differentiated once more, but are no inputs: a pass back would look through all that they are made of."""

    @staticmethod
    def forward(ctx: Any, slopes: Sequence[Tensor], *tensors: Tensor) -> Tensor:
        ctx.slopes = slopes
        return slopes[0].new_zeros(())

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor | None, ...]:
        return (None, *(outer * s for s in ctx.slopes))


def _carried(tensors: Sequence[Tensor], slopes: Sequence[Tensor]) -> Tensor:
    found: Tensor = _Carried.apply(slopes, *tensors)  # type: ignore[no-untyped-call]
    return found


def _steering(
    own: Sequence[Tensor], variance: Tensor, noise: Sequence[Tensor | None] | None = None
) -> list[Tensor]:
    """The gradient of `variance` for these parameters, without what they have as `noise`."""
    wanted = torch.autograd.grad(variance, own, retain_graph=True, materialize_grads=True)
    noise = noise or [None] * len(own)
    return [up if down is None else up - down.detach() for up, down in zip(wanted, noise, strict=True)]
