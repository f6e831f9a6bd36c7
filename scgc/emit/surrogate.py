"""The loss of a forward pass: its value is the mean cost, its gradient that of the surrogate (Schulman et al.
2015; Foerster et al. 2018).

Node by node, the last drawn first, each stochastic node weighs the costs downstream of it and no others: a
score-function node with its log-probability, one whose values come with weights by their weighted sum.
"""

from __future__ import annotations

import ast as py
from functools import reduce

from scgc.analysis.bounds import is_bound
from scgc.analysis.credit import Credit
from scgc.emit.beside import Below
from scgc.emit.body import Body
from scgc.emit.drawing import but_padding
from scgc.emit.expressions import call, constant, fill, name
from scgc.emit.homes import Homes
from scgc.emit.module import Assign, If, Line
from scgc.emit.nodes import beside_name, estimator_of, plates
from scgc.emit.tensors import tensor_of
from scgc.ir.graph import Cost, Sample, WordOption
from scgc.ir.types import DistType, TensorType, real

Above = tuple[str, ...]
"""The nodes above a cost that have not weighed it yet, in the order of drawing."""


class Surrogate:
    """Writes the lines that compute the loss from the costs: that of the program in the local `loss`, or that
    of the player of this number in `target`."""

    def __init__(
        self, homes: Homes, credit: Credit, body: Body, player: int | None = None, target: str = "loss"
    ) -> None:
        self.homes = homes
        self.regions = homes.regions
        self.credit = credit
        self.body = body
        self.player = player
        self.target = target
        program = homes.regions.program
        names = None
        if player is not None and program.train is not None:
            names = program.train.players[player].losses
        self.losses = tuple(c for c in program.losses if names is None or c.name in names)
        self.lines: list[Line] = []
        self.costs: dict[Above, list[py.expr]] = {}
        self.free: list[str] = []
        self.baselines: list[str] = []
        self.whole: dict[str, py.expr] = {}

    def write(self) -> list[Line]:
        """The lines; none for a program without losses."""
        if not self.losses:
            return []
        plain = Assign((self.target,), _mean([self._cost(c) for c in self.losses]))
        asked = {cost.name for cost in self.losses}
        nodes = [n for n in self.regions.weighing.needs if asked & {*self.credit.downstream[n]}]
        if not nodes:
            return [plain]
        for below in self.homes.below.values():
            self._beside(below)
        for cost in self.losses:
            above = tuple(n for n in nodes if cost.name in self.credit.downstream[n])
            self.costs.setdefault(above, []).append(self.whole.get(cost.name) or self._cost(cost))
        for node in reversed(nodes):
            self._weigh(node)
        self.lines.append(Assign((self.target,), _mean(self.costs[()])))
        if any(estimator_of(self._sample(n)).module for n in nodes):
            number = {"player": constant(self.player)} if self.player else {}
            self.lines.append(Assign((self.target,), call(name("self.close"), name(self.target), **number)))
        return [If(name("self.training"), self.lines, [plain])]

    def _cost(self, cost: Cost) -> py.expr:
        return cost_of(self.body, cost)

    def _beside(self, below: Below) -> None:
        """The costs of all values of a node, where only those of its draws are there."""
        locals_ = [self.body.names.new(f"all_{cost}") for cost in below.costs]
        costs = [self._cost(c) for c in self.losses if c.name in below.costs]
        tree = call(
            below.kind,
            py.Tuple(costs, py.Load()),
            name(f"self.{self.homes.attribute('', 'below', f'below_{below.node}')}"),
            self.body.tree(beside_name(below.node)),
            *(self.body.tree(v) for v in below.given),
            **self._axis(below.node),
        )
        alone = len(locals_) == 1
        self.lines.append(Assign(tuple(locals_), fill("{x}[0]", {"x": tree}) if alone else tree))
        self.whole |= {cost: name(local) for cost, local in zip(below.costs, locals_, strict=True)}

    def _weigh(self, node: str) -> None:
        """The costs downstream of a node as it weighs them. All later nodes have, so that it is the last."""
        downstream = [above for above in self.costs if above[-1:] == (node,)]
        parts = {above: total(self.costs.pop(above)) for above in downstream}
        baseline = self._baseline(node, parts)
        for above, cost in parts.items():
            if self._weights(node):
                tree = self._marginal(cost, node)
            elif is_bound(self._sample(node)) and above == downstream[0]:  # subtracted once
                tree = call("scored_jointly", cost, self._log_prob(node, 1), self._without_each(node))
            else:
                tree = call("scored", cost, self._log_prob(node), **baseline)
                if not isinstance(baseline.get("baseline"), py.Constant):
                    baseline = {}  # subtracted once
            self.costs.setdefault(above[:-1], []).append(self._kept(tree, cost) if above[:-1] else tree)

    def _kept(self, tree: py.expr, cost: py.expr) -> py.expr:
        """A part of the loss in a local, which it takes over from the cost that it weighs: a baseline may
        read the locals of other parts, which are weighed after it."""
        read = {n.id for n in py.walk(cost) if isinstance(n, py.Name)}
        local = next((f for f in self.free if f in read), "")
        if not local:
            local = self.body.names.numbered("cost")
            self.free.append(local)
        self.lines.append(Assign((local,), tree))
        return name(local)

    # ---- nodes

    def _weights(self, node: str) -> bool:
        """Whether a node's values come with weights."""
        return estimator_of(self._sample(node)).carries == "weights"

    def _sample(self, node: str) -> Sample:
        _, sample = self.regions.node(self.regions.top, node)
        assert isinstance(sample, Sample)
        return sample

    def _axis(self, node: str) -> dict[str, py.expr]:
        axis = self.credit.axes[node] or 0
        return {"axis": constant(axis)} if axis else {}

    def _marginal(self, cost: py.expr, node: str) -> py.expr:
        weights = self.body.tree(self.regions.weighing.weights_of(node))
        return call("marginal", cost, weights, **self._axis(node))

    def _log_prob(self, node: str, apart: int = 0) -> py.expr:
        """Of a node's draw, with the axes that belong to one example, those of mapped calls among them; so
        many of them kept apart."""
        q = self.regions.weighing.distribution_of(node)
        type_ = self.regions.type_of(self.regions.top, q)
        assert isinstance(type_, DistType)
        count = plates(type_)
        given = self.regions.weighing.mask_of(node)
        mask = None if given is None else self.body.tree(given)
        mask = but_padding(self.body, mask, type_.event.shape[:count])
        named: dict[str, py.expr] = {"plates": constant(count - apart)} if count - apart else {}
        if mask is not None:
            named["where"] = mask
        return call("log_prob", self.body.tree(q), self.body.tree(node), **named)

    def _baseline(self, node: str, parts: dict[Above, py.expr]) -> dict[str, py.expr]:
        """What is subtracted from the costs below a score-function node."""
        option = self._sample(node).estimator.options.get("baseline")
        word = option.word if isinstance(option, WordOption) and not self._weights(node) else "none"
        match word:
            case "none":
                value = self._value(node)
                return {} if value is None else {"baseline": value}
            case "leave_one_out" | "self_critical":
                return {"baseline": constant(word), **self._axis(node)}
        own = f"{node.replace('.', '_')}_baseline"  # of each player for itself
        attribute = self.homes.attribute("", f"baseline {self.player or ''}", own)
        self.baselines.append(attribute)
        return {"baseline": call(name(f"self.{attribute}"), self._expected(parts))}

    def _without_each(self, node: str) -> py.expr:
        """The bounds below a node, for each of its elements without this one."""
        bounds: py.expr | None = None
        for value, sign in self.regions.weighing.averages_of(node):
            tree: py.expr = call("without_each", self.body.tree(value))
            tree = tree if sign > 0 else py.UnaryOp(py.USub(), tree)
            bounds = tree if bounds is None else fill("{a} + {b}", {"a": bounds, "b": tree})
        assert bounds is not None
        return bounds

    def _value(self, node: str) -> py.expr | None:
        """A value as the baseline; for a mapped call the sum over what it is mapped over."""
        value = None if self._weights(node) else self.regions.weighing.baseline_of(node)
        if value is None:
            return None
        axes = len(self.regions.mapped_over(node))
        tree = self.body.tree(value)
        if self.body.is_number(value):
            return tensor_of(tree, self.body.device, real())
        if not axes:
            return tree
        return fill(f"{{x}}.sum({tuple(range(-axes, 0)) if axes > 1 else -1})", {"x": tree})

    def _expected(self, parts: dict[Above, py.expr]) -> py.expr:
        """The costs below a node, without the axes of values with weights above it."""
        found: list[py.expr] = []
        for above, tree in parts.items():
            for node in reversed(above[:-1]):
                tree = self._marginal(tree, node) if self._weights(node) else tree
            found.append(tree)
        return total(found)


def cost_of(body: Body, cost: Cost) -> py.expr:
    """A cost as a real number."""
    tree = body.tree(cost.value)
    type_ = body.regions.operand_type(body.regions.top, cost.value)
    if isinstance(type_, TensorType) and type_.kind == "int":
        return fill("{x}.float()", {"x": tree})
    return tree


SUMMANDS = 50
"""So many stand in one sum; of more the parts are added up, since Python reads no sum of many hundreds."""


def total(costs: list[py.expr]) -> py.expr:
    """The sum of expressions."""
    while len(costs) > SUMMANDS:
        costs = [total(costs[i : i + SUMMANDS]) for i in range(0, len(costs), SUMMANDS)]
    return reduce(lambda a, b: fill("{a} + {b}", {"a": a, "b": b}), costs)


def _mean(costs: list[py.expr]) -> py.expr:
    return total([fill("{x}.mean()", {"x": cost}) for cost in costs])
