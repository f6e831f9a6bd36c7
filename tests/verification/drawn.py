"""Random programs: what stands where, by a random generator of Python's."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import torch
from described import Call, Described, Expr, Let, Loop, Net, Node, total
from laws import KINDS, Law
from torch import Tensor
from ways import fixed, hard, single, ways, width

from scgc.estimators import estimators

OUTCOMES, WIDTH = 20_000, 60
"""The most joint outcomes of a program, and the most values of its nodes at once."""
EXAMPLES = 2
OTHERS = tuple(k for k in KINDS if k not in ("Bernoulli", "Normal"))


def draw(random: Random) -> Described:
    """A program with two to five stochastic nodes and one to three losses."""
    maker = Maker(random)
    wanted = random.randint(2, 5)
    for _ in range(4 * wanted):
        if maker.count >= wanted:
            break
        random.choices((maker.node, maker.call, maker.loop, maker.observed, maker.sized), (6, 4, 1.5, 1, 1))[
            0
        ]()
    if "vimco" in estimators() and random.random() < 0.08:
        maker.bound()
    maker.finish()
    return maker.program


class Maker:
    """Adds statements to a program. `numbers` are the values that later ones may read."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.values = torch.Generator().manual_seed(random.getrandbits(40))
        self.program = Described()
        self.numbers: list[Expr] = []
        self.costs: list[Expr] = []
        self.count = self.named = 0
        self.inside = False  # a net, which reads parameters but no inputs
        self.shared: set[str] = set()
        self.outcomes = self.width = 1
        x = torch.tensor([[0.7, -0.4], [-0.3, 1.1]], dtype=torch.float64)
        self.program.data["x"] = ("input x : real[2]", x)

    # ---- parts

    def name(self, kind: str) -> str:
        self.named += 1
        return f"{kind}{self.named}"

    def uniform(self, shape: tuple[int, ...]) -> Tensor:
        return 2 * torch.rand(shape, generator=self.values, dtype=torch.float64) - 1

    def leaf(self, shape: tuple[int, ...]) -> Expr:
        """A parameter, or an input that gets a gradient too; often one that is there already."""
        there = [n for n, (_, v) in self.program.leaves.items() if v.shape == shape]
        if there and self.random.random() < 0.4:
            name = self.random.choice(there)
        else:
            name = self.name("p")
            sizes = ", ".join(map(str, shape))
            word = f"param {name} : real[{sizes}] init zeros"
            self.program.leaves[name] = (word, self.uniform(shape))
        if self.inside:
            self.shared.add(name)
        return Expr(name, lambda v: v[name], shape)

    def given(self, name: str, words: str, rows: Tensor) -> Expr:
        """An input of the data."""
        self.program.data.setdefault(name, (words, rows))
        return Expr(name, lambda v: v[name], tuple(rows.shape[1:]))

    def argument(self, shape: tuple[int, ...], base: Expr | None = None) -> Expr:
        """A parameter of a distribution: a leaf plus what is read of up to two numbers that are there."""
        found = base or self.leaf(shape)
        for number in self.random.sample(
            self.numbers, min(len(self.numbers), self.random.choice((0, 1, 1, 2)))
        ):
            found = _plus(found, number, self.leaf(shape))
        return found

    def number(self, expr: Expr) -> None:
        """Name a number, so that others may read it."""
        name = self.name("r")
        self.program.statements.append(Let(name, expr))
        self.numbers.append(expr.named(name))

    def law(self) -> Law:
        pick = self.random.random()
        plates = self.random.choice(((), (), (2,)))
        if pick < 0.38:
            return Law("Categorical", plates, self.random.choice((2, 3, 3, 4)))
        if pick < 0.7:
            return Law("Bernoulli", self.random.choice(((), (2,), (3,))))
        if pick < 0.8:
            return Law("Normal", self.random.choice(((), (), (2,))))
        if pick < 0.93:
            return Law(self.random.choice(OTHERS))
        return self.random.choice((Law("TopK", (), 3), Law("TopK", (), 4), Law("Arborescence", (), 3)))

    def way(self, law: Law, copies: int = 1, alone: bool = False, sized: bool = False) -> str:
        """An estimator: one that draws once if the node has to, or where there is no room for more values."""
        fits = [
            w
            for w in ways(law.family)
            if (single(w) or (not alone and self.width * width(w, law, copies) <= WIDTH))
            and not (sized and fixed(w))
        ]
        names = sorted({w.partition("(")[0] for w in fits})
        name = self.random.choice(names)
        found = self.random.choice([w for w in fits if w.partition("(")[0] == name])
        self.width *= width(found, law, copies)
        return found

    def room(self, points: int) -> bool:
        if self.outcomes * points > OUTCOMES:
            return False
        self.outcomes *= points
        return True

    def read(self, node: Node) -> Expr:
        """A number made of a draw."""
        name, law = node.name, node.law
        c = self.leaf(law.shape)
        index = law.family == "Categorical" and hard(node.way or "enumerate") and not node.where
        if index and self.random.random() < 0.3:
            table = self.leaf((law.size,))
            text = f"sum({table.text}[{name}])" if law.plates else f"{table.text}[{name}]"
            return Expr(text, lambda v: total(v[name] * table.value(v), 1 + len(law.plates)))
        if not law.shape:
            return Expr(f"{name} * {c.text}", lambda v: v[name] * c.value(v))
        return Expr(f"sum({name} * {c.text})", lambda v: total(v[name] * c.value(v), len(law.shape)))

    def arguments(self, law: Law) -> dict[str, Expr]:
        return {slot: self.argument(law.shape) for slot in law.slots}

    # ---- statements

    def node(self) -> None:
        """At the top, perhaps with a prior, a mask, a vector that it hands on, a value as its baseline."""
        law = self.law()
        if not self.room(law.points):
            return
        plain = law.family in ("Categorical", "Bernoulli", "Normal")
        prior = plain and self.random.random() < 0.25
        where = None
        if plain and law.plates and self.random.random() < 0.4:
            n = law.plates[0]
            rows = torch.rand((EXAMPLES, n), generator=self.values) > 0.4
            where = self.given(f"on{n}", f"input on{n} : bool[{n}]", rows)
        args = self.arguments(law)
        self.vector(args)
        node = Node(self.name("z"), law, args, self.based(self.way(law)), prior, where)
        self.add(node)
        if prior:
            self.costs.append(Expr(f"kl({node.name})", lambda v: v[f"kl({node.name})"]))

    def add(self, node: Node) -> None:
        self.program.statements.append(node)
        self.number(self.read(node))
        self.count += 1

    def vector(self, args: dict[str, Expr]) -> None:
        """Let a parameter read a whole draw through a matrix."""
        # an observed class is single precision in a model of any other
        drawn = [s for s in self.program.statements if isinstance(s, Node) and not s.observe]
        nodes = [s for s in drawn if len(s.law.shape) == 1 and not _sized(s)]
        slot, base = next(iter(args.items()))
        if nodes and len(base.shape) == 1 and self.random.random() < 0.4:
            z = self.random.choice(nodes)
            w = self.leaf((z.law.shape[0], base.shape[0]))

            def value(v: dict[str, Tensor]) -> Tensor:
                return base.value(v) + (v[z.name][..., None, :] @ w.value(v))[..., 0, :]

            args[slot] = Expr(f"{base.text} + {z.name} @ {w.text}", value, base.shape)

    def based(self, way: str) -> str:
        """Sometimes with a value as its baseline: of what is there before the draw."""
        valued = getattr(estimators()["score"], "valued", None)
        if not valued or way not in ("score", "score(samples = 3)") or self.random.random() < 0.5:
            return way
        known = [n.text for n in self.numbers] + ["x[0]", "linear(x, 1)[0]", "0.5"]
        samples = ", samples = 3" if "samples" in way else ""
        return f"score(baseline = {self.random.choice(known)}{samples})"

    def call(self) -> None:
        """A net: called once, called again, mapped over two arguments, or through another net."""
        nets = [n for n in self.program.nets if n.nodes or n.inner]
        net = self.random.choice(nets) if nets and self.random.random() < 0.4 else None
        mapped = self.random.random() < 0.3
        calls = 2 if mapped else 1
        before = self.width
        if net is None:
            self.inside = True
            net = self.net(4 if mapped else 2)
            self.inside = False
        else:
            for node in _nodes(net):
                self.width *= width(node.way, node.law, calls)
        points = _points(net) ** calls
        if self.width > WIDTH or self.outcomes * points > OUTCOMES:
            self.width = before
            return
        self.outcomes *= points
        if net not in self.program.nets:
            inner = [net.inner] if net.inner and net.inner not in self.program.nets else []
            self.program.nets += [*inner, net]
        arguments = tuple(self.argument(net.shape) for _ in range(calls))
        name = self.name("y")
        self.program.statements.append(Call(name, net, arguments))
        self.count += len(_nodes(net)) * calls
        if mapped:
            c = self.leaf((2,))
            self.number(Expr(f"sum({name} * {c.text})", lambda v: (v[name] * c.value(v)).sum(-1)))
        else:
            self.numbers.append(Expr(name, lambda v: v[name]))

    def net(self, copies: int) -> Net:
        """One or two nodes in sequence, perhaps within a net that calls it twice."""
        nodes: list[Node] = []
        law = self.random.choice(
            (Law("Bernoulli"), Law("Bernoulli", (2,)), Law("Categorical", (), 3), Law("Normal"))
        )
        slot, *others = law.slots
        base = Expr("h", lambda v: v["h"], law.shape)
        args = {slot: _sum(base, self.leaf(law.shape)), **{s: self.leaf(law.shape) for s in others}}
        nodes.append(Node(self.name("z"), law, args, self.way(law, copies)))
        result = self.read(nodes[0])
        if self.random.random() < 0.3:
            below = self.random.choice((Law("Bernoulli"), Law("Categorical", (), 2)))
            logits = _plus(self.leaf(below.shape), _grouped(result), self.leaf(below.shape))
            nodes.append(Node(self.name("z"), below, {"logits": logits}, self.way(below, copies)))
            result = _sum(result, self.read(nodes[1]))
        net = Net(self.name("f"), law.shape, tuple(nodes), result)
        return Net(self.name("g"), law.shape, inner=net) if self.random.random() < 0.3 else net

    def loop(self) -> None:
        """Two rounds in which what was drawn goes into the next."""
        law = self.random.choice((Law("Bernoulli"), Law("Categorical", (), 2), Law("Normal"), Law("Poisson")))
        if not self.room(law.points**2):
            return
        start = self.argument(())
        name = self.name("s")
        self.program.statements.append(Let(name, start))
        carried = Expr(name, lambda v: v[name])
        args = {slot: _plus(self.leaf(law.shape), carried, self.leaf(law.shape)) for slot in law.slots}
        node = Node(self.name("z"), law, args, self.way(law, alone=True))
        self.program.statements.append(Loop(name, 2, (node,), self.read(node)))
        self.count += 2
        self.number(Expr(f"0.5 * {name}", lambda v: 0.5 * v[name]))

    def observed(self) -> None:
        """A node whose value the data has."""
        law = self.random.choice((Law("Categorical", (), 3), Law("Bernoulli", (2,))))
        if law.family == "Categorical":
            self.given("seen", "input seen : class(3)", torch.tensor([0, 2]))
            seen = Expr("seen", lambda v: torch.eye(3, dtype=torch.float64)[v["seen"].long()], (3,))
        else:
            seen = self.given("bits", "input bits : bool[2]", torch.tensor([[1, 0], [1, 1]]) > 0)
        node = Node(self.name("k"), law, self.arguments(law), "", observe=seen)
        self.program.statements.append(node)
        self.number(self.read(node))
        self.costs.append(Expr(f"nll({node.name})", lambda v: v[f"nll({node.name})"]))

    def sized(self) -> None:
        """A plate whose length differs between the examples."""
        law = Law("Bernoulli", (3,))
        if not self.room(law.points):
            return
        self.program.data.setdefault("n", ("size n <= 3", torch.tensor([2, 3])))
        rows = torch.tensor([[0.4, -0.9, 9.0], [1.0, 0.3, -0.6]], dtype=torch.float64)
        xs = self.given("xs", "input xs : real[n]", rows)
        slope, shift = self.leaf(()), self.argument(())
        logits = Expr(
            f"xs * {slope.text} + ({shift.text})",
            lambda v: xs.value(v) * slope.value(v) + shift.value(v)[..., None],
            law.shape,
        )
        own = Expr("", lambda v: (torch.arange(3) < v["n"][:, None]).double())
        node = Node(self.name("z"), law, {"logits": logits}, self.way(law, sized=True), where=own)
        self.program.statements.append(node)
        name, c = node.name, self.leaf(())
        self.number(Expr(f"sum({name} * xs) * {c.text}", lambda v: (v[name] * v["xs"]).sum(-1) * c.value(v)))
        self.count += 1

    def bound(self) -> None:
        """A multi-sample bound, whose samples are the elements of a plate."""
        law = self.random.choice((Law("Categorical", (3,), 3), Law("Bernoulli", (3,)), Law("Normal", (2,))))
        if not self.room(law.points):
            return
        node = Node(self.name("z"), law, self.arguments(law), "vimco")
        self.program.statements.append(node)
        name, c = node.name, self.leaf((law.size,) if law.size else law.shape)
        if law.size:
            each = Expr(f"{name} @ {c.text}", lambda v: (v[name] * c.value(v)).sum(-1))
        else:
            each = Expr(f"tanh({name} * {c.text})", lambda v: (v[name] * c.value(v)).tanh())
        let = Let(self.name("v"), each)
        self.program.statements.append(let)
        count = law.plates[0]
        self.program.losses.append(
            Expr(
                f"-log_mean_exp({let.name})",
                lambda v: torch.log(torch.tensor(float(count))) - v[let.name].logsumexp(-1),
            )
        )

    def finish(self) -> None:
        """The losses, of the numbers that are there."""
        for _ in range(self.random.randint(1, 3)):
            a, b = (self.random.choice(self.numbers) for _ in range(2))
            form = self.random.choice(FORMS)
            texts = form[0].format(a=a.text, b=b.text)
            self.program.losses.append(Expr(texts, _joined(form[1], a, b)))
        for cost in self.costs:
            if self.random.random() < 0.8:
                self.program.losses.append(cost)
        for name in list(self.program.leaves):
            # an input in place of a parameter: what is computed of it has the batch in front
            if name not in self.shared and self.random.random() < 0.3:
                word, value = self.program.leaves[name]
                word = word.replace("param", "input").replace(" init zeros", "")
                self.program.leaves[name] = (word, value)


Form = tuple[str, Callable[[Tensor, Tensor], Tensor]]
FORMS: tuple[Form, ...] = (
    ("({a} + {b}) ^ 2", lambda a, b: (a + b) ** 2),
    ("{a} * {b}", lambda a, b: a * b),
    ("tanh({a}) + 0.5 * {b}", lambda a, b: a.tanh() + 0.5 * b),
    ("({a} - 1) ^ 2 + {b}", lambda a, b: (a - 1) ** 2 + b),
    ("{a}", lambda a, b: a),
)


def _joined(
    form: Callable[[Tensor, Tensor], Tensor], a: Expr, b: Expr
) -> Callable[[dict[str, Tensor]], Tensor]:
    return lambda v: form(a.value(v), b.value(v))


def _plus(base: Expr, number: Expr, factor: Expr) -> Expr:
    """base + number * factor, where the number is one for each example."""

    def value(v: dict[str, Tensor]) -> Tensor:
        n = number.value(v)
        return base.value(v) + n[(..., *(None,) * len(base.shape))] * factor.value(v)

    return Expr(f"{base.text} + {number.text} * {factor.text}", value, base.shape)


def _sum(a: Expr, b: Expr) -> Expr:
    return Expr(f"{a.text} + {b.text}", lambda v: a.value(v) + b.value(v), a.shape)


def _grouped(a: Expr) -> Expr:
    return Expr(f"({a.text})", a.value, a.shape)


def _sized(node: Node) -> bool:
    """Whether its plate's length differs between the examples."""
    return node.where is not None and not node.where.text


def _nodes(net: Net) -> list[Node]:
    return 2 * _nodes(net.inner) if net.inner else list(net.nodes)


def _points(net: Net) -> int:
    found = 1
    for node in _nodes(net):
        found *= node.law.points
    return found
