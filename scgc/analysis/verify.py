"""Third stage of the analysis: what only the whole graph shows.

`legality` holds the errors, `doubts` the warnings; both ask the program with its calls opened, `opened`.
"""

from __future__ import annotations

from scgc.analysis.doubts import verify_doubts
from scgc.analysis.extent import verify_extent
from scgc.analysis.fields import verify_data
from scgc.analysis.legality import verify_legality
from scgc.analysis.minimizing import verify_players
from scgc.analysis.opened import Opened
from scgc.diagnostics.base import Sink
from scgc.diagnostics.graph import ExternNotAllowed
from scgc.ir.graph import Places, Program
from scgc.syntax import ast

NO_GRAPH = ("SCG0", "SCG102", "SCG233", "SCG235")
"""Mistakes after which there is no graph to ask: text that could not be parsed, a name of two values."""


def verify(program: Program, places: Places, tree: ast.Program, allow_extern: bool, sink: Sink) -> None:
    """Report what is wrong or doubtful in a graph; of one that is not whole since mistakes were found before,
    what its gradients cannot do."""
    before = sink.errors
    if any(fault.code.startswith(NO_GRAPH) for fault in before):
        return
    verify_extent(program, places, sink)
    if sink.errors == before:
        opened = Opened(program, places, sink)
        verify_legality(opened, before)
        if not before:
            verify_doubts(opened)
        if not sink.errors:
            verify_players(program, places, tree, opened.flow, opened.reached, sink)
    if not before:
        verify_data(program, tree, sink)
    if not before and not allow_extern:
        verify_extern(program, tree, sink)


def verify_extern(program: Program, tree: ast.Program, sink: Sink) -> None:
    """Python code of the user's runs only with leave."""
    spans = {d.name: d.span for d in tree.declarations if isinstance(d, ast.Extern)}
    for net in program.nets:
        if net.target is not None:
<<<<<<< HEAD
            sink.report(ExternNotAllowed(span=spans.get(net.name), name=net.name, target=net.target))
=======
            sink.report(codes.ExternNotAllowed(span=spans.get(net.name), name=net.name, target=net.target))


class _Verification:
    def __init__(self, program: Program, places: Places, tree: ast.Program, sink: Sink) -> None:
        self.program = program
        self.places = places
        self.tree = tree
        self.sink = sink
        self.opened: Flow = flow(program)
        self.costs = {c.name: c.value for c in program.losses if isinstance(c.value, str)}
        self.reached = {name: reached(self.opened, value) for name, value in self.costs.items()}
        self.influencing = {name: influencing(self.opened, value) for name, value in self.costs.items()}
        self.told: set[tuple[str, Span | None]] = set()
        self.unreached: set[str] = set()

    def run(self) -> None:
        """Errors first; what they entail is not warned of besides."""
        drawn = [(name, node) for name, node in self.opened.samples if node.observe is None]
        for name, node in drawn:
            self.verify_axis(name, node)
        for name, node in drawn:
            self.verify_support(name, node)
            self.verify_bound(name, node)
            self.verify_path(name, node)
            self.verify_scale(name, node)
        self.verify_sequence()
        if not self.sink.errors:
            self.trained = self.opened.below(self.learned)
            self.used = self.opened.above(set(self.costs.values()))
            for name in dict.fromkeys(own(name) for name, _ in drawn):
                self.verify_reached(name)
            self.verify_parameters()
            verify_players(self.program, self.places, self.tree, self.opened, self.reached, self.sink)

    def span(self, name: str) -> Span | None:
        """Where a value stands, or the call it stands in."""
        region, local = self.opened.regions.get(name, ""), name.rpartition(".")[2]
        return self.places.of(region, local)

    def shown(self, name: str) -> str:
        """A node as `--set` names it: `digit.z` for the z of every call of digit."""
        region, local = self.opened.regions.get(name, ""), name.rpartition(".")[2]
        return f"{region.replace('/', '.')}.{local}" if region else local

    def once(self, kind: str, span: Span | None) -> bool:
        """Whether this is the first of its kind at this place: a net called twice is told of once."""
        first = (kind, span) not in self.told
        self.told.add((kind, span))
        return first

    def verify_axis(self, name: str, node: Sample) -> None:
        """A node that adds a sample axis would add one in every round of a loop."""
        if own(name) != name or "%loop" not in name:
            return
        count = sample_count(node, self.program.dim_values()) or 1
        several = estimators()[node.estimator.name].carries == "weights" or count > 1 or is_greedy(node)
        if several and self.once("axis", self.span(name)):
            self.sink.report(
                codes.AxisInLoop(span=self.span(name), node=self.shown(name), estimator=node.estimator.name)
            )
        if name in self.opened.baselines and self.once("baseline", self.span(name)):
            reason = codes.LeakingBaseline.in_loop
            self.sink.report(
                codes.LeakingBaseline(span=self.span(name), node=self.shown(name), reason=reason)
            )

    def verify_support(self, name: str, node: Sample) -> None:
        """Ends of a support that move."""
        source = self.sources(name, "distribution")[0]
        fault = moving_support(self.opened, node, source, self.learned, self.span(name))
        if fault is not None and self.once("support", fault.span):
            self.sink.report(fault)

    def verify_bound(self, name: str, node: Sample) -> None:
        """The samples of a bound: at least two, and each loss below a log_mean_exp over them."""
        if not is_bound(node):
            return
        q = self.opened.statements[self.sources(name, "distribution")[0]].type
        assert isinstance(q, DistType)
        first = node.type.shape[0].substitute(self.program.dim_values()).value if plates(q) else 0
        use, shown = node.estimator.name, self.shown(name)
        if any(s.name in node.type.shape[0].symbols for s in self.program.sizes if first != 0):
            first = 0  # as many as an example has
        if first is not None and first < 2 and self.once("samples", self.span(name)):
            found = f"a {node.type}"
            self.sink.report(codes.FewSamples(span=self.span(name), node=shown, estimator=use, found=found))
            return
        for cost, value in self.costs.items():
            reason = obstacle(self.program, self.opened, name, value) if self.influences(name, value) else ""
            if reason and self.once(f"bound {name}", self.places.of("", cost)):
                span = self.span(name)
                self.sink.report(
                    codes.NoBound(
                        span=self.places.of("", cost),
                        loss=cost,
                        node=shown,
                        estimator=use,
                        count=str(node.type.shape[0]),
                        reason=reason,
                        others=(Label(span, "this node"),) if span else (),
                    )
                )

    def influences(self, name: str, value: str) -> bool:
        return value in self.opened.after(name)

    def verify_path(self, name: str, node: Sample) -> None:
        """A gradient that passes through the value needs derivatives up to every loss that the value
        influences, and a relaxed draw is no index."""
        if estimators()[node.estimator.name].carries != "value" and not relaxed(node):
            return
        for cost, value in self.costs.items():
            if name in self.reached[cost] or name not in self.influencing[cost]:
                continue
            function, place = self.obstacle(name, value)
            label = Label(span, "this node") if (span := self.span(name)) else None
            others = (label,) if label else ()
            if function in ("to_class", "to_bool") and relaxed(node):
                if self.once("index", place):
                    self.sink.report(_relaxed_index(function, place, self.shown(name), others))
            elif self.once("path", place):
                self.sink.report(
                    codes.NotDifferentiable(
                        span=place,
                        node=self.shown(name),
                        function=WRITTEN.get(function, function),
                        estimator=node.estimator.name,
                        others=others,
                    )
                )

    def obstacle(self, name: str, value: str) -> tuple[str, Span | None]:
        """The first operator without a derivative on a way from a node to a cost."""
        for a, b in self.opened.graph.shortest(name, value):
            if not self.opened.graph.succ[a][b].passes:
                statement = self.opened.statements.get(b)
                function = statement.function if isinstance(statement, Apply) else "the draw"
                return function, self.span(b)
        return "what follows", self.span(value)

    def verify_reached(self, name: str) -> None:
        """Warn of a node with parameters above it whose gradient reaches none of them."""
        copies = self.opened.copies(name)
        trained = bool(self.trained & set(copies))
        distributions = {d for copy in copies for d in self.sources(copy, "distribution")}
        if not trained or any(distributions & r for r in self.reached.values()):
            return
        self.unreached.add(name)
        if self.costs and self.once("unreached", self.span(name)):
            reason, advice = "every path to a loss is cut", warnings.UnreachableGradient.advice
            if not self.used & set(copies):
                reason, advice = "no loss depends on it", "let a loss depend on it, or remove it."
            self.sink.report(
                warnings.UnreachableGradient(
                    span=self.span(name), node=self.shown(name), reason=reason, advice=advice
                )
            )

    def owns_parameters(self, statement: Simple) -> bool:
        """A layer, or a net that Python code of the user's defines."""
        if isinstance(statement, Invoke):
            net = self.program.net(statement.net)
            return net.kind == "net" and net.target is not None
        return isinstance(statement, Apply) and statement.layer is not None

    def sources(self, name: str, slot: str) -> list[str]:
        """What feeds one input of a value."""
        return [a for a, edge in self.opened.graph.pred.get(name, {}).items() if edge.slot == slot]

    def verify_scale(self, name: str, node: Sample) -> None:
        """Warn of an annealed temperature beside a constant scale (thesis 5.2.2)."""
        if not relaxed(node) or "scale" not in node.estimator.inputs:
            return
        changing = {s.name for s in self.program.schedules if s.body}
        tau, scale = node.estimator.inputs.get("tau"), node.estimator.inputs.get("scale", 1)
        if tau in changing and scale not in changing and self.once("scale", self.span(name)):
            values = {s.name: s.result for s in self.program.schedules}
            shown = values.get(scale, scale) if isinstance(scale, str) else scale
            self.sink.report(
                warnings.ConstantScale(
                    span=self.span(name), node=self.shown(name), tau=str(tau), scale=str(shown)
                )
            )

    def verify_sequence(self) -> None:
        """Warn of relaxed nodes in sequence without a way around the upper one: on every way from the lower
        one to a loss the upper one stands."""
        nodes = {n: None for n, s in self.opened.samples if relaxed(s) and s.observe is None}
        for cost, value in self.costs.items() if len(nodes) > 1 else ():
            gates = self.opened.gates(value)
            for lower in nodes:
                above = gates.get(lower)
                while above is not None and above not in nodes:
                    above = gates[above]
                if above is not None and self.once("seq", self.span(above)):
                    self.sink.report(self._in_sequence(lower, above, cost))

    def _in_sequence(self, lower: str, upper: str, cost: str) -> warnings.RelaxedInSequence:
        below = self.span(lower)
        return warnings.RelaxedInSequence(
            span=self.span(upper),
            lower=self.shown(lower),
            upper=self.shown(upper),
            loss=cost,
            others=(Label(below, "the lower node"),) if below else (),
        )

    def verify_parameters(self) -> None:
        """Warn of parameters that no loss reaches, and of losses that no parameter influences."""
        if not self.costs:
            return
        everywhere = set().union(*self.reached.values())
        for param in self.program.params:
            if param.name not in everywhere and self.opened.after(param.name):
                place = self.places.of("", param.name)
                self.sink.report(warnings.ParameterWithoutLoss(span=place, name=param.name))
        self.verify_layers(everywhere)
        learned = self.learned
        for cost in self.costs:
            if not self.reached[cost] & learned:
                self.sink.report(warnings.LossWithoutParameters(span=self.places.of("", cost), name=cost))

    @cached_property
    def learned(self) -> set[str]:
        """The params, and the values that layers and nets in Python give."""
        params = {p.name for p in self.program.params}
        return params | {v for v, s in self.opened.statements.items() if self.owns_parameters(s)}

    def verify_layers(self, everywhere: set[str]) -> None:
        """Warn of layers whose outputs no loss reaches in any call: of those of one net once, and of the last
        of several in a row."""
        outputs: dict[tuple[str, str], list[str]] = {}
        for value, statement in self.opened.statements.items():
            if isinstance(statement, Apply) and statement.layer is not None:
                outputs.setdefault((self.opened.regions[value], statement.layer), []).append(value)
        lost = {key: values for key, values in outputs.items() if not everywhere & set(values)}
        entailed = self.unreached | {own(v) for values in lost.values() for v in values}
        told: set[str] = set()
        for (region, layer), values in lost.items():
            if region in told or any(
                own(v) in entailed for value in values for v in self.opened.after(value)
            ):
                continue
            told |= {region} if region else set()
            name = region.replace("/", ".") or own(values[0])
            shown = layer.rstrip("0123456789") if name.startswith("%") else name
            place = self.span(own(values[0]))
            self.sink.report(warnings.ParameterWithoutLoss(span=place, name=shown))


def _relaxed_index(
    function: str, place: Span | None, node: str, others: tuple[Label, ...]
) -> codes.RelaxedIndex:
    """The words for what a relaxed sample is used as, read off the text."""
    text = place.text if place is not None else ""
    use, found = "an index", "a mixture of categories in training"
    advice = f"`{node} @ table` mixes the rows as the sample does"
    if function == "to_bool":
        use, found = "true or false", "between 0 and 1 in training"
        advice = f"`{node} * u + (1 - {node}) * v` mixes u and v as the sample does"
    elif re.search(r"[=!]=", text):
        use, advice = "compared", f"`{node}[k]` is how much of category k it is"
    elif "argmax" in text:
        use, advice = "rounded to one category", "work with the mixture itself"
    return codes.RelaxedIndex(span=place, node=node, use=use, found=found, advice=advice, others=others)
>>>>>>> main
