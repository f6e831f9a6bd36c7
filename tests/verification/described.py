"""A random program twice: as text for the compiler, and as a sum over everything that can be drawn.

Every part has both faces: `text`, and `value` or `run`, which computes with all outcomes at once. A number of
one example is a tensor `[outcomes of the last draw, ..., of the first draw, examples]` where what it does not
depend on has length 1 or no axis; a vector has its shape behind that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod

import torch
from laws import Args, Law
from torch import Tensor

Values = dict[str, Tensor]
MISSING = 1e-6
"""How much of the probability the points of all draws may lack."""


@dataclass(frozen=True)
class Expr:
    """An expression: a number of one example, or a vector of the shape."""

    text: str
    value: Callable[[Values], Tensor]
    shape: tuple[int, ...] = ()

    def named(self, name: str) -> Expr:
        """The same value under a name that a statement gave it."""
        return Expr(name, lambda v: v[name], self.shape)


def total(x: Tensor, axes: int) -> Tensor:
    """The sum over the last axes."""
    return x.sum(tuple(range(-axes, 0))) if axes else x


@dataclass
class World:
    """What was drawn so far: how many axes of outcomes there are, and the weights of the draws."""

    depth: int = 0
    weights: list[Tensor] = field(default_factory=list)

    def draw(self, law: Law, args: Args) -> Tensor:
        z, weight = law.draws(args, self.depth)
        self.depth += 1
        self.weights.append(weight)
        return z

    def expectation(self, cost: Tensor) -> Tensor:
        """The weighted sum over all outcomes, the mean over the examples.

        Raises ValueError where the outcomes do not have all of the probability, as those of a sum that is
        broken off where a rate has grown too large.
        """
        joint = torch.ones((1,) * (self.depth + 1), dtype=torch.float64)
        for weight in self.weights:
            joint = joint * weight
        mass = joint.detach().sum() / joint.shape[-1]
        if abs(mass - 1) > MISSING:
            raise ValueError(f"the reference is no sum over all outcomes: their probability is {mass:.6f}")
        found = joint * cost
        return found.sum() / found.shape[-1]


@dataclass(frozen=True)
class Node:
    """`name ~ law(args) via way`, perhaps with a prior, a mask or an observed value. A mask without a text is
    that of lengths that differ, which the compiler finds by itself."""

    name: str
    law: Law
    args: dict[str, Expr]
    way: str
    prior: bool = False
    where: Expr | None = None
    observe: Expr | None = None

    @property
    def text(self) -> str:
        wrapped = (f"{s} = {self.law.slots[s].format(x=f'({e.text})')}" for s, e in self.args.items())
        line = f"{self.name} ~ {self.law.family}({self.law.fixed}{', '.join(wrapped)}{self.law.tail})"
        if self.prior:
            line += " prior Normal(0, 1)" if self.law.family == "Normal" else " prior uniform"
        if self.where and self.where.text:
            line += f" where {self.where.text}"
        return line + (f" observe {self.observe.text}" if self.observe else f" via {self.way}")

    def run(self, values: Values, world: World) -> None:
        names = {"exp": torch.exp, "tanh": torch.tanh}
        args: Args = {}
        for slot, expr in self.args.items():
            x = expr.value(values)
            args[slot] = eval(self.law.slots[slot].format(x="x"), names, {"x": x})
        where = self.where.value(values) if self.where else None
        axes = len(self.law.plates)

        def summed(x: Tensor) -> Tensor:
            return total(x if where is None else x * where, axes)

        if self.observe:
            z = self.observe.value(values)
            values[f"nll({self.name})"] = -summed(self.law.log_prob(args, z))
        else:
            z = world.draw(self.law, args)
            if where is not None:
                z = z * (where[..., None] if self.law.family == "Categorical" else where)
        if self.prior:
            values[f"kl({self.name})"] = summed(self.law.divergence(args))
        values[self.name] = z


@dataclass(frozen=True)
class Let:
    """`name = expr`."""

    name: str
    expr: Expr

    @property
    def text(self) -> str:
        return f"{self.name} = {self.expr.text}"

    def run(self, values: Values, world: World) -> None:
        values[self.name] = self.expr.value(values)


@dataclass(frozen=True)
class Net:
    """A net of one argument `h`: nodes, and a number made of them. `inner`: a net that it calls with h and
    with -h, instead of nodes of its own."""

    name: str
    shape: tuple[int, ...]
    nodes: tuple[Node, ...] = ()
    result: Expr | None = None
    inner: Net | None = None

    @property
    def text(self) -> str:
        shape = ", ".join(map(str, self.shape))
        if self.inner:
            f = self.inner.name
            body = [f"a = {f}(h)", f"b = {f}(-h)", "return a + 0.5 * b * b"]
        else:
            assert self.result
            body = [*(n.text for n in self.nodes), f"return {self.result.text}"]
        return "\n".join([f"net {self.name}(h : real[{shape}]) -> real[] {{", *(f"  {b}" for b in body), "}"])

    def call(self, h: Tensor, values: Values, world: World) -> Tensor:
        if self.inner:
            a = self.inner.call(h, values, world)
            return a + 0.5 * self.inner.call(-h, values, world) ** 2
        local = {**values, "h": h}
        for node in self.nodes:
            node.run(local, world)
        assert self.result
        return self.result.value(local)


@dataclass(frozen=True)
class Call:
    """`name = net(argument)`, or of two arguments at once, mapped over them."""

    name: str
    net: Net
    arguments: tuple[Expr, ...]

    @property
    def text(self) -> str:
        given = ", ".join(a.text for a in self.arguments)
        return f"{self.name} = {self.net.name}({given if len(self.arguments) == 1 else f'stack({given})'})"

    def run(self, values: Values, world: World) -> None:
        found = [self.net.call(a.value(values), values, world) for a in self.arguments]
        values[self.name] = found[0] if len(found) == 1 else torch.stack(torch.broadcast_tensors(*found), -1)


@dataclass(frozen=True)
class Loop:
    """`for i in range(rounds)`: draws nodes, and adds a number made of them to `name`."""

    name: str
    rounds: int
    nodes: tuple[Node, ...]
    step: Expr

    @property
    def text(self) -> str:
        body = "\n".join(f"  {n.text}" for n in self.nodes)
        return (
            f"for i in range({self.rounds}) {{\n{body}\n  {self.name} <- {self.name} + {self.step.text}\n}}"
        )

    def run(self, values: Values, world: World) -> None:
        for _ in range(self.rounds):
            for node in self.nodes:
                node.run(values, world)
            values[self.name] = values[self.name] + self.step.value(values)


Statement = Node | Let | Call | Loop


@dataclass
class Described:
    """A program. leaves: what gradients are taken of, with the words that declare it; data: the inputs, with
    one row for each of the examples; `n` among it are lengths."""

    leaves: dict[str, tuple[str, Tensor]] = field(default_factory=dict)
    data: dict[str, tuple[str, Tensor]] = field(default_factory=dict)
    nets: list[Net] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    losses: list[Expr] = field(default_factory=list)

    @property
    def text(self) -> str:
        lines = [word for word, _ in (*self.data.values(), *self.leaves.values()) if word]
        lines += [net.text for net in self.nets]
        lines += [s.text for s in self.statements]
        lines += [f"loss loss{i} = {e.text}" for i, e in enumerate(self.losses)]
        return "\n".join(lines) + "\n"

    @property
    def examples(self) -> int:
        return len(next(iter(self.data.values()))[1])

    def exact(self) -> tuple[Tensor, dict[str, Tensor]]:
        """The expected loss, and its gradient by every leaf."""
        leaves = {n: v.clone().requires_grad_() for n, (_, v) in self.leaves.items()}
        # lengths and truth values as numbers
        values: Values = {**leaves, **{n: v.double() for n, (_, v) in self.data.items()}}
        world = World()
        for statement in self.statements:
            statement.run(values, world)
        expected = world.expectation(sum((e.value(values) for e in self.losses), torch.zeros(())))
        found = torch.autograd.grad(expected, list(leaves.values()), allow_unused=True)
        gradients = {
            n: torch.zeros_like(x) if g is None else g
            for (n, x), g in zip(leaves.items(), found, strict=True)
        }
        return expected.detach(), gradients

    @property
    def outcomes(self) -> int:
        """How many joint outcomes there are."""
        return prod(self._points(s) for s in self.statements)

    def _points(self, s: Statement) -> int:
        match s:
            case Node():
                return 1 if s.observe else s.law.points
            case Call():
                return _points(s.net) ** len(s.arguments)
            case Loop():
                return prod(n.law.points for n in s.nodes) ** s.rounds
        return 1


def _points(net: Net) -> int:
    return _points(net.inner) ** 2 if net.inner else prod(n.law.points for n in net.nodes)
