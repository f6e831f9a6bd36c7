"""Operators, layers and distributions of a region as expressions."""

from __future__ import annotations

import ast as py
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from scgc.emit import expressions, matching
from scgc.emit.expressions import name, simple
from scgc.emit.lowering import Lowering, Surroundings, Value
from scgc.emit.nodes import is_shortcut
from scgc.emit.precision import MADE, followed
from scgc.emit.printing import flat
from scgc.emit.settings import CALLS
from scgc.emit.tensors import tensor_of
from scgc.ir.graph import Apply, refs
from scgc.ir.types import DistType, real
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.emit.body import Body


BUDGET = 76
"""The columns that one portion of a nested expression may take."""


def write_apply(body: Body, apply: Apply) -> None:
    """The value of an operator, layer or distribution."""
    tree, number = _expression(body, apply)
    if number and not (body.region.net is None and not apply.result.startswith("%")):
        body.numbers.add(apply.result)
        body.hold(apply, tree)
        return
    if number:
        tree = tensor_of(tree, body.device, apply.type)
    body.keep(apply, tree)


def _expression(body: Body, apply: Apply) -> tuple[py.expr, bool]:
    """The expression, after giving names to parts that would make it too long or compute twice."""
    while True:
        tree, number, twice = _lowered(body, apply)
        held = [n for n in dict.fromkeys(refs(apply)) if n in body.pending]
        crowded = [n for n in held if n in body.layered] if apply.layer else []
        crowded += [n for n in held if n in twice and not simple(body.trees[n])]
        if not crowded and len(flat(tree)) > BUDGET:
            long = [n for n in held if not simple(body.trees[n]) and n not in body.numbers]
            crowded = sorted(long, key=lambda n: -len(flat(body.trees[n])))[:1]
        crowded = [n for n in crowded if n not in body.folded]
        if not crowded:
            return tree, number
        body.settle(crowded[0])


def _lowered(body: Body, apply: Apply) -> tuple[py.expr, bool, set[str]]:
    if isinstance(apply.type, DistType):
        template: str | Callable[[Lowering], str]
        template, signature, match = matching.constructor(body.regions, body.region, apply)
        scalar, layer, made = None, None, None
    else:
        operator, match = matching.overload(body.regions, body.region, apply)
        template, signature, scalar = operator.torch, operator.parsed, operator.scalar
        layer = name(f"self.{body.layer(apply)}") if apply.layer else None
        made = operator.layer
    values: dict[str, tuple[Value, ...]] = {}
    for slot, given in apply.inputs.items():
        operands = given if isinstance(given, tuple) else () if given is None else (given,)
        values[slot] = tuple(body.value(o) for o in operands)
    given_values = [v for vs in values.values() for v in vs]
    number = (
        scalar is not None
        and all(v.number for v in given_values)
        and (bool(given_values) or apply.function == "number")
    )
    if isinstance(apply.type, DistType) and given_values and all(v.number for v in given_values):
        values = _on_device(body, values, signature)
    lowering = Lowering(signature, match, values, apply.options, _around(body, apply), layer)
    text = scalar if number and scalar else template if isinstance(template, str) else template(lowering)
    counted = Counter(expressions.slots(text))
    twice = {o for s, o in apply.inputs.items() if isinstance(o, str) and counted[s] > 1}
    if made is not None:
        body.layers.setdefault(body.layer(apply), lowering.expression(made))
    return lowering.expression(text, number), number, twice


def _on_device(
    body: Body, values: dict[str, tuple[Value, ...]], signature: ast.Signature
) -> dict[str, tuple[Value, ...]]:
    """Draws of a distribution of plain numbers belong on the model's device."""
    if body.device is None:
        return values
    slot = next(s.name for s in signature.slots if s.type.kind == "real")
    (value,) = values[slot]
    first = Value(tensor_of(value.tree, body.device, real()), value.type, 0, False)
    return {**values, slot: (first,)}


def _around(body: Body, apply: Apply) -> Surroundings:
    return Surroundings(
        dim=body.dim,
        device=body.device,
        mask=body.mask,
        counted=body.counted,
        repeated=body.region.path in body.homes.messages,
        like=followed(body, apply.result) if apply.function in MADE else None,
        calls=body.setting(CALLS) if is_shortcut(apply) and body.settings.joined(body.region.path) else None,
    )
