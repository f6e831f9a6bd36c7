"""Calls of nets and fns: arguments with the dimensions that the net expects in front, results by name."""

from __future__ import annotations

import ast as py
from typing import TYPE_CHECKING

from scgc.emit import expressions
from scgc.emit.applying import BUDGET
from scgc.emit.expressions import constant, fill, name, simple
from scgc.emit.homes import Capture
from scgc.emit.module import Assign
from scgc.emit.nodes import plates
from scgc.emit.printing import flat
from scgc.emit.region import Region
from scgc.emit.tensors import tensor_of, with_axes
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, Invoke, Operand, Sample, refs, walk
from scgc.ir.types import DistType, TensorType

if TYPE_CHECKING:
    from scgc.emit.body import Body


def write_invoke(body: Body, call: Invoke) -> None:
    tree = _call(body, call)
    while len(flat(tree)) > BUDGET:
        held = [n for n in refs(call) if n in body.pending and not simple(body.trees[n])]
        if not held:
            break
        body.settle(max(held, key=lambda n: len(flat(body.trees[n]))))
        tree = _call(body, call)
    callee = body.regions.by_path[call.net]
    exports = [] if body.homes.is_extern(call.net) else body.regions.asked.exports(callee)
    result = None if callee.net is None or callee.net.target is not None else callee.net.result
    if not exports:
        body.keep(call, _for_each(body, call, result, tree) if result is not None else tree)
        return
    for part in body.covers(call):
        body.remaining.subtract(set(refs(body.region.by_name[part])))
    used = body.regions.asked.uses[body.region.path][call.result] > 0
    wanted = "h" if call.result.startswith("%") else call.result
    targets = [body.names.numbered(wanted) if used and wanted == "h" else body.local(wanted) if used else "_"]
    body.free(targets[0], body.covers(call))
    body.trees[call.result] = _for_each(body, call, result, name(targets[0]))
    for inner in exports:
        target = body.names.new(f"{call.result}.{body.regions.title(callee, inner)}")
        targets.append(target)
        body.trees[f"{call.result}.{inner}"] = _for_each(body, call, inner, name(target))
    comment = body.comments.doc(body.region, call.result)
    body.emit(body.guard(call.result), Assign(tuple(targets), tree, comment))


def _for_each(body: Body, call: Invoke, value: Operand | None, tree: py.expr) -> py.expr:
    """What a mapped call gives, also where it is the same for all the elements it is mapped over."""
    if not body.leads.lacks_mapped(body.region, call, value):
        return tree
    sizes: list[py.expr] = [body.dim(d) for d in call.mapped]
    callee = body.regions.by_path[call.net]
    inner = body.regions.operand_type(callee, value if value is not None else 0)
    if isinstance(inner, DistType):
        if _is_prior(body, callee, str(value)):  # what it is compared with has the axes
            return tree
        plate: list[py.expr] = [body.dim(d) for d in inner.event.shape[: plates(inner)]]
        return fill("{q}.expand({shape})", {"q": tree, "shape": py.Tuple([*sizes, *plate], py.Load())})
    shape, rank = py.Tuple(sizes, py.Load()), constant(inner.rank)
    return fill("spread({x}, {shape}, {rank})", {"x": tree, "shape": shape, "rank": rank})


def _is_prior(body: Body, callee: Region, value: str) -> bool:
    """Whether a distribution without a name is only there to be compared with."""
    before, _, last = value.rpartition(".")
    region, _ = body.regions.node(callee, value) if before else (callee, None)
    samples = [s for s in region.by_name.values() if isinstance(s, Sample)]
    return last.startswith("%") and any(s.prior == last for s in samples)


def _call(body: Body, call: Invoke) -> py.expr:
    net = body.regions.by_path[call.net].net
    assert net is not None
    function = called(body, call.net, call.copy_index)
    args = [_argument(body, call, i, o) for i, o in enumerate(call.args)]
    for capture in body.homes.captures(call.net):
        tree = body.captured(capture)
        args.append(with_axes(tree, 1, len(call.mapped)) if capture.kind == "mask" else tree)
    named: dict[str, py.expr] = {}
    if not body.homes.is_extern(call.net):
        for key, parameter in body.settings.parameters(call.net).items():
            named[parameter] = body.setting((call.result, *key)) or constant(None)
        if not net.args and body.regions.draws(body.regions.by_path[call.net]):
            named["lead"] = body.lead_shape()
    return expressions.call(function, *args, **named)


def called(body: Body, path: str, copy_index: Dim | None) -> py.expr:
    """What is called for a net."""
    net = body.regions.by_path[path].net
    assert net is not None
    if path in body.homes.functions:
        return name(body.homes.functions[path])
    if net.target is not None and net.kind == "fn":
        return name(body.comments.extern(net.target))
    tree = body.captured(Capture("net", path))
    if copy_index is not None and (path in body.homes.classes or net.target is not None):
        return fill("{f}[{i}]", {"f": tree, "i": body.dim(copy_index)})
    return tree


def _argument(body: Body, call: Invoke, position: int, operand: Operand) -> py.expr:
    """An argument with the dimensions in front that the call's other arguments have."""
    tree = body.tree(operand)
    type_ = body.regions.operand_type(body.region, operand)
    assert isinstance(type_, TensorType)
    if body.is_number(operand):
        net = body.regions.by_path[call.net].net
        assert net is not None
        tree = tensor_of(tree, body.device, net.args[position].type)
    paths = body.leads.paths[body.region.path]
    targets = [body.leads.target(p, call) for p in paths]
    found = [body.leads.lead(p, operand) for p in paths]
    short = any((t.batch, t.mapped) != (f.batch, f.mapped) for t, f in zip(targets, found, strict=True))
    spread = not call.mapped or call.spread[position]
    sizes = [] if spread else [body.dim(d) for d in call.mapped]
    if short:
        rest = [constant(-1)] * type_.rank
        return fill("{x}.expand({shape})", {"x": tree, "shape": [*body.lead_dims(), *sizes, *rest]})
    if sizes and all(t.count == 0 for t in targets):
        return fill("{x}.expand({shape})", {"x": tree, "shape": [*sizes, *[constant(-1)] * type_.rank]})
    if sizes and _broadcasts(body, call):
        return with_axes(tree, type_.rank, len(sizes))
    if sizes:
        shape = py.Tuple(sizes, py.Load())
        return fill("spread({x}, {shape}, {rank})", {"x": tree, "shape": shape, "rank": constant(type_.rank)})
    return tree


def _broadcasts(body: Body, call: Invoke) -> bool:
    """Whether what is the same for all elements of a mapped call may stay one, to be broadcast by what joins
    it with the rest: nothing asks it for its dimensions in front, and the result has all of them."""
    callee = body.regions.by_path[call.net]
    net = callee.net
    assert net is not None
    if net.target is not None or body.regions.asked.exports(callee) or body.regions.draws(callee):
        return False
    if any(not isinstance(s, Apply) for s in walk(callee.statements)):
        return False
    whole = {a.name for a, spread in zip(net.args, call.spread, strict=True) if spread}
    for statement in callee.statements:
        if whole & set(refs(statement)):
            whole.add(statement.result)
    return net.result in whole
