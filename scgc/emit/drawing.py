"""Stochastic nodes of a region: the estimator's call, or the observed value where it is given."""

from __future__ import annotations

import ast as py
from typing import TYPE_CHECKING

from scgc.analysis.credit import is_greedy
from scgc.emit import expressions
from scgc.emit.expressions import call, constant, fill, name
from scgc.emit.module import Assign, If, Line
from scgc.emit.nodes import beside_name, estimator_of, plates, weight_name
from scgc.emit.precision import as_numbers
from scgc.emit.tensors import tensor_of, with_axes
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, DimOption, Sample, WordOption, refs
from scgc.ir.types import DistType, TensorType
from scgc.ops.signature import VALUE_KINDS
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.emit.body import Body


def write_sample(body: Body, sample: Sample) -> None:
    comment = body.comments.statement(body.region, sample.result)
    guard = body.guard(sample.result)
    observed = None if sample.observe is None else _taking_part(body, sample, _observed(body, sample))
    missing = body.guards.get(f"observe {sample.result}", frozenset()) - guard
    if observed is not None and not missing:
        _close(body, sample)
        target = body.local(sample.result)
        body.emit(guard, Assign((target,), observed, comment))
        body.trees[sample.result] = name(target)
        return
    drawn = _drawn(body, sample)
    target = drawn[0].targets[0]
    if observed is None:
        drawn[0].comment = comment
        for line in drawn:
            body.emit(guard, line)
    else:
        test = body.present(missing)
        lines: list[Line] = [*drawn]
        body.emit(guard, If(test, [Assign((target,), observed)], lines, comment))
    body.trees[sample.result] = name(target)


def _drawn(body: Body, sample: Sample) -> list[Assign]:
    """The lines that draw: the value, and the weights of several values."""
    tree = _draw(body, sample)
    whole = estimator_of(sample).carries != "weights"
    if whole:
        tree = _taking_part(body, sample, tree)
    _close(body, sample)
    target = body.local(sample.result)
    if whole:
        return [Assign((target,), tree)]
    weights, asked = weight_name(sample.result), "_"
    if sample.observe is None and body.regions.weighing.asks_weights(body.region, sample.result):
        asked = body.names.new(f"weight_{sample.result}")
        body.trees[weights] = name(asked)
    lines = [Assign((target, asked), tree)]
    only = _taking_part(body, sample, name(target))
    lines += [] if isinstance(only, py.Name) else [Assign((target,), only)]
    below = body.homes.below.get(sample.result) if body.region.net is None and asked != "_" else None
    if below is not None:
        values = body.names.new(f"beside_{sample.result}")
        body.trees[beside_name(sample.result)] = name(values)
        lines.append(
            Assign((target, values), call("beside", name(target), name(asked), constant(below.count)))
        )
    return lines


def _taking_part(body: Body, sample: Sample, tree: py.expr) -> py.expr:
    """The value with zeros for the elements that the node's mask leaves out; whether an example still takes
    part in a loop is no matter here, for later rounds change nothing of it."""
    mask = _mask(body, sample)
    if mask is None:
        return tree
    if sample.type.kind == "onehot":
        mask = with_axes(mask, 0, 1)
    return fill("torch.where({m}, {x}, 0.0)", {"m": mask, "x": tree})


def _mask(body: Body, sample: Sample) -> py.expr | None:
    """The node's own mask, with the axes of its plate."""
    if sample.where is None or _alive(body, sample.where):
        return None
    type_ = body.regions.type_of(body.region, sample.where)
    assert isinstance(type_, TensorType)
    mask = body.value(sample.where)
    if not mask.lead or mask.number:
        return mask.tree
    return with_axes(mask.tree, len(type_.shape), len(sample.type.shape) - len(type_.shape))


def but_padding(body: Body, mask: py.expr | None, plate: tuple[Dim, ...]) -> py.expr | None:
    """A mask of a plate's elements, and of those the ones that are no padding."""
    for axis, dim in enumerate(plate):
        if body.homes.sizes_in([dim]):
            own = with_axes(with_axes(body.mask(dim), 1, axis), 0, len(plate) - axis - 1)
            mask = own if mask is None else fill("{a} & {b}", {"a": mask, "b": own})
    return mask


def _alive(body: Body, mask: str) -> bool:
    """Whether a mask only says which examples still take part in a loop."""
    if mask.startswith("%alive"):
        return True
    match body.region.by_name.get(mask):
        case Apply(function="identity" | "logical_and", result=result, inputs=inputs) if result[0] == "%":
            return all(isinstance(x, str) and _alive(body, x) for x in inputs.values())
        case _:
            return False


def _close(body: Body, sample: Sample) -> None:
    for part in body.covers(sample):
        body.remaining.subtract(set(refs(body.region.by_name[part])))


def _observed(body: Body, sample: Sample) -> py.expr:
    """The observed value as the node holds its draws, one for each example."""
    tree = _as_drawn(body, sample)
    if not body.leads.is_short(body.region, sample.observe):
        return tree
    rest = [constant(-1)] * sample.type.rank
    return fill("{x}.expand({shape})", {"x": tree, "shape": [*body.lead_dims(), *rest]})


def _as_drawn(body: Body, sample: Sample) -> py.expr:
    assert sample.observe is not None
    value = body.value(sample.observe)
    event, type_ = sample.type, value.type
    assert isinstance(type_, TensorType)
    if event.kind == "onehot" and type_.kind != "onehot":
        assert event.size is not None
        tree = tensor_of(value.tree, body.device) if value.number else value.tree
        vectors = fill("F.one_hot({x}, {k})", {"x": tree, "k": body.dim(event.size)})
        return as_numbers(body, sample.result, vectors)
    if value.number:
        return tensor_of(value.tree, body.device, event)
    if type_.kind in ("bool", "int"):
        return as_numbers(body, sample.result, value.tree)
    return value.tree


def _draw(body: Body, sample: Sample) -> py.expr:
    """The estimator's call."""
    estimator = estimator_of(sample)
    q = body.tree(sample.distribution)
    type_ = body.regions.type_of(body.region, sample.distribution)
    assert isinstance(type_, DistType)
    whole = DistType(family=type_.family, event=sample.type)
    if body.leads.is_short(body.region, sample.distribution) or len(type_.event.shape) != len(
        sample.type.shape
    ):
        q = body.over_batch(q, whole)
    if estimator.carries == "weights":
        mask = but_padding(body, _mask(body, sample), whole.event.shape[: plates(whole)])
        q = q if mask is None else expressions.call("masked", q, mask)
    arguments = options(body, sample, type_.event.rank)
    function = _module(body, sample) if estimator.module else fill(estimator.draw, {})
    if body.homes.observed:
        function = _watched(body, sample, function)
    return expressions.call(function, q, **arguments)


def _watched(body: Body, sample: Sample, function: py.expr) -> py.expr:
    """The function that draws, which tells what it draws from what under the name that `--set` knows."""
    node = ".".join([*filter(None, body.region.path.split("/")), sample.result])
    q = body.tree(sample.distribution)
    return expressions.call("observed", constant(node), function, *([q] if isinstance(q, py.Name) else []))


def _module(body: Body, sample: Sample) -> py.expr:
    """The object that draws, an attribute of the class."""
    assert body.owner is not None
    estimator = estimator_of(sample)
    kind = f"estimator of {body.region.path}"
    attribute = body.homes.attribute(body.owner, kind, f"{sample.result}_{estimator.name}")
    most = {s.name: s.most for s in body.regions.program.sizes}
    shape = py.Tuple([body.dim(d.substitute(most)) for d in sample.type.stored], py.Load())
    settings = {k: _option(body, o) for k, o in sample.estimator.options.items() if o is not None}
    body.layers[attribute] = expressions.call(estimator.draw, shape, **settings)
    return name(f"self.{attribute}")


def options(body: Body, sample: Sample, rank: int) -> dict[str, py.expr]:
    """The estimator's options and the mode; values get `rank` axes behind what stands for an example."""
    estimator = estimator_of(sample)
    arguments: dict[str, py.expr] = {}
    for slot in estimator.parsed.slots:
        if slot.type.kind in VALUE_KINDS:
            operand = sample.estimator.inputs.get(slot.name)
            plain = isinstance(slot.default, ast.Number) and operand == slot.default.value
            if operand is not None and not plain:
                value = body.value(operand)
                arguments[slot.name] = with_axes(value.tree, 0, rank if value.lead else 0)
            continue
        option = sample.estimator.options.get(slot.name)
        if option is None or option is False or estimator.carries == "score" or estimator.module:
            continue
        arguments[slot.name] = _option(body, option)
    arguments |= _settings(body, sample, estimator.carries)
    arguments["mode"] = name("self.mode")
    return arguments


def _option(body: Body, option: object) -> py.expr:
    if isinstance(option, DimOption):
        return body.dim(option.dim)
    return constant(option.word if isinstance(option, WordOption) else option)


def _settings(body: Body, sample: Sample, carries: str) -> dict[str, py.expr]:
    """How many samples, padded to how many dimensions, over how many plates."""
    kinds = {"score": ("samples", "dims"), "weights": ("plates", "dims")}.get(carries, ())
    found: dict[str, py.expr] = {}
    for kind in kinds:
        tree = body.setting((sample.result, kind))
        usual = {"samples": 1, "dims": None, "plates": 0}[kind]
        if tree is not None and not (isinstance(tree, py.Constant) and tree.value == usual):
            found[kind] = tree
    if carries == "score" and is_greedy(sample):
        found["greedy"] = constant(True)
    return found
