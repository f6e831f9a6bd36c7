"""Fourth stage of drawing: what stands in, above and below each node of the figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scgc.draw.flat import Flat, Value, is_distribution
from scgc.draw.formula import called
from scgc.draw.hints import formula, hint
from scgc.draw.settings import is_default, option
from scgc.draw.shown import Shown
from scgc.draw.words import greek, shortened, wrapped
from scgc.estimators import estimators
from scgc.ir.graph import Apply, DimOption, Invoke, Places, Propagate, Sample, Use

Kind = Literal[
    "input",
    "optional",
    "param",
    "argument",
    "value",
    "call",
    "component",
    "messages",
    "sample",
    "observed",
    "loss",
    "metric",
]
"""The sorts of nodes: a `call` is closed and deterministic, a `component` has a stochastic node inside;
`messages` run along the edges of a graph."""

_LINE = 26
"""Characters in a line above or below a node."""

_SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "/", "matmul": "@", "pow": "^", "neg": "−"}


@dataclass(frozen=True)
class Node:
    """One node: its name stands inside, the lines above and below in small type; `hint` is what shows when
    the pointer rests on it. colour: of the player whose it is, where there are several."""

    id: str
    kind: Kind
    name: str
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    hint: str = ""
    colour: str = ""


def node(shown: Shown, name: str, places: Places | None) -> Node:
    """The node of the figure that stands for a value."""
    flat = shown.flat
    value = flat.values[name]
    text = hint(flat, value, places)
    type_ = _type(value)
    if name in flat.costs:
        return _cost(flat, value, text)
    match value.statement:
        case Sample() as sample:
            return _stochastic(flat, value, sample, text)
        case Invoke() | Propagate() if not shown.closed(name):
            return Node(name, "value", _sign(flat, name), (), type_, text)
        case Propagate() as call:
            title = called(call)
            words = "propagate" if value.unnamed else shortened(f"propagate {title}", _LINE)
            below = (*type_, *_pipeline(shown, name))
            return Node(
                name, "messages", title if value.unnamed else greek(value.local), (words,), below, text
            )
        case Invoke() as call:
            title = call_name(call)
            above = (shortened(title, _LINE),) if not value.unnamed else ()
            below = (*type_, *_pipeline(shown, name))
            kind: Kind = "component" if _has_draws(shown, name) else "call"
            return Node(name, kind, title if value.unnamed else greek(value.local), above, below, text)
        case Apply(function=function):
            above = (function,) if is_distribution(value) else ()
            return Node(name, "value", greek(value.local), above, type_, text)
        case _:
            kind = _source(flat, value)
            return Node(name, kind, greek(value.local), (), () if kind == "param" else type_, text)


def _type(value: Value) -> tuple[str, ...]:
    return () if value.type is None or is_distribution(value) else (shortened(str(value.type), _LINE),)


def call_name(call: Invoke | Propagate) -> str:
    """A net by its own name, with the copy and the axes that it is mapped over."""
    mapped = call.mapped if isinstance(call, Invoke) else ()
    return called(call) + (f" × {' × '.join(map(str, mapped))}" if mapped else "")


def _pipeline(shown: Shown, name: str) -> tuple[str, ...]:
    """The operations of a call that the depth opens but that has no node inside; the first depth, which is
    for the overview, leaves them out."""
    value = shown.flat.values[name]
    if shown.depth < 2 or len(value.region) >= shown.depth or _has_draws(shown, name):
        return ()
    steps = [shown.flat.values[member] for member in shown.members(name)]
    words = [_step(step.statement) for step in steps if isinstance(step.statement, Apply)]
    return tuple(wrapped([f"{word} ›" for word in words[:-1]] + words[-1:], _LINE))


def _step(call: Apply) -> str:
    """An operation with its most telling size: `linear 120`."""
    size = next((option(o) for o in call.options.values() if isinstance(o, DimOption)), "")
    return f"{call.function}\u00a0{size}" if call.layer and size else call.function


def _has_draws(shown: Shown, name: str) -> bool:
    return any(shown.flat.values[member].kind == "sample" for member in shown.members(name))


def _source(flat: Flat, value: Value) -> Kind:
    """What a value that no statement computes is."""
    if value.kind == "param":
        return "param"
    if value.kind in ("argument", "carried", "item", "passed"):
        return "argument"
    return "optional" if any(i.name == value.name and i.optional for i in flat.program.inputs) else "input"


def _sign(flat: Flat, call: str) -> str:
    """The operation that makes the result of an open call; messages are summed."""
    if isinstance(flat.values[call].statement, Propagate):
        return "Σ"
    result = flat.results[call]
    statement = flat.values[result].statement if result else None
    if not isinstance(statement, Apply):
        return ""
    return _SIGNS.get(statement.function, statement.function)


# ---- stochastic nodes


def _stochastic(flat: Flat, value: Value, sample: Sample, hint_: str) -> Node:
    observed = sample.observe is not None
    above = (*_prior(flat, value, sample), _family(flat, value, sample), *_type(value))
    above += _mask(flat, value, sample)
    below = () if observed else _estimator(flat, value, sample.estimator)
    return Node(value.name, "observed" if observed else "sample", greek(value.local), above, below, hint_)


def _family(flat: Flat, value: Value, sample: Sample) -> str:
    found = flat.resolve(value.region, sample.distribution)
    type_ = flat.values[found].type if found else None
    return getattr(type_, "family", "")


def _prior(flat: Flat, value: Value, sample: Sample) -> tuple[str, ...]:
    if sample.prior is None:
        return ()
    text = formula(flat, value.region, by_node=False).operand(sample.prior)
    return (shortened(f"prior {text}", _LINE),)


def _mask(flat: Flat, value: Value, sample: Sample) -> tuple[str, ...]:
    """Which elements take part."""
    writer = formula(flat, value.region)
    mask = writer.mask(sample.where)
    return () if mask is None else (shortened(f"where {writer.operand(mask)}", _LINE),)


def _estimator(flat: Flat, node: Value, use: Use) -> tuple[str, ...]:
    """An estimator with its settings, a schedule by its name; what is as declared is left out."""
    slots = {s.name: s for s in estimators()[use.name].parsed.slots}
    words: list[str] = []
    for name, operand in use.inputs.items():
        text = formula(flat, node.region).operand(operand)
        default = slots[name].default if name in slots else None
        if not (default and not isinstance(operand, str) and is_default(default, operand)):
            words.append(text if text == greek(name) else f"{greek(name)} = {text}")
    for name, setting in use.options.items():
        default = slots[name].default if name in slots else None
        if default is None or not is_default(default, setting):
            words.append(name if setting is True else f"{name} = {option(setting)}")
    return (use.name, *wrapped([f"{w}," for w in words[:-1]] + words[-1:], _LINE))


# ---- losses and metrics


def _cost(flat: Flat, value: Value, hint_: str) -> Node:
    cost = flat.costs[value.name]
    if cost in flat.program.metrics:
        return Node(value.name, "metric", greek(cost.name), hint=hint_)
    statement = value.statement
    function = ""
    if isinstance(statement, Apply):
        text = formula(flat, value.region).statement(statement)
        function = text if len(text) <= 20 else "" if statement.function in _SIGNS else statement.function
    return Node(value.name, "loss", greek(cost.name), below=(function,) if function else (), hint=hint_)
