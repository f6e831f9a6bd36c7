"""Programs that a person could have written, of random parts that fit: most pass the checker.

A value of a wanted type is made of smaller ones, down to names and constants (`fitting.py`). Now and then a
part has another type than it should.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from random import Random

from fitting import WAYS, Shape, Type

from scgc.distributions import distributions
from scgc.estimators import estimators

WRONG = 0.003
"""How often a part has another type than it should."""

KINDS = ("real", "real", "real", "real", "bool", "class(3)", "onehot(3)", "bit", "int")
LENGTHS = "23DDn"
GIVEN = {"real": "x", "bool": "on", "class(3)": "c", "int": "i", "onehot(3)": "h", "bit": "b"}
"""What inputs of each kind are called."""

LAWS = {
    "Categorical": ("onehot(3)", "logits = {}", "uniform", "class(3)"),
    "Bernoulli": ("bit", "logits = {}", "uniform", "bool"),
    "Normal": ("real", "mean = {0}, std = exp({0})", "Normal(0, 1)", "real"),
    "Gamma": ("real", "concentration = 1, rate = exp({})", "Gamma(1, 1)", "real"),
    "Poisson": ("real", "rate = exp({})", "Poisson(1)", "int"),
}
"""What each draws, its parameters, a prior, and what it may observe."""


@cache
def legal(law: str) -> list[str]:
    """The estimators that are declared for a distribution."""
    law_is = {
        None: True,
        "reparameterised": distributions()[law].reparameterised,
        "finite": law in ("Categorical", "Bernoulli"),
    }
    return [n for n, e in estimators().items() if law_is.get(e.families, law in (e.families or ()))]


def typed(random: Random) -> str:
    """A program."""
    writer = Writer(random)
    for _ in range(random.randint(0, 2)):
        writer.net()
    writer.body(random.randint(2, 7))
    losses = [writer.line(f"loss NAME = {writer.value(('real', ()), 3)}")]
    losses += [writer.line(f"loss NAME = {word}") for word in writer.costs]
    writer.line(f"metric NAME = {writer.value(('bool', ()), 2)}")
    heads = ["dim D = 4", "size n <= 5", "schedule beta = 1 - exp(-0.01 * t)"]
    return "\n".join([*heads, *writer.inputs.values(), *writer.lines, *_blocks(random, writer, losses)])


def _blocks(random: Random, writer: Writer, losses: list[str]) -> list[str]:
    """Settings of what there is."""
    over = "  ".join(f"{z}.via = {random.choice(legal(law))}" for z, law in writer.drawn.items())
    setup = (
        f'data = npz("x.npz")  batch = 2  steps = 10  optimizer = adam(lr = 0.01)  select = best({losses[0]})'
    )
    variant = f"variant other {{ beta = 1  {over} }}\nsweep {{ variant = [none, other]  seed = range(3) }}"
    return [block for block in (f"train {{ {setup} }}", variant) if random.random() < 0.5]


class Writer:
    """Statements, and the types of the names that they give."""

    def __init__(self, random: Random, outer: Writer | None = None) -> None:
        self.random = random
        self.inside = outer is not None
        self.types: dict[str, Type] = {"beta": ("real", ())}
        self.nets: dict[str, tuple[Type, Type]] = outer.nets if outer else {}
        self.count = outer.count if outer else 0
        self.inputs = {"x_n": "input x_n : real[n]"}
        self.lines: list[str] = []
        self.drawn: dict[str, str] = {}
        self.costs: list[str] = []

    def line(self, text: str, type: Type | None = None) -> str:
        """A statement that gives a NAME, which is new."""
        self.count += 1
        name = f"v{self.count}"
        self.lines.append(text.replace("NAME", name, 1))
        if type is not None:
            self.types[name] = type
        return name

    def type(self) -> Type:
        return self.random.choice(KINDS), self.shape()

    def shape(self) -> Shape:
        lengths = LENGTHS[:-1] if self.inside else LENGTHS
        return tuple(self.random.choice(lengths) for _ in range(self.random.choice((0, 0, 1, 1, 1, 2))))

    # ---- values

    def value(self, wanted: Type, depth: int) -> str:
        kind, shape = wanted if self.random.random() > WRONG else self.type()
        if depth > 0 and kind in WAYS and self.random.random() < 0.75:
            return self.random.choice(WAYS[kind])(self, shape, depth - 1)
        return self.leaf(kind, shape)

    def leaf(self, kind: str, shape: Shape) -> str:
        """A name, a constant, an input."""
        there = [name for name, type in self.types.items() if type == (kind, shape)]
        if there and self.random.random() < 0.8:
            return self.random.choice(there)
        if self.inside:
            return self._constant(kind, shape)
        name = "_".join((GIVEN[kind], *shape))
        words = "real" if kind == "bit" else kind
        self.inputs.setdefault(name, f"input {name} : {words}[{', '.join(shape)}]")
        return name

    def _constant(self, kind: str, shape: Shape) -> str:
        """Inside of a net, where inputs are not known."""
        number = f"zeros({', '.join(shape)})" if shape else "0"
        logits = f"zeros({', '.join((*shape, '3'))})"
        index = f"argmax({logits})"
        ways = {"bool": f"({number} > 0)", "class(3)": index, "onehot(3)": f"onehot({index})", "int": index}
        return ways.get(kind, number)

    # ---- statements

    def body(self, count: int) -> None:
        ways = (
            (self.let, self.node)
            if self.inside
            else (self.let, self.node, self.param, self.loop, self.choice)
        )
        for _ in range(count):
            self.random.choices(ways, (4, 4, 1, 1, 1)[: len(ways)])[0]()

    def let(self) -> None:
        type = self.type()
        self.line(f"NAME = {self.value(type, 3)}", type)

    def param(self) -> None:
        shape = tuple(self.random.choice("23D") for _ in range(self.random.randint(0, 2)))
        self.line(f"param NAME : real[{', '.join(shape)}] init zeros", ("real", shape))

    def node(self) -> None:
        law, shape = self.random.choice(list(LAWS)), self.shape()
        kind, slots, *_ = LAWS[law]
        inner = (*shape, "3") if law == "Categorical" else shape
        clauses = self.clauses(law, shape)
        name = self.line(
            f"NAME ~ {law}({slots.format(self.value(('real', inner), 2))}){clauses}", (kind, shape)
        )
        self.drawn[name] = law
        self.costs += [
            f"{cost}({name})" for cost, word in (("kl", " prior"), ("nll", " observe")) if word in clauses
        ]

    def clauses(self, law: str, shape: Shape) -> str:
        _, _, prior, observed = LAWS[law]
        found = f" via {self.random.choice(legal(law))}" if self.random.random() < 0.6 else ""
        found += f" prior {prior}" if self.random.random() < 0.3 else ""
        if not self.inside and self.random.random() < 0.15:
            found += f" observe {self.leaf(observed, shape)}"
        return found + (
            f" where {self.value(('bool', shape), 1)}" if shape and self.random.random() < 0.1 else ""
        )

    def net(self) -> None:
        inner = Writer(self.random, self)
        takes, gives = ("real", inner.shape()), ("real", inner.shape())
        inner.types["x"] = takes
        inner.body(self.random.randint(0, 3))
        words = "\n  ".join([*inner.lines, f"return {inner.value(gives, 3)}"])
        self.count = inner.count
        head = f"net NAME(x : real[{', '.join(takes[1])}]) -> real[{', '.join(gives[1])}]"
        self.nets[self.line(f"{head} {{\n  {words}\n}}")] = takes, gives

    def loop(self) -> None:
        over = self.random.choice(("range(2)", "range(1, D)", "range(3)"))
        self.lines.append(f"for k{self.count} in {over} {{ {self.steps()} }}")

    def choice(self) -> None:
        test = self.random.choice(("training", "D > 3", "D == 4 and training"))
        self.lines.append(f"if {test} {{ {self.steps()} }}")

    def steps(self) -> str:
        """The next values of some names, behind what the body defines for itself."""
        carried = [name for name in self.types if name.startswith("v") and name not in self.drawn]
        with self._apart() as lines:
            if self.random.random() < 0.5:
                self.random.choice((self.let, self.node))()
            for name in self.random.sample(carried, min(len(carried), 2)):
                lines.append(f"{name} <- {self.value(self.types[name], 2)}")
        return "  ".join(lines)

    @contextmanager
    def _apart(self) -> Iterator[list[str]]:
        """Statements whose names are not known behind them."""
        kept = self.lines, self.types.copy(), self.drawn.copy(), self.costs.copy()
        self.lines = []
        yield self.lines
        self.lines, self.types, self.drawn, self.costs = kept
