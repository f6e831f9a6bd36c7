"""Loops and choices as Python's `for` and `if`.

All versions of a name share one local. Where an example may leave a loop before the others, a round writes
into a second local first, and only those that take part in it get the new value.
"""

from __future__ import annotations

import ast as py
from typing import TYPE_CHECKING

from scgc.emit.expressions import call, constant, fill, name, simple
from scgc.emit.leads import MANY
from scgc.emit.module import Assign, For, If, Line
from scgc.emit.nodes import plates
from scgc.emit.tensors import tensor_of, with_axes
from scgc.ir.dims import Dim
from scgc.ir.graph import Carry, Choice, Loop, Operand, Test, refs, walk
from scgc.ir.types import DistType, TensorType

if TYPE_CHECKING:
    from scgc.emit.body import Body

_COMPARE: dict[str, py.cmpop] = {
    "<": py.Lt(),
    "<=": py.LtE(),
    ">": py.Gt(),
    ">=": py.GtE(),
    "==": py.Eq(),
    "!=": py.NotEq(),
}


def write_loop(body: Body, loop: Loop) -> None:
    _settle(body, loop)
    needed = body.regions.asked.needed[body.region.path]
    carried = [c for c in loop.carried if c.name in needed or c.result in needed]
    for carry in carried:
        _start(body, loop, carry)
    kept = {
        v: body.names.new(f"{body.regions.title(body.region, v)}_rounds")
        for v in body.regions.asked.kept(body.region, loop)
    }
    for gathered in kept.values():
        body.emit(body.guard(loop.result), Assign((gathered,), py.List([], py.Load())))
    halted = ""
    if loop.halt is not None:
        halted = body.names.new("halted")
        body.emit(body.guard(loop.result), Assign((halted,), _nobody(body)))
    index = body.names.new("i" if loop.item is not None else loop.index)
    body.trees[f"index {loop.index}"] = name(index)
    outer = dict(body.locals)
    with body.inside(kept) as lines:
        if loop.item is not None:
            item = body.local(loop.item)
            body.trees[loop.item] = name(item)
        if loop.alive is not None:
            _alive(body, loop, halted)
            for carry in carried:
                known = carry.name.split("@")[0]
                if carry.next != carry.name:
                    body.locals[known] = body.names.new(f"next_{known}")
        body.statements(loop.body)
        made = {s.result for s in walk(loop.body)}
        for value in kept:
            if value.split(".")[0] not in made:  # it stands before the loop, the same in every round
                body.keep_rounds(value)
        if loop.halt is not None:  # before carried names, on which it may depend, get their next values
            either = fill("{a} | {b}", {"a": name(halted), "b": body.tree(loop.halt)})
            body.emit(frozenset(), Assign((halted,), either))
        for carry in carried:
            _hand_on(body, loop, carry, outer[carry.name.split("@")[0]])
    body.locals = outer
    for carry in carried:
        body.trees[carry.result] = name(outer[carry.name.split("@")[0]])
    comment = body.comments.statement(body.region, loop.result)
    body.emit(body.guard(loop.result), _for(body, loop, index, lines, comment))
    for value, gathered in kept.items():
        _gather(body, loop, value, gathered)


def _settle(body: Body, holder: Loop | Choice) -> None:
    """What waits to be written inside of its reader is computed before the block, once."""
    for value in refs(holder):
        if value in body.pending and not simple(body.trees[value]):
            body.settle(value)


def _start(body: Body, loop: Loop, carry: Carry) -> None:
    """The local of a carried name, with the entries for each example that it has after a round."""
    known = carry.name.split("@")[0]
    tree = body.tree(carry.start)
    if body.is_number(carry.start):
        tree = tensor_of(tree, body.device, carry.type)
    paths = body.leads.paths[body.region.path]
    leads = [(body.leads.lead(p, carry.start), body.leads.lead(p, carry.name)) for p in paths]
    if any((a.batch, a.mapped) != (b.batch, b.mapped) for a, b in leads):
        rest = [constant(-1)] * carry.type.rank
        tree = fill("{x}.expand({shape})", {"x": tree, "shape": [*body.lead_dims(), *rest]})
    if known not in body.locals:
        body.locals[known] = body.names.new(known)
    local = body.locals[known]
    if not (isinstance(tree, py.Name) and tree.id == local):
        body.free(local, set())
        body.emit(body.guard(loop.result), Assign((local,), tree))
    body.trees[carry.name] = name(local)


def _nobody(body: Body) -> py.expr:
    """A truth value for each example: none has left yet."""
    device = body.device or constant(None)
    named = {"shape": body.lead_shape(), "device": device}
    return fill("torch.zeros({shape}, dtype=torch.bool, device={device})", named)


def _alive(body: Body, loop: Loop, halted: str) -> None:
    """Whether an example takes part in a round."""
    assert loop.alive is not None
    tree: py.expr | None = None
    if body.homes.sizes_in([loop.count]):
        tree = fill("{m}[..., {i}]", {"m": body.mask(loop.count), "i": _offset(body, loop)})
    if halted:
        still = fill("~{h}", {"h": name(halted)})
        tree = still if tree is None else fill("{a} & {b}", {"a": tree, "b": still})
    assert tree is not None
    local = body.names.new("alive")
    body.emit(frozenset(), Assign((local,), tree))
    body.trees[loop.alive] = name(local)
    body.keep_rounds(loop.alive)


def _offset(body: Body, loop: Loop) -> py.expr:
    """The number of a round, from 0."""
    index = body.trees[f"index {loop.index}"]
    if loop.item is not None or loop.start.value == 0:
        return index
    return fill("{i} - {start}", {"i": index, "start": body.dim(loop.start)})


def _hand_on(body: Body, loop: Loop, carry: Carry, local: str) -> None:
    """The value for the next round; examples that take no part in this one keep theirs."""
    tree = body.tree(carry.next)
    if body.is_number(carry.next):
        tree = tensor_of(tree, body.device, carry.type)
    if isinstance(tree, py.Name) and tree.id == local:
        return
    if loop.alive is not None:
        alive = with_axes(body.trees[loop.alive], 0, carry.type.rank)
        tree = call("torch.where", alive, tree, name(local))
    body.emit(frozenset(), Assign((local,), tree))


def _for(body: Body, loop: Loop, index: str, lines: list[Line], comment: str) -> For:
    """The statement; over the entries of a sequence, numbered where that is asked for."""
    if loop.item is None:
        stop = body.dim(loop.start + loop.count)
        over = call("range", stop) if loop.start.value == 0 else call("range", body.dim(loop.start), stop)
        return For((index,), over, lines, comment)
    assert loop.over is not None
    type_ = body.regions.type_of(body.region, loop.over)
    assert isinstance(type_, TensorType)
    entries = fill(f"{{x}}.unbind({-type_.rank})", {"x": body.tree(loop.over)})
    item = body.trees[loop.item]
    assert isinstance(item, py.Name)
    if loop.alive is None or not body.homes.sizes_in([loop.count]):
        return For((item.id,), entries, lines, comment)
    return For((index, item.id), call("enumerate", entries), lines, comment)


def _gather(body: Body, loop: Loop, value: str, gathered: str) -> None:
    """What a loop kept of every round, side by side in front of an example's own axes."""
    path = f"{loop.result}.{value}"
    type_ = body.regions.type_of(body.region, value)
    local = body.names.new(f"all_{body.regions.title(body.region, value)}")
    if isinstance(type_, DistType):
        named = {"plates": constant(plates(type_))} if plates(type_) else {}
        tree = call("Rounds", name(gathered), **named)
    else:
        several = body.leads.count(body.region, value) == MANY
        function = "stack" if several else "torch.stack"
        if body.homes.sizes_in([loop.count]) or body.regions.may_be_none(body.region, value):
            function = "stack_rounds"
        tree = call(function, name(gathered), constant(-1 - type_.rank))
    body.emit(body.guard(loop.result), Assign((local,), tree))
    body.trees[path] = name(local)
    body.keep_rounds(path)


# ---- choices


def write_choice(body: Body, choice: Choice) -> None:
    needed = body.regions.asked.needed[body.region.path]
    merges = [m for m in choice.merges if m.result in needed]
    if not merges and not any(s.result in needed for s in (*choice.body, *choice.orelse)):
        return
    _settle(body, choice)
    locals_ = {m.result: body.local(m.result) for m in merges}
    branches: list[list[Line]] = []
    for statements, side in ((choice.body, "then"), (choice.orelse, "orelse")):
        with body.inside(body.kept) as lines:
            body.statements(statements)
            for merge in merges:
                operand: Operand = getattr(merge, side)
                tree = body.tree(operand)
                if body.is_number(operand):
                    tree = tensor_of(tree, body.device, merge.type)
                local = locals_[merge.result]
                if not (isinstance(tree, py.Name) and tree.id == local):
                    body.emit(frozenset(), Assign((local,), tree))
        branches.append(lines)
    test = condition(body, choice.test)
    for merge in merges:
        body.trees[merge.result] = name(locals_[merge.result])
    then, orelse = branches
    if not then and not orelse:
        return
    if not then:
        test, then, orelse = py.UnaryOp(py.Not(), test), orelse, []
    if absent := _absent(body, choice):
        body.emit(body.guard(choice.result), Assign(tuple(absent), constant(None), chained=True))
    body.emit(body.guard(choice.result), If(test, then, orelse))


def _absent(body: Body, choice: Choice) -> list[str]:
    """The locals of what is asked for from outside and may not be there: None before it; in a loop the lists
    of its rounds are shorter instead."""
    if body.nested:
        return []
    within = {s.result for s in walk((*choice.body, *choice.orelse))}
    asked = [v for v in body.regions.asked.given(body.region) if v.split(".")[0] in within]
    trees = [body.trees.get(v) for v in asked]
    return list(dict.fromkeys(t.id for t in trees if isinstance(t, py.Name)))


def condition(body: Body, test: Test) -> py.expr:
    """A condition that is known before a statement runs."""
    match test.op:
        case "training":
            return name("self.training")
        case "not":
            return py.UnaryOp(py.Not(), _side(body, test.left))
        case "and" | "or":
            joint = py.And() if test.op == "and" else py.Or()
            return py.BoolOp(joint, [_side(body, test.left), _side(body, test.right)])
        case op:
            return py.Compare(_side(body, test.left), [_COMPARE[op]], [_side(body, test.right)])


def _side(body: Body, side: Test | Dim | None) -> py.expr:
    assert side is not None
    return condition(body, side) if isinstance(side, Test) else body.dim(side)
