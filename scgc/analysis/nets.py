"""Declarations of nets, fns and externs: their own scope, parameters, body and result."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

from scgc.analysis import bodies, choices, loops, nodes
from scgc.analysis.scope import NetSymbol, Region, Scope, Typed, ValueSymbol
from scgc.diagnostics import graph as graph_codes
from scgc.diagnostics import loops as loop_codes
from scgc.diagnostics import names as codes
from scgc.diagnostics import types as type_codes
from scgc.diagnostics.base import CompilerBug, Label
from scgc.ir.graph import Net
from scgc.ir.types import TensorType
from scgc.ops.signature import Match, convert
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.naming import name_at
from scgc.syntax.parse import CLAUSES

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference


def declare(inference: Inference, declaration: ast.Net | ast.Extern, outer: Region) -> Net | None:
    """Infer a net and make it known in the outer scope; None after a mistake in its head."""
    scope = outer.scope
    result = inference.constants.type(declaration.result, scope)
    args = inference.constants.arguments(declaration.parameters, scope)
    copies = None
    if isinstance(declaration, ast.Net) and declaration.copies is not None:
        copies = inference.constants.size(declaration.copies, scope)
    wanted = sum(len(g.names) for g in declaration.parameters)
    if result is None or len(args) < wanted:
        scope.faulty.add(declaration.name)
        return None
    path = f"{outer.path}/{declaration.name}" if outer.path else declaration.name
    net = Net(
        kind=declaration.kind,
        name=declaration.name,
        copies=copies,
        args=tuple(a for a, _ in args),
        result_type=result,
        doc=declaration.doc,
    )
    draws = False
    if isinstance(declaration, ast.Extern):
        verify_target(inference, declaration)
        net = net.replace(target=declaration.target)
    else:
        region = Region(
            path, Scope(scope), outer.places, outer.nets, kind=declaration.kind, attending=outer.attending
        )
        region.outside = ChainMap(dict.fromkeys(a.name for a, _ in args), outer.visible)
        for arg, at in args:
            define(inference, region, arg.name, Typed(arg.name, arg.type), at)
        with inference.definitions.enter(declaration):
            net = _with_body(inference, declaration, net, region)
        draws = region.draws
    outer.nets[path] = net
    symbol = NetSymbol(net, path, draws, declaration.span)
    home = (outer.path, declaration.name)
    scope.declare(declaration.name, symbol, home, name_at(declaration, declaration.name))
    return net


def verify_target(inference: Inference, declaration: ast.Extern) -> None:
    """An extern target is package.module:attribute."""
    module, colon, attribute = declaration.target.partition(":")
    names = [*module.split("."), *attribute.split(".")]
    if not colon or not all(n.isidentifier() for n in names):
        inference.sink.report(graph_codes.ExternTarget(span=declaration.span, target=declaration.target))


def define(
    inference: Inference,
    region: Region,
    name: str,
    value: Typed,
    node: ast.Node,
    earlier: Span | None = None,
) -> None:
    """A value's name in a region; a second definition there is a mistake, also where the first (`earlier`)
    stands in the other branch of a choice."""
    span = node.span
    before = region.scope.symbols.get(name)
    if before is not None:
        label = Label(before.span, "first defined here")
        inference.sink.report(codes.DuplicateName(span=span, name=f"`{name}`", others=(label,)))
    elif earlier is not None:
        label = Label(earlier, "defined here")
        inference.sink.report(loop_codes.DefinedAgain(span=span, name=name, others=(label,)))
    symbol = ValueSymbol(value, span, region.path)
    region.scope.declare(name, symbol, (region.path, name), name_at(node, name))


def statement(inference: Inference, node: ast.Statement, region: Region) -> None:
    """A statement of a program's or net's body, or inside of a loop or choice."""
    match node:
        case ast.For():
            loops.loop(inference, node, region)
        case ast.If():
            choices.choice(inference, node, region)
        case ast.Update():
            bodies.update(inference, node, region)
        case ast.Assign() | ast.Draw():
            _definition(inference, node, region)
        case _:
            raise CompilerBug(f"{type(node).__name__} is no statement of a body")


def _definition(inference: Inference, node: ast.Assign | ast.Draw, region: Region) -> None:
    """A deterministic or stochastic node."""
    earlier = region.places[region.path, node.name] if node.name in region.defined else None
    # a second definition is a mistake, and must not stand in the way of the first
    own = node if earlier is None else node.replace(name=region.version(node.name))
    with inference.definitions.define(node.name):
        if isinstance(own, ast.Draw):
            value = nodes.draw(inference, own, region)
        else:
            value = inference.infer_named(own.value, region, own.name)
    region.places[region.path, node.name] = written(node)
    define(inference, region, node.name, value, node, earlier)


def written(node: ast.Assign | ast.Draw) -> Span:
    """Where a node stands; one with a clause from a variant or `--set` is put together as a text of its
    own."""
    if not isinstance(node, ast.Draw):
        return node.span
    clauses = {word: getattr(node, word) for word in CLAUSES}
    given = {word: c.span for word, c in clauses.items() if c is not None}
    foreign = [w for w, s in given.items() if not node.span.holds(s)]
    if not foreign:
        return node.span
    text = f"{node.name} ~ {node.distribution.span.text}"
    text += "".join(f" {word} {span.text}" for word, span in given.items())
    source = Source(f"{node.span.source.path} with another {' and '.join(foreign)}", text)
    return Span(source, 0, len(text))


def _with_body(inference: Inference, declaration: ast.Net, net: Net, region: Region) -> Net:
    """The net with its statements inferred."""
    inner: list[Net] = []
    returned: Typed | None = None
    last: ast.Node = declaration.result
    for position, node in enumerate(declaration.body):
        last = node
        match node:
            case ast.Net():
                found = declare(inference, node, region)
                inner += [found] if found else []
            case ast.Return():
                if position < len(declaration.body) - 1:
                    inference.sink.report(
                        codes.MissingReturn(
                            span=declaration.body[position + 1].span,
                            name=declaration.name,
                            problem="nothing may follow `return`",
                        )
                    )
                returned = _returned(inference, node, net, region)
                break
            case _:
                statement(inference, node, region)
    else:
        inference.sink.report(codes.MissingReturn(span=last.span, name=declaration.name))
    return net.replace(
        nets=tuple(inner),
        body=region.finished(returned.operand if returned else None),
        result=returned.operand if returned else None,
    )


def _returned(inference: Inference, node: ast.Return, net: Net, region: Region) -> Typed:
    """The value of `return`, of the declared type."""
    from scgc.analysis.calls import apply

    value = inference.infer(node.value, region)
    if value.type is None:
        return value
    wanted = net.result_type
    converted = None
    if isinstance(value.type, TensorType):
        converted = convert(value.type, wanted.kind, value.literal)
    what = f"what `{net.name}` returns"
    if converted is None:
        inference.sink.report(
            type_codes.KindMismatch(
                span=node.value.span, what=what, expected=str(wanted), found=str(value.type)
            )
        )
        return value
    type_, operator = converted
    match = Match(known=inference.known(region))
    sizes = wanted.size is None or type_.size is None or match.equal(wanted.size, type_.size)
    same = len(type_.shape) == len(wanted.shape) and all(map(match.equal, type_.shape, wanted.shape))
    if not (same and sizes):
        inference.sink.report(
            type_codes.ShapeMismatch(span=node.value.span, what=what, expected=str(wanted), found=str(type_))
        )
        return value
    if operator:
        from scgc.analysis.binding import Given

        return apply(inference, operator, [Given(value, node.value.span)], region, node.value.span)
    return value
