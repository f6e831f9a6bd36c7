"""The loss of a forward pass: its value is the mean cost, its gradient that of the surrogate (Schulman et al.
2015).

Enumerated nodes weight the costs below them by their probabilities, the last drawn first; each score-
function node joins with its log-probability, weighted by exactly the costs downstream of it.
"""

from __future__ import annotations

import ast as py

from scgc.analysis.credit import Credit
from scgc.emit.body import Body
from scgc.emit.expressions import call, constant, fill, name
from scgc.emit.homes import Homes
from scgc.emit.module import Assign, If, Line
from scgc.emit.nodes import assembled, estimator_of, plates
from scgc.emit.tensors import with_axes
from scgc.ir.graph import Cost, Sample, WordOption
from scgc.ir.types import DistType, TensorType


class Surrogate:
    """Writes the lines that compute `loss` from the costs."""

    def __init__(self, homes: Homes, credit: Credit, body: Body) -> None:
        self.homes = homes
        self.regions = homes.regions
        self.credit = credit
        self.body = body
        self.losses = homes.regions.program.losses
        self.weights: dict[str, py.expr] = {}
        self.lines: list[Line] = []
        self.expected: dict[tuple[str, tuple[str, ...]], py.expr] = {}
        self.baselines: list[str] = []

    def write(self) -> list[Line]:
        """The lines; none for a program without losses."""
        if not self.losses:
            return []
        plain = Assign(("loss",), self._total([self._cost(c) for c in self.losses]))
        scored = [n for n in self.regions.nodes if self._carries(n) == "score" and self.credit.downstream[n]]
        enumerated = [n for n in self.regions.nodes if self._carries(n) == "support"]
        if not scored and not enumerated:
            return [plain]
        for node in enumerated:
            if any(node in self.credit.ancestors[c.name] for c in self.losses):
                self._weight(node)
        if self.weights:
            costs = [self._marginal(c, self.credit.ancestors[c.name]) for c in self.losses]
            self.lines.append(Assign(("loss",), self._total(costs)))
        for node in scored:
            term = self._term(node)
            self.lines.append(
                Assign(("loss",), fill("{loss} + {term}", {"loss": name("loss"), "term": term}))
            )
        if not self.lines:  # what is enumerated influences no loss
            return [plain]
        training = name("self.training")
        if self.weights:
            return [If(training, self.lines, [plain])]
        return [plain, If(training, self.lines)]

    def _carries(self, node: str) -> str:
        _, sample = self.regions.node(self.regions.top, node)
        assert isinstance(sample, Sample)
        return estimator_of(sample).carries if assembled(sample) else "value"

    def _cost(self, cost: Cost) -> py.expr:
        tree = self.body.tree(cost.value)
        type_ = self.regions.operand_type(self.regions.top, cost.value)
        if isinstance(type_, TensorType) and type_.kind == "int":
            return fill("{x}.float()", {"x": tree})
        return tree

    def _total(self, costs: list[py.expr]) -> py.expr:
        total = fill("{x}.mean()", {"x": costs[0]})
        for cost in costs[1:]:
            total = fill("{total} + {x}.mean()", {"total": total, "x": cost})
        return total

    def _axis(self, node: str) -> int:
        return self.credit.axes[node] or 0

    def _plates(self, node: str) -> int:
        """The axes of a node's draw that belong to one example, those of mapped calls among them."""
        type_ = self.regions.type_of(self.regions.top, self.regions.distribution_of(node))
        assert isinstance(type_, DistType)
        return plates(type_)

    def _call(self, function: str, node: str) -> py.expr:
        """log_prob or support_weight of a node's draw."""
        named: dict[str, py.expr] = {}
        if self._plates(node):
            named["plates"] = constant(self._plates(node))
        q = self.body.tree(self.regions.distribution_of(node))
        mask = self._mask(node)
        if mask is not None:
            named["where"] = mask
        return call(function, q, self.body.tree(node), **named)

    def _mask(self, node: str) -> py.expr | None:
        """Which elements of a node's plate take part: those of its own mask that are no padding."""
        given = self.regions.mask_of(node)
        tree = None if given is None else self.body.tree(given)
        type_ = self.regions.type_of(self.regions.top, self.regions.distribution_of(node))
        assert isinstance(type_, DistType)
        shape = type_.event.shape[: plates(type_)]
        for axis, dim in enumerate(shape):
            if self.homes.sizes_in([dim]):
                behind = len(shape) - axis - 1
                own = with_axes(self.body.mask(dim), 1, axis)
                if behind:
                    own = fill("{m}[..., " + ", ".join(["None"] * behind) + "]", {"m": own})
                tree = own if tree is None else fill("{a} & {b}", {"a": tree, "b": own})
        return tree

    def _weight(self, node: str) -> None:
        target = self.body.names.new(f"weight_{node}")
        self.lines.append(Assign((target,), self._call("support_weight", node)))
        self.weights[node] = name(target)

    def _marginal(self, cost: Cost, over: tuple[str, ...]) -> py.expr:
        """The expectation of a cost over enumerated nodes, the axes farthest from the batch first."""
        nodes = tuple(sorted(over, key=self._axis, reverse=True))
        if not nodes:
            return self._cost(cost)
        if (cost.name, nodes) not in self.expected:
            target = self.body.names.new(f"expected_{cost.name}")
            tree = self._cost(cost)
            for node in nodes:
                tree = call("marginal", tree, self.weights[node], constant(self._axis(node)))
                self.lines.append(Assign((target,), tree))
                tree = name(target)
            self.expected[cost.name, nodes] = tree
        return self.expected[cost.name, nodes]

    def _term(self, node: str) -> py.expr:
        """What a score-function node adds."""
        above = self.credit.ancestors[node]
        costs: list[py.expr] = []
        for cost in self.losses:
            if cost.name in self.credit.downstream[node]:
                below = tuple(n for n in self.credit.ancestors[cost.name] if n not in above)
                costs.append(self._marginal(cost, below))
        total = costs[0]
        for cost_ in costs[1:]:
            total = fill("{a} + {b}", {"a": total, "b": cost_})
        named = self._baseline(node)
        if self._axis(node):
            named["axis"] = constant(self._axis(node))
        ordered = sorted(above, key=self._axis, reverse=True)
        if ordered:
            pairs: list[py.expr] = [
                py.Tuple([self.weights[n], constant(self._axis(n))], py.Load())
                for n in ordered
                if n in self.weights
            ]
            named["weights"] = py.List(pairs, py.Load())
        return call("score_term", self._call("log_prob", node), total, **named)

    def _baseline(self, node: str) -> dict[str, py.expr]:
        _, sample = self.regions.node(self.regions.top, node)
        assert isinstance(sample, Sample)
        option = sample.estimator.options.get("baseline")
        word = option.word if isinstance(option, WordOption) else "none"
        if word == "none":
            return {}
        if word != "moving_average":
            return {"baseline": constant(word)}
        attribute = self.homes.attribute("", "baseline", f"{node.replace('.', '_')}_baseline")
        self.baselines.append(attribute)
        return {"baseline": name(f"self.{attribute}")}
