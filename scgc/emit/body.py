"""The statements of one region as lines of Python.

Parts of an expression that are read once are written inside what reads them; a pipeline becomes a few statements on
one local name, a new one where a layer follows a layer. What depends on an input that may be missing is collected
under `if x is not None`.
"""

from __future__ import annotations

import ast as py
from collections import Counter

from scgc.emit import expressions, matching
from scgc.emit.comments import Comments
from scgc.emit.expressions import constant, fill, name, simple
from scgc.emit.homes import Agreed, Capture, Homes, Setting
from scgc.emit.lowering import Lowering, Surroundings, Value
from scgc.emit.module import Assign, If, Line
from scgc.emit.names import Names
from scgc.emit.printing import flat
from scgc.emit.regions import Region, estimator_of, plates
from scgc.emit.tensors import tensor_of
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, DimOption, Invoke, Operand, Sample, WordOption, refs
from scgc.ir.types import DistType, TensorType
from scgc.ops.signature import VALUE_KINDS
from scgc.syntax import ast

BUDGET = 76
"""The columns that one portion of a nested expression may take."""

Guard = frozenset[str]
"""The inputs whose presence a value needs."""


class Body:
    """Writes one region. `blocks` holds the lines by guard, `trees` the expression of every value."""

    def __init__(
        self,
        homes: Homes,
        region: Region,
        comments: Comments,
        scope: Names,
        guards: dict[str, Guard] | None = None,
        device: py.expr | None = None,
    ) -> None:
        self.homes = homes
        self.regions = homes.regions
        self.leads = homes.leads
        self.region = region
        self.comments = comments
        self.names = scope
        self.guards = guards or {}
        self.device = device
        self.owner = None if region.path in homes.functions else homes.owner(region.path)
        self.blocks: dict[Guard, list[Line]] = {frozenset(): []}
        self.trees: dict[str, py.expr] = {}
        self.numbers: set[str] = set()
        self.pending: dict[str, set[str]] = {}
        self.layered: set[str] = set()
        self.reusable: dict[str, str] = {}
        self.uses_batch = False
        self.layers: list[tuple[str, py.expr]] = []
        self.remaining: Counter[str] = Counter()
        self.last_owner: dict[str, str] = {}
        for statement in homes.statements(region.path):
            self.remaining.update(set(refs(statement)))
        self.folded = self._within_observed()

    # ---- the lines

    def write(self) -> None:
        """Every statement that is asked for."""
        for statement in self.homes.statements(self.region.path):
            match statement:
                case Apply():
                    self._apply(statement)
                case Invoke():
                    self._invoke(statement)
                case Sample():
                    self._sample(statement)

    def guard(self, value: str) -> Guard:
        return self.guards.get(value, frozenset())

    def emit(self, guard: Guard, line: Line) -> None:
        self.blocks.setdefault(guard, []).append(line)

    def lines(self) -> list[Line]:
        """Those without a guard."""
        return self.blocks[frozenset()]

    # ---- values

    def tree(self, operand: Operand) -> py.expr:
        """The expression of a value or literal."""
        if not isinstance(operand, str):
            return constant(operand)
        if operand in self.trees:
            return self.trees[operand]
        return self.captured(self.homes.capture(operand))

    def captured(self, capture: Capture) -> py.expr:
        """Something from outside, through `self` or as an argument."""
        if self.owner is not None and self.homes.reached(capture, self.owner):
            return name(f"self.{self.homes.attribute(self.owner, capture.kind, capture.name)}")
        return self.trees[f"{capture.kind} {capture.name}"] if self.region.net else self.trees[capture.name]

    def is_number(self, operand: Operand) -> bool:
        """Whether it is a plain Python number in the generated code."""
        if not isinstance(operand, str):
            return True
        if operand in self.numbers:
            return True
        own = operand in self.trees or self.regions.local(self.region, operand)
        return not own and operand in self.regions.schedules and self.comments.is_constant(operand)

    def value(self, operand: Operand) -> Value:
        return Value(
            self.tree(operand),
            self.regions.operand_type(self.region, operand),
            self.leads.count(self.region, operand),
            self.is_number(operand),
        )

    def dim(self, dim: Dim) -> py.expr:
        return self.homes.dim(dim, self.owner)

    # ---- operators and distributions

    def _apply(self, apply: Apply) -> None:
        tree, number = self._expression(apply)
        if number and not (self.region.net is None and not apply.result.startswith("%")):
            self.numbers.add(apply.result)
            self._hold(apply, tree)
            return
        if number:
            tree = tensor_of(tree, self.device)
        if isinstance(apply.type, DistType) and self.leads.is_lifted(self.region, apply.result):
            tree = self._over_batch(tree, apply.type)
        self._keep(apply, tree)

    def _expression(self, apply: Apply) -> tuple[py.expr, bool]:
        """The expression, after giving names to parts that would make it too long or compute twice."""
        while True:
            tree, number, twice = self._lowered(apply)
            held = [n for n in dict.fromkeys(refs(apply)) if n in self.pending]
            crowded = [n for n in held if n in self.layered] if apply.layer else []
            crowded += [n for n in held if n in twice and not simple(self.trees[n])]
            if not crowded and len(flat(tree)) > BUDGET:
                long = [n for n in held if not simple(self.trees[n]) and n not in self.numbers]
                crowded = sorted(long, key=lambda n: -len(flat(self.trees[n])))[:1]
            crowded = [n for n in crowded if n not in self.folded]
            if not crowded:
                return tree, number
            self.settle(crowded[0])

    def _lowered(self, apply: Apply) -> tuple[py.expr, bool, set[str]]:
        if isinstance(apply.type, DistType):
            template, signature, match = matching.constructor(self.regions, self.region, apply)
            scalar, layer, made = None, None, None
        else:
            operator, match = matching.overload(self.regions, self.region, apply)
            template, signature, scalar = operator.torch, operator.parsed, operator.scalar
            layer, made = self._layer(apply), operator.layer
        values: dict[str, tuple[Value, ...]] = {}
        for slot, given in apply.inputs.items():
            operands = given if isinstance(given, tuple) else () if given is None else (given,)
            values[slot] = tuple(self.value(o) for o in operands)
        given_values = [v for vs in values.values() for v in vs]
        number = (
            scalar is not None
            and all(v.number for v in given_values)
            and (bool(given_values) or apply.function == "number")
        )
        if isinstance(apply.type, DistType) and given_values and all(v.number for v in given_values):
            values = self._on_device(values)
        lowering = Lowering(signature, match, values, apply.options, self._around(apply), layer)
        text = scalar if number and scalar else template if isinstance(template, str) else template(lowering)
        counted = Counter(expressions.slots(text))
        twice = {o for s, o in apply.inputs.items() if isinstance(o, str) and counted[s] > 1}
        if made is not None:
            self._add_layer(apply, lowering.expression(made))
        return lowering.expression(text, number), number, twice

    def _on_device(self, values: dict[str, tuple[Value, ...]]) -> dict[str, tuple[Value, ...]]:
        """Draws of a distribution of plain numbers belong on the model's device."""
        if self.device is None:
            return values
        slot = next(iter(values))
        (value,) = values[slot]
        found = float(value.tree.value) if isinstance(value.tree, py.Constant) else None
        tree = constant(found) if found is not None else value.tree
        first = Value(tensor_of(tree, self.device), value.type, 0, False)
        return {**values, slot: (first,)}

    def _around(self, apply: Apply) -> Surroundings:
        readers = [s for s in self.homes.statements(self.region.path) if apply.result in refs(s)]
        return Surroundings(
            dim=self.dim,
            device=self.device,
            summand=bool(readers)
            and all(isinstance(s, Apply) and s.function == "add" and s.type == apply.type for s in readers),
            sample_of=lambda: self._draw_of(apply),
        )

    def _draw_of(self, apply: Apply) -> py.expr | None:
        """The draw from the distribution that a kl is taken of."""
        q = apply.inputs.get("q")
        if not isinstance(q, str):
            return None
        before, _, last = q.rpartition(".")
        region = self.region
        if before:
            _, call = self.regions.node(region, before)
            assert isinstance(call, Invoke)
            region = self.regions.by_path[call.net]
        for statement in region.statements:
            if isinstance(statement, Sample) and statement.distribution == last:
                return self.trees.get(f"{before}.{statement.result}" if before else statement.result)
        return None

    def _layer(self, apply: Apply) -> py.expr | None:
        if apply.layer is None:
            return None
        assert self.owner is not None
        key = f"{self.region.path}:{apply.layer}"
        attribute = self.homes.given.get((self.owner, "layer", key))
        if attribute is None:
            attribute = self.homes.attributes[self.owner].new(apply.layer)
            self.homes.given[self.owner, "layer", key] = attribute
        return name(f"self.{attribute}")

    def _add_layer(self, apply: Apply, built: py.expr) -> None:
        assert self.owner is not None and apply.layer is not None
        attribute = self.homes.given[self.owner, "layer", f"{self.region.path}:{apply.layer}"]
        if attribute not in [a for a, _ in self.layers]:
            self.layers.append((attribute, built))

    # ---- keeping values

    def _covers(self, statement: Apply | Invoke | Sample) -> set[str]:
        """The statements that an expression is made of."""
        covered = {statement.result}
        for operand in refs(statement):
            covered |= self.pending.get(operand, set())
        return covered

    def _hold(self, statement: Apply | Invoke, tree: py.expr) -> None:
        """Keep an expression for what reads it."""
        self.trees[statement.result] = tree
        self.pending[statement.result] = self._covers(statement)
        layered = isinstance(statement, Apply) and statement.layer is not None
        if layered or any(o in self.layered for o in refs(statement) if o in self.pending):
            self.layered.add(statement.result)

    def _keep(self, statement: Apply | Invoke, tree: py.expr) -> None:
        """Hold a part that is read once, give everything else a name."""
        result = statement.result
        once = self.regions.uses[self.region.path][result] == 1 or simple(tree) or result in self.folded
        if result.startswith("%") and once:
            self._hold(statement, tree)
            return
        self._hold(statement, tree)
        self.settle(result)

    def settle(self, value: str) -> None:
        """Give a held expression a local name."""
        tree = self.trees[value]
        covered = self.pending.pop(value)
        self.layered.discard(value)
        statements = self.region.by_name
        for part in covered:
            self.remaining.subtract(set(refs(statements[part])))
        target = self._target(value, tree)
        self.emit(self.guard(value), Assign((target,), tree, self.comments.doc(self.region, value)))
        self.trees[value] = name(target)

    def _target(self, value: str, tree: py.expr) -> str:
        """Its own name; for a part of a pipeline the local that it uses up."""
        if not value.startswith("%"):
            return self.names.new(value)
        if isinstance(self.region.by_name[value].type, DistType):
            return self.names.new(self._distribution_name(value))
        used = expressions.names(tree) & set(self.names.taken - self.homes.module.taken)
        for old, local in self.reusable.items():
            free = used == {local} and self.remaining[old] <= 0 and self._same_guard(old, value)
            if free:
                del self.reusable[old]
                self.reusable[value] = local
                return local
        local = self.names.numbered("h")
        self.reusable[value] = local
        return local

    def _same_guard(self, old: str, value: str) -> bool:
        """A local may be used again only among values that are always computed together."""
        readers = [s.result for s in self.homes.statements(self.region.path) if old in refs(s)]
        guards = {self.guard(v) for v in (old, value, *readers)}
        return len(guards) == 1 and old not in self.regions.required[self.region.path]

    def _distribution_name(self, value: str) -> str:
        for statement in self.region.statements:
            if isinstance(statement, Sample) and statement.distribution == value:
                return f"q_{statement.result}"
            if isinstance(statement, Sample) and statement.prior == value:
                return f"p_{statement.result}"
        return "q"

    # ---- the batch

    def lead_dims(self) -> list[py.expr]:
        """The dimensions in front of every example, as arguments of expand."""
        first = next(iter(self.region.args), None) if self.region.net else None
        if first is None:
            self.uses_batch = True
            return [name("batch")]
        rank = self.region.args[first].rank
        shape = fill("{x}.shape" + (f"[:{-rank}]" if rank else ""), {"x": self.trees[first]})
        return [py.Starred(shape, py.Load())]

    def _over_batch(self, tree: py.expr, type_: DistType) -> py.expr:
        """A distribution with one entry for each example."""
        sizes = [self.dim(d) for d in type_.event.shape[: plates(type_)]]
        lead = self.lead_dims()
        if not sizes and len(lead) == 1 and isinstance(lead[0], py.Starred):
            return fill("{q}.expand({shape})", {"q": tree, "shape": lead[0].value})
        shape = py.Tuple([*lead, *sizes], py.Load())
        return fill("{q}.expand({shape})", {"q": tree, "shape": shape})

    # ---- calls

    def _invoke(self, call: Invoke) -> None:
        tree = self._call(call)
        while len(flat(tree)) > BUDGET:
            held = [n for n in refs(call) if n in self.pending and not simple(self.trees[n])]
            if not held:
                break
            self.settle(max(held, key=lambda n: len(flat(self.trees[n]))))
            tree = self._call(call)
        callee = self.regions.by_path[call.net]
        exports = [] if self.homes.is_extern(call.net) else self.regions.exports(callee)
        if not exports:
            self._keep(call, tree)
            return
        for part in self._covers(call):
            self.remaining.subtract(set(refs(self.region.by_name[part])))
        used = self.regions.uses[self.region.path][call.result] > 0
        wanted = "h" if call.result.startswith("%") else call.result
        targets = [
            self.names.numbered(wanted) if used and wanted == "h" else self.names.new(wanted) if used else "_"
        ]
        self.trees[call.result] = name(targets[0])
        for inner in exports:
            target = self.names.new(f"{call.result}.{self._export_name(callee, inner)}")
            targets.append(target)
            self.trees[f"{call.result}.{inner}"] = name(target)
        comment = self.comments.doc(self.region, call.result)
        self.emit(self.guard(call.result), Assign(tuple(targets), tree, comment))

    def _export_name(self, region: Region, value: str) -> str:
        """What an exported value is called: distributions by their node."""
        before, _, last = value.rpartition(".")
        if not last.startswith("%"):
            return value
        inner = region
        if before:
            _, call = self.regions.node(region, before)
            assert isinstance(call, Invoke)
            inner = self.regions.by_path[call.net]
        for statement in inner.statements:
            if isinstance(statement, Sample) and last in (statement.distribution, statement.prior):
                letter = "q" if last == statement.distribution else "p"
                return ".".join(filter(None, (before, f"{letter}_{statement.result}")))
        return value

    def _call(self, call: Invoke) -> py.expr:
        net = self.regions.by_path[call.net].net
        assert net is not None
        callee = self._function(call)
        args = [self._argument(call, i, o) for i, o in enumerate(call.args)]
        for capture in self.homes.captures(call.net):
            args.append(self.captured(capture))
        named: dict[str, py.expr] = {}
        if not self.homes.is_extern(call.net):
            for key in self.homes.settings(call.net):
                named[self.homes.setting_name(key)] = self.setting((call.result, *key)) or constant(None)
            if not net.args and self.regions.draws(self.regions.by_path[call.net]):
                named["batch"] = self._batch()
        return expressions.call(callee, *args, **named)

    def _batch(self) -> py.expr:
        first = next(iter(self.region.args), None) if self.region.net else None
        if first is not None:
            return fill("{x}.shape[0]", {"x": self.trees[first]})
        self.uses_batch = True
        return name("batch")

    def _function(self, call: Invoke) -> py.expr:
        net = self.regions.by_path[call.net].net
        assert net is not None
        if call.net in self.homes.functions:
            return name(self.homes.functions[call.net])
        if net.target is not None and net.kind == "fn":
            return name(self.comments.extern(net.target))
        tree = self.captured(Capture("net", call.net))
        if call.copy_index is not None and (call.net in self.homes.classes or net.target is not None):
            return fill("{f}[{i}]", {"f": tree, "i": self.dim(call.copy_index)})
        return tree

    def _argument(self, call: Invoke, position: int, operand: Operand) -> py.expr:
        """An argument with the dimensions in front that the call's other arguments have."""
        tree = self.tree(operand)
        type_ = self.regions.operand_type(self.region, operand)
        assert isinstance(type_, TensorType)
        if self.is_number(operand):
            tree = tensor_of(tree, self.device)
        paths = self.leads.paths[self.region.path]
        targets = [self.leads.target(p, call) for p in paths]
        found = [self.leads.lead(p, operand) for p in paths]
        short = any((t.batch, t.mapped) != (f.batch, f.mapped) for t, f in zip(targets, found, strict=True))
        spread = not call.mapped or call.spread[position]
        sizes = [] if spread else [self.dim(d) for d in call.mapped]
        if short:
            rest = [constant(-1)] * type_.rank
            return fill("{x}.expand({shape})", {"x": tree, "shape": [*self.lead_dims(), *sizes, *rest]})
        if sizes and all(t.count == 0 for t in targets):
            return fill("{x}.expand({shape})", {"x": tree, "shape": [*sizes, *[constant(-1)] * type_.rank]})
        if sizes:
            shape = py.Tuple(sizes, py.Load())
            return fill(
                "spread({x}, {shape}, {rank})", {"x": tree, "shape": shape, "rank": constant(type_.rank)}
            )
        return tree

    def setting(self, key: Setting) -> py.expr | None:
        """A draw's setting: a constant, or the parameter that brings it."""
        agreed = self.homes.setting(self.region.path, key)
        if isinstance(agreed, Agreed):
            return constant(agreed.value)
        return self.trees[f"setting {self.homes.setting_name(key)}"]

    # ---- stochastic nodes

    def _sample(self, sample: Sample) -> None:
        comment = self.comments.statement(self.region, sample.result)
        guard = self.guard(sample.result)
        observed = None if sample.observe is None else self._observed(sample)
        missing = self.guards.get(f"observe {sample.result}", frozenset()) - guard
        if observed is not None and not missing:
            self._close(sample)
            target = self.names.new(sample.result)
            self.emit(guard, Assign((target,), observed, comment))
            self.trees[sample.result] = name(target)
            return
        tree = self._draw(sample)
        self._close(sample)
        target = self.names.new(sample.result)
        drawn = Assign((target,), tree)
        if observed is None:
            drawn.comment = comment
            self.emit(guard, drawn)
        else:
            test = self.present(missing)
            self.emit(guard, If(test, [Assign((target,), observed)], [drawn], comment))
        self.trees[sample.result] = name(target)

    def _close(self, sample: Sample) -> None:
        for part in self._covers(sample):
            self.remaining.subtract(set(refs(self.region.by_name[part])))

    def present(self, inputs: Guard) -> py.expr:
        """`x is not None` for each input."""
        tests = [fill("{x} is not None", {"x": self.trees[i]}) for i in self.region.args if i in inputs]
        return tests[0] if len(tests) == 1 else py.BoolOp(py.And(), tests)

    def _observed(self, sample: Sample) -> py.expr:
        assert sample.observe is not None
        value = self.value(sample.observe)
        event, type_ = sample.type, value.type
        assert isinstance(type_, TensorType)
        if event.kind == "onehot" and type_.kind != "onehot":
            assert event.size is not None
            tree = tensor_of(value.tree, self.device) if value.number else value.tree
            return fill("F.one_hot({x}, {k}).float()", {"x": tree, "k": self.dim(event.size)})
        if type_.kind in ("bool", "int"):
            return fill("{x}.float()", {"x": value.tree})
        return value.tree

    def _draw(self, sample: Sample) -> py.expr:
        """The estimator's call."""
        estimator = estimator_of(sample)
        q = self.tree(sample.distribution)
        type_ = self.regions.type_of(self.region, sample.distribution)
        assert isinstance(type_, DistType)
        if not self.regions.local(self.region, sample.distribution) and self.region.net:
            q = self._over_batch(q, type_)
        arguments: dict[str, py.expr] = {}
        for slot in estimator.parsed.slots:
            if slot.type.kind in VALUE_KINDS:
                operand = sample.estimator.inputs.get(slot.name)
                plain = isinstance(slot.default, ast.Number) and operand == slot.default.value
                if operand is not None and not plain:
                    arguments[slot.name] = self.tree(operand)
                continue
            option = sample.estimator.options.get(slot.name)
            if slot.name in ("baseline", "samples") or option is None or option is False:
                continue
            arguments[slot.name] = self._option(option)
        arguments |= self._settings(sample, estimator.carries)
        arguments["mode"] = name("self.mode")
        return expressions.call(estimator.draw, q, **arguments)

    def _option(self, option: object) -> py.expr:
        if isinstance(option, DimOption):
            return self.dim(option.dim)
        return constant(option.word if isinstance(option, WordOption) else option)

    def _settings(self, sample: Sample, carries: str) -> dict[str, py.expr]:
        """How many samples, padded to how many dimensions, over how many plates."""
        kinds = {"score": ("samples", "dims"), "support": ("plates", "dims")}.get(carries, ())
        found: dict[str, py.expr] = {}
        for kind in kinds:
            tree = self.setting((sample.result, kind))
            usual = {"samples": 1, "dims": None, "plates": 0}[kind]
            if tree is not None and not (isinstance(tree, py.Constant) and tree.value == usual):
                found[kind] = tree
        return found

    def _within_observed(self) -> set[str]:
        """Parts of what a node observes if it is there; they are computed where it is tested for."""
        found: set[str] = set()
        for statement in self.homes.statements(self.region.path):
            guarded = isinstance(statement, Sample) and isinstance(statement.observe, str)
            if not guarded or not self.guards.get(f"observe {statement.result}"):
                continue
            waiting = [statement.observe]  # type: ignore[union-attr]
            while waiting:
                value = waiting.pop()
                if isinstance(value, str) and value.startswith("%") and self.guard(value):
                    found.add(value)
                    waiting += refs(self.region.by_name[value])
        return found
