"""Several calls of one net as one, on the batches of all:
`left, right = self.digit(torch.cat([a, b])).chunk(2)`.

Which calls may be one is found before (`scgc.passes.batching`).
"""

from __future__ import annotations

import ast as py
from typing import TYPE_CHECKING

from scgc.emit import expressions
from scgc.emit.calling import called
from scgc.emit.expressions import constant, fill, name
from scgc.emit.module import Assign
from scgc.ir.graph import Invoke, Operand, refs

if TYPE_CHECKING:
    from scgc.emit.body import Body


def write_together(body: Body, group: tuple[str, ...]) -> None:
    """The lines of a group of calls, at the place of the first."""
    calls = [c for n in group if isinstance(c := body.region.by_name[n], Invoke)]
    callee = body.regions.by_path[calls[0].net]
    exports = body.regions.asked.exports(callee)
    tree = _call(body, calls)
    covered = set[str]().union(*(body.covers(c) for c in calls))
    for part in covered:
        body.remaining.subtract(set(refs(body.region.by_name[part])))
    guard, doc = body.guard(group[0]), body.comments.doc(body.region, group[0])
    readers = body.regions.given_together[body.region.path][group]
    used = [body.regions.asked.uses[body.region.path][n] > readers for n in group]
    given = [_target(body, call, asked) for call, asked in zip(calls, used, strict=True)]
    for local in given:
        body.free(local, covered)
    if not exports and not readers:
        body.emit(guard, Assign(tuple(given), _taken_apart(tree, len(calls)), doc))
    else:
        whole = "_"
        if readers or any(used):
            whole = body.names.numbered("both" if len(calls) == 2 else "together")
        body.wholes[group] = name(whole)
        parts = [body.names.new(f"{whole}.{body.regions.title(callee, e)}") for e in exports]
        body.emit(guard, Assign((whole, *parts), tree, doc))
        if any(used):
            body.emit(guard, Assign(tuple(given), _taken_apart(name(whole), len(calls))))
        for inner, part in zip(exports, parts, strict=True):
            own = [body.names.new(f"{c.result}.{body.regions.title(callee, inner)}") for c in calls]
            body.emit(guard, Assign(tuple(own), _taken_apart(name(part), len(calls))))
            body.trees |= {f"{c.result}.{inner}": name(o) for c, o in zip(calls, own, strict=True)}
    body.trees |= {c.result: name(local) for c, local in zip(calls, given, strict=True)}


def _target(body: Body, call: Invoke, used: bool) -> str:
    """The local of a call's value."""
    if not used:
        return "_"
    return body.names.numbered("h") if call.result.startswith("%") else body.local(call.result)


def _taken_apart(tree: py.expr, count: int) -> py.expr:
    return fill("{x}.chunk({n})", {"x": tree, "n": constant(count)})


def _call(body: Body, calls: list[Invoke]) -> py.expr:
    """The call on what each of them is given, one behind the other."""
    args = [_argument(body, [c.args[i] for c in calls]) for i in range(len(calls[0].args))]
    args += [body.captured(capture) for capture in body.homes.captures(calls[0].net)]
    named: dict[str, py.expr] = {}
    for key, parameter in body.settings.parameters(calls[0].net).items():
        named[parameter] = body.setting((calls[0].result, *key)) or constant(None)
    return expressions.call(called(body, calls[0].net, calls[0].copy_index), *args, **named)


def _argument(body: Body, operands: list[Operand]) -> py.expr:
    paths = body.leads.paths[body.region.path]
    if not any(body.leads.lead(p, operands[0]).count for p in paths):
        return body.tree(operands[0])
    whole = body.wholes.get(tuple(map(str, operands)))
    if whole is not None:
        return whole
    parts = py.List([body.tree(o) for o in operands], py.Load())
    return fill("torch.cat({parts})", {"parts": parts})
