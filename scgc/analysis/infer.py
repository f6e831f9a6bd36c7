"""Second stage of the analysis: the typed graph of a resolved program.

Declarations are read in order. Mistakes are reported to the sink and passed over, so that one run tells all;
the graph is whole only if the sink holds no error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scgc.analysis import nets, numbers
from scgc.analysis.binding import Arguments
from scgc.analysis.calls import small_enough
from scgc.analysis.constants import LARGEST, sizes_in
from scgc.analysis.definitions import Definitions
from scgc.analysis.expressions import Inference
from scgc.analysis.matching import choose
from scgc.analysis.players import Part, own_part
from scgc.analysis.scope import DimSymbol, Region, Scope, SizeSymbol, Symbol, Typed, ValueSymbol
from scgc.analysis.settings import Settings
from scgc.diagnostics import loops as loop_codes
from scgc.diagnostics import names as codes
from scgc.diagnostics import types as type_codes
from scgc.diagnostics.base import Label, Sink
from scgc.ir import graph
from scgc.ir.dims import Dim
from scgc.ir.graph import Places
from scgc.ir.types import DistType, TensorType, Type, real
from scgc.ops.inits import inits
from scgc.syntax import ast
from scgc.syntax.declared import declared_names
from scgc.syntax.naming import name_at

CLOCK = ("t", "step", "epoch", "progress")
"""What a schedule may read: ticks, training steps, epochs (with fractions) and the part done (0 to 1)."""

RESERVED = {"data": "the data set", "true": "a flag", "false": "a flag"}


def infer(tree: ast.Program, name: str, variant: str | None, sink: Sink) -> tuple[graph.Program, Places]:
    """The graph of a program and the places of its values."""
    reader = _Reader(tree, sink)
    return reader.read(name, variant)


class _Reader:
    """Collects the parts of one program."""

    def __init__(self, tree: ast.Program, sink: Sink) -> None:
        self.tree = tree
        self.sink = sink
        self.definitions = Definitions(tree.declarations)
        self.inference = Inference(sink, self.definitions)
        self.region = Region("", Scope(), {}, {})
        self.dims: list[graph.DimDecl] = []
        self.sizes: list[graph.SizeDecl] = []
        self.inputs: list[graph.Input] = []
        self.params: list[graph.Param] = []
        self.schedules: list[graph.Schedule] = []
        self.nets: list[graph.Net] = []
        self.losses: list[graph.Cost] = []
        self.metrics: list[graph.Cost] = []
        self.docs: dict[str, str] = {}
        self.owners: dict[str, list[graph.Statement]] = {}
        self.header = ast.Header(name="", span=tree.span)

    def read(self, name: str, variant: str | None) -> tuple[graph.Program, Places]:
        for declaration in self.tree.declarations:
            self.verify_free(declaration)
            self.declare(declaration)
        self.verify_sizes()
        train, evaluations = self.blocks()
        program = graph.Program(
            name=self.header.name or name,
            doc=self.header.doc,
            variant=variant,
            dims=tuple(self.dims),
            sizes=tuple(self.sizes),
            inputs=tuple(self.inputs),
            params=tuple(self.params),
            schedules=tuple(self.schedules),
            nets=tuple(self.nets),
            body=self.region.finished(),
            losses=tuple(self.losses),
            metrics=tuple(self.metrics),
            docs=self.docs,
            train=train,
            evaluations=evaluations,
        )
        return program, Places(self.region.places, self.region.scope.names_at)

    def verify_free(self, declaration: ast.Declaration) -> None:
        for name in declared_names(declaration):
            meaning = RESERVED.get(name, "")
            if name in CLOCK and isinstance(declaration, ast.Schedule | ast.Dim):
                meaning = "the clock of schedules"
            if meaning:
                self.sink.report(codes.BuiltinName(span=declaration.span, name=name, meaning=meaning))

    def declare(self, declaration: ast.Declaration) -> None:
        match declaration:
            case ast.Header():
                if self.header.name:
                    label = Label(self.header.span, "the first one")
                    self.sink.report(
                        codes.DuplicateBlock(span=declaration.span, block="program", others=(label,))
                    )
                self.header = declaration
            case ast.Dim():
                self.dim(declaration)
            case ast.Size():
                self.size(declaration)
            case ast.Input():
                self.input(declaration)
            case ast.Param():
                self.param(declaration)
            case ast.Schedule():
                self.schedule(declaration)
            case ast.Net() | ast.Extern():
                net = nets.declare(self.inference, declaration, self.region)
                self.nets += [net] if net else []
            case ast.Assign() | ast.Draw():
                with self.owning(declaration.name):
                    nets.statement(self.inference, declaration, self.region)
                self.document(declaration.name, declaration)
            case ast.For() | ast.If():
                nets.statement(self.inference, declaration, self.region)
            case ast.Loss():
                with self.owning(declaration.name):
                    self.cost(declaration, "loss", self.losses)
            case ast.Metric():
                with self.owning(declaration.name):
                    self.cost(declaration, "metric", self.metrics)
            case _:
                pass

    @contextmanager
    def owning(self, name: str) -> Iterator[None]:
        """While the definition of a name is read: its statements are those that are written meanwhile."""
        before = len(self.region.statements)
        yield
        self.owners[name] = self.region.statements[before:]

    def owned(self) -> dict[str, tuple[Part, ...]]:
        """What parameters stand behind a name."""
        params = {p.name: (Part("param", p.name),) for p in self.params}
        layers = self.region.layers
        found: dict[str, tuple[Part, ...]] = {}
        for name, statements in self.owners.items():
            own = [part for s in statements if (part := own_part(s)) is not None]
            # as `finished` will call it
            single = {f"{function}1": function for function, count in layers.items() if count == 1}
            found[name] = tuple(p.replace(name=single.get(p.name, p.name)) for p in own)
        return params | found

    def document(self, name: str, declaration: ast.Declaration) -> None:
        if declaration.doc:
            self.docs[name] = declaration.doc

    def dim(self, declaration: ast.Dim) -> None:
        with self.definitions.define(declaration.name):
            dim = self.inference.constants.dim(declaration.value, self.region.scope)
        if dim is None:
            self.region.scope.faulty.add(declaration.name)
            return
        value = dim.substitute(self.inference.known(self.region))
        self.declared(declaration.name, DimSymbol(value, declaration.span), declaration)
        self.dims.append(graph.DimDecl(name=declaration.name, value=value, doc=declaration.doc))

    def size(self, declaration: ast.Size) -> None:
        most = self.inference.constants.size(declaration.most, self.region.scope)
        symbol = SizeSymbol(most or Dim.of(LARGEST), declaration.span)
        self.declared(declaration.name, symbol, declaration)
        if most is not None:
            self.sizes.append(graph.SizeDecl(name=declaration.name, most=most, doc=declaration.doc))

    def verify_sizes(self) -> None:
        """Every length is one of some input that is always there."""
        symbols = {s for i in self.inputs for d in i.type.shape for s in d.symbols}
        for name, symbol in self.region.scope.symbols.items():
            if isinstance(symbol, SizeSymbol) and name not in symbols:
                self.sink.report(loop_codes.SizeWithoutInput(span=symbol.span, name=name))

    def input(self, declaration: ast.Input) -> None:
        type_ = self.inference.constants.type(declaration.type, self.region.scope)
        for name in declaration.names:
            if type_ is not None:
                self.inputs.append(
                    graph.Input(name=name.id, type=type_, optional=declaration.optional, doc=declaration.doc)
                )
            self.define(name.id, Typed(name.id, type_), name)

    def define(self, name: str, value: Typed, at: ast.Node) -> None:
        self.declared(name, ValueSymbol(value, at.span, ""), at)
        self.region.places["", name] = at.span

    def declared(self, name: str, symbol: Symbol, at: ast.Node) -> None:
        self.region.scope.declare(name, symbol, ("", name), name_at(at, name))

    def param(self, declaration: ast.Param) -> None:
        type_ = self.inference.constants.type(declaration.type, self.region.scope)
        if type_ is not None and type_.kind != "real":
            self.sink.report(
                type_codes.KindMismatch(
                    span=declaration.type.span,
                    what=f"the parameter `{declaration.name}`",
                    expected="real",
                    found=str(type_),
                    advice="parameters are learned by gradients, so they are real.",
                )
            )
            type_ = None
        sizes = [s for d in (type_.shape if type_ else ()) for s in sizes_in(d, self.region.scope)]
        if sizes:
            what = f"the shape of the parameter `{declaration.name}`"
            self.sink.report(loop_codes.SizeNotFixed(span=declaration.type.span, what=what, size=sizes[0]))
            type_ = None
        known = self.inference.known(self.region)
        what = f"the parameter `{declaration.name}`"
        if type_ is not None and not small_enough(self.inference, type_, known, what, declaration.type.span):
            type_ = None
        init = self.init(declaration.init)
        if type_ is not None and init is not None:
            self.params.append(graph.Param(name=declaration.name, type=type_, init=init, doc=declaration.doc))
        self.define(declaration.name, Typed(declaration.name, type_, fixed=True), declaration)

    def init(self, expression: ast.Expression | None) -> graph.Use | None:
        """The initialiser of a parameter; without one that of PyTorch's linear layers."""
        if expression is None:
            return graph.Use(name="default")
        function = expression.function if isinstance(expression, ast.Call) else expression
        declared = inits().get(function.id) if isinstance(function, ast.Name) else None
        if declared is None:
            name = ast.Name(function.span.text, span=function.span)
            self.inference.unknown_name(name, self.region, "initialiser", tuple(inits()))
            return None
        arguments = Arguments.of(expression, declared.name, declared.signature)
        _, fitted = choose(self.inference, [declared.parsed], arguments, self.region, limits=declared.limits)
        return None if fitted is None else graph.Use(name=declared.name, options=dict(fitted.match.options))

    def schedule(self, declaration: ast.Schedule) -> None:
        """A function of the clock and of earlier schedules, in a region of its own."""
        evaluated = self.evaluated(declaration)
        scope = Scope(names_at=self.region.scope.names_at)
        for word in CLOCK:
            now = Typed(word, real(), fixed=True, start=0.0, changes=True)
            scope.symbols[word] = ValueSymbol(now, declaration.span, "")
            scope.homes[word] = ("schedule", word)
        for name, symbol in self.region.scope.symbols.items():
            scheduled = isinstance(symbol, ValueSymbol) and symbol.region == "schedule"
            if scheduled or isinstance(symbol, DimSymbol):
                scope.symbols[name] = symbol
                scope.dims |= {name: symbol.dim} if isinstance(symbol, DimSymbol) else {}
        faults = len(self.sink)
        self.foreign_names(declaration, declaration.value, scope)
        region = Region(f"schedule {declaration.name}", scope, self.region.places, {}, kind="schedule")
        value = UNREAD
        if len(self.sink) == faults:
            value = self.inference.infer(declaration.value, region)
        if value.type is not None and value.type != real() and not isinstance(value.operand, int):
            number = isinstance(value.type, TensorType) and value.type == TensorType(kind="int")
            if not number:
                self.sink.report(
                    type_codes.KindMismatch(
                        span=declaration.value.span,
                        what=f"the schedule `{declaration.name}`",
                        expected="a number",
                        found=str(value.type),
                    )
                )
        body = tuple(s for s in region.statements if isinstance(s, graph.Apply))
        if value.type is not None:
            self.schedules.append(
                graph.Schedule(
                    name=declaration.name,
                    body=body,
                    result=value.operand,
                    evaluated=evaluated,
                    doc=declaration.doc,
                )
            )
        start = numbers.number(self.inference, value, region) if value.type is not None else None
        changes = value.changes or evaluated is not None
        typed = Typed(declaration.name, real(), fixed=True, start=start, changes=changes)
        self.declared(declaration.name, ValueSymbol(typed, declaration.span, "schedule"), declaration)
        self.region.places["", declaration.name] = declaration.span

    def evaluated(self, declaration: ast.Schedule) -> float | None:
        """The number that a schedule is outside of training, if that is another."""
        if declaration.evaluated is None:
            return None
        number = self.inference.constants.number(declaration.evaluated, self.region.scope)
        if number is None:
            self.sink.report(
                type_codes.NotASchedule(
                    span=declaration.evaluated.span,
                    name=declaration.name,
                    found=f"`{declaration.evaluated.span.text}` after `else`, where a number stands",
                )
            )
        return None if number is None else float(number)

    def foreign_names(self, declaration: ast.Schedule, expression: ast.Expression, scope: Scope) -> None:
        """Report values of the graph that a schedule reads."""
        for name in names_in(expression):
            symbol = self.region.scope.read(name)
            if isinstance(symbol, ValueSymbol) and scope.find(name.id) is None:
                self.sink.report(
                    type_codes.NotASchedule(
                        span=name.span, name=declaration.name, found=f"the value `{name.id}`"
                    )
                )

    def cost(self, declaration: ast.Loss | ast.Metric, kind: str, costs: list[graph.Cost]) -> None:
        value = self.inference.infer_named(declaration.value, self.region, declaration.name)
        self.define(declaration.name, value, declaration)
        if value.type is None:
            return
        kinds = ("real", "bit", "int") if kind == "loss" else ("real", "bit", "int", "bool")
        type_ = value.type
        if not isinstance(type_, TensorType) or type_.shape or type_.kind not in kinds:
            self.sink.report(_no_number(declaration.value, kind, declaration.name, type_))
            return
        costs.append(graph.Cost(name=declaration.name, value=value.operand, doc=declaration.doc))

    def blocks(self) -> tuple[graph.Train | None, tuple[graph.Evaluate, ...]]:
        """The train block and the evaluations, which may name any value of the program."""
        settings = Settings(self.inference, self.region)
        losses = [d.name for d in self.tree.declarations if isinstance(d, ast.Loss)]
        metrics = [d.name for d in self.tree.declarations if isinstance(d, ast.Metric)]
        train: graph.Train | None = None
        first: ast.Train | None = None
        evaluations: list[graph.Evaluate] = []
        for declaration in self.tree.declarations:
            if isinstance(declaration, ast.Train):
                if first is not None:
                    label = Label(first.span, "the first one")
                    self.sink.report(
                        codes.DuplicateBlock(span=declaration.span, block="train", others=(label,))
                    )
                first = declaration
                train = settings.train(declaration, losses, metrics, self.owned())
            elif isinstance(declaration, ast.Evaluate):
                evaluations.append(settings.evaluate(declaration))
        return train, tuple(evaluations)


UNREAD = Typed(0, None)


def _no_number(value: ast.Expression, kind: str, name: str, found: Type) -> type_codes.NotANumberPerExample:
    """What to do about it depends on what it is instead."""
    advice = type_codes.NotANumberPerExample.advice
    if isinstance(found, DistType):
        advice = "ask it for a number: `-log_prob(q, v)`, `entropy(q)` or `kl(q, p)`; or draw: `z ~ q`."
    elif found.kind in ("class", "onehot"):
        advice = "a class is a name and no amount: `cross_entropy(logits, target)` compares it with another."
    elif found.kind == "bool" and kind == "loss":
        advice = f"what is true or false has no gradient: report it, `metric {name} = ...`."
    return type_codes.NotANumberPerExample(
        span=value.span, kind=kind, name=name, found=str(found), advice=advice
    )


def names_in(expression: ast.Expression) -> list[ast.Name]:
    """The names that an expression reads, called functions left out."""
    match expression:
        case ast.Name():
            return [expression]
        case ast.Attribute(base=base):
            return names_in(base)
        case ast.Index(base=base, items=items):
            inner = [i for i in items if not isinstance(i, ast.Slice)]
            return [n for e in (base, *inner) for n in names_in(e)]
        case ast.Call(args=args, named=named):
            return [n for e in (*args, *(k.value for k in named)) for n in names_in(e)]
        case ast.Binary(left=left, right=right):
            return names_in(left) + names_in(right)
        case ast.Unary(operand=operand) | ast.Transpose(operand=operand):
            return names_in(operand)
        case ast.Pipe(value=value, target=target):
            rest = target if isinstance(target, ast.Call) else None
            return names_in(value) + (names_in(rest) if rest else [])
        case ast.List(items=items):
            return [n for e in items for n in names_in(e)]
        case _:
            return []
