"""The IR as text that a person reads and `parse_ir` reads back: `parse_ir(print_ir(program)) == program`.

One statement a line, `name : type = function(inputs; options)`; nets and schedules are blocks. The grammar is
`grammar/ir.lark`, its reader `ir/reader.py`. An option that is a dimension is written as it is
(`out = 2 * D`), another integer with a point (`weight_decay = 0.`), a word in single quotes, a text in
double ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from scgc.ir import graph
from scgc.ir.reader import KEYWORDS, parse_ir
from scgc.ir.types import DistType, Type

__all__ = ["parse_ir", "print_ir"]

_PLAIN = re.compile(r"(%\d+|[^\W\d]\w*)(\.(%\d+|[^\W\d]\w*))*")
_WIDEST = 28
"""Names and types up to this length are aligned in a region."""

Statement = graph.Apply | graph.Invoke | graph.Sample


def print_ir(program: graph.Program) -> str:
    """The text of a program's graph, with a line break at the end."""
    variant = f" variant {_name(program.variant)}" if program.variant is not None else ""
    sections = [
        [*_doc(program.doc), f"program {_name(program.name)}{variant}"],
        _flat(_declared(d.doc, f"dim {_name(d.name)} = {d.value}") for d in program.dims),
        _flat(_declared(i.doc, _input(i)) for i in program.inputs),
        _flat(_declared(p.doc, _param(p)) for p in program.params),
        _flat(_declared(s.doc, *_schedule(s)) for s in program.schedules),
        *(_net(net, "") for net in program.nets),
        _statements(program.body, ""),
        _flat(_declared(c.doc, f"loss {_name(c.name)} = {_operand(c.value)}") for c in program.losses),
        _flat(_declared(c.doc, f"metric {_name(c.name)} = {_operand(c.value)}") for c in program.metrics),
        [f"doc {_name(name)} = {_quoted(text)}" for name, text in program.docs.items()],
        _train(program.train) if program.train else [],
        *(_declared(e.doc, *_evaluation(e)) for e in program.evaluations),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


# ---- declarations


def _declared(doc: str, *lines: str) -> list[str]:
    return [*_doc(doc), *lines]


def _doc(doc: str) -> list[str]:
    return [f"## {line}" for line in doc.split("\n")] if doc else []


def _input(declaration: graph.Input) -> str:
    optional = " optional" if declaration.optional else ""
    return f"input {_name(declaration.name)} : {declaration.type}{optional}"


def _param(param: graph.Param) -> str:
    return f"param {_name(param.name)} : {param.type} init {_use(param.init)}"


def _schedule(schedule: graph.Schedule) -> list[str]:
    head = f"schedule {_name(schedule.name)}"
    if not schedule.body:
        return [f"{head} = {_operand(schedule.result)}"]
    return [f"{head} {{", *_statements(schedule.body, "  "), f"  return {_operand(schedule.result)}", "}"]


def _net(net: graph.Net, indent: str) -> list[str]:
    copies = f"[{net.copies}]" if net.copies is not None else ""
    arguments = ", ".join(f"{_name(a.name)} : {a.type}" for a in net.args)
    target = f" = {_quoted(net.target)}" if net.target is not None else ""
    head = f"{indent}{net.kind} {_name(net.name)}{copies}({arguments}) -> {net.result_type}{target}"
    inside = [line for nested in net.nets for line in _net(nested, indent + "  ")]
    inside += _statements(net.body, indent + "  ")
    if net.result is not None:
        inside.append(f"{indent}  return {_operand(net.result)}")
    doc = [indent + line for line in _doc(net.doc)]
    return [*doc, f"{head} {{", *inside, indent + "}"] if inside else [*doc, head]


# ---- statements


def _statements(body: Iterable[Statement], indent: str) -> list[str]:
    """One line each, names and types of a region below one another."""
    parts = [(_name(s.result), _type(s.type), _right(s)) for s in body]
    names = max((len(name) for name, _, _ in parts if len(name) <= _WIDEST), default=0)
    types = max((len(type_) for _, type_, _ in parts if len(type_) <= _WIDEST), default=0)
    return [f"{indent}{name:<{names}} : {type_:<{types}} {right}" for name, type_, right in parts]


def _right(statement: Statement) -> str:
    match statement:
        case graph.Apply(function=function, inputs=inputs, options=options, layer=layer):
            owned = f" as {_name(layer)}" if layer is not None else ""
            return f"= {_name(function)}({_arguments(inputs, options)}){owned}"
        case graph.Invoke():
            return f"= call {_called(statement)}"
        case graph.Sample(distribution=distribution, prior=prior, observe=observe):
            text = f"~ {_name(distribution)} via {_use(statement.estimator)}"
            text += f" prior {_name(prior)}" if prior is not None else ""
            return text + (f" observe {_operand(observe)}" if observe is not None else "")


def _called(invoke: graph.Invoke) -> str:
    path = "/".join(_name(part) for part in invoke.net.split("/"))
    copy = f"[{invoke.copy_index}]" if invoke.copy_index is not None else ""
    text = f"{path}{copy}({', '.join(_operand(a) for a in invoke.args)})"
    text += f" over [{', '.join(map(str, invoke.mapped))}]" if invoke.mapped else ""
    return text + (f" each [{', '.join(map(_operand, invoke.spread))}]" if invoke.spread else "")


def _use(use: graph.Use) -> str:
    arguments = _arguments(use.inputs, use.options)
    return f"{_name(use.name)}({arguments})" if arguments else _name(use.name)


def _arguments(
    inputs: Mapping[str, graph.Operand | tuple[graph.Operand, ...] | None],
    options: Mapping[str, graph.Option],
) -> str:
    values = ", ".join(f"{_name(name)} = {_value(value)}" for name, value in inputs.items())
    settings = ", ".join(f"{_name(name)} = {_option(option)}" for name, option in options.items())
    return values + (f"{';' if values else '; '}{' ' if values else ''}{settings}" if settings else "")


def _value(value: graph.Operand | tuple[graph.Operand, ...] | None) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_operand, value))}]"
    return "none" if value is None else _operand(value)


def _option(option: graph.Option) -> str:
    if isinstance(option, tuple):
        return f"[{', '.join(map(_setting, option))}]"
    return "none" if option is None else _setting(option)


def _setting(setting: graph.Setting) -> str:
    match setting:
        case graph.DimOption(dim=dim):
            return str(dim)
        case graph.WordOption(word=word):
            return f"'{word}'"
        case graph.TextOption(text=text):
            return _quoted(text)
        case bool() | float():
            return _operand(setting)
        case int():
            return f"{setting}."


def _operand(operand: graph.Operand) -> str:
    match operand:
        case str():
            return _name(operand)
        case bool():
            return str(operand).lower()
        case float():
            return repr(operand).replace("inf", "1e999")
        case int():
            return str(operand)


def _type(type_: Type) -> str:
    if isinstance(type_, DistType):
        return f"{_name(type_.family)} over {type_.event}"
    return str(type_)


def _name(name: str) -> str:
    if _PLAIN.fullmatch(name) and name not in KEYWORDS:
        return name
    return "`" + _quoted(name)[1:-1].replace("`", "\\u0060") + "`"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# ---- training


def _train(train: graph.Train) -> list[str]:
    settings = {
        "data": _use(train.data) if train.data else None,
        "batch": train.batch,
        "epochs": train.epochs,
        "steps": train.steps,
        "optimizer": _use(train.optimizer),
        "ticks": _rate(train.ticks),
        "evaluate": _rate(train.evaluate) if train.evaluate else None,
        "select": _select(train.select),
    }
    return _block("train", [(key, value) for key, value in settings.items() if value is not None])


def _evaluation(evaluation: graph.Evaluate) -> list[str]:
    settings: list[tuple[str, str | int | None]] = [
        ("data", _use(evaluation.data) if evaluation.data else None),
        ("batch", evaluation.batch),
        ("examples", evaluation.examples),
        *(("report", _use(use)) for use in evaluation.report),
    ]
    return _block(f"evaluate {_name(evaluation.name)}", [s for s in settings if s[1] is not None])


def _block(head: str, settings: list[tuple[str, str | int | None]]) -> list[str]:
    return [f"{head} {{", *(f"  {key} = {value}" for key, value in settings), "}"]


def _rate(rate: graph.Rate) -> str:
    return f"{_operand(rate.count).removesuffix('.0')} per {rate.per}"


def _select(select: graph.Select) -> str:
    target = f" {_name(select.target)}" if select.target is not None else ""
    return f"{select.rule} {select.mode}{target}"


def _flat(groups: Iterable[list[str]]) -> list[str]:
    return [line for group in groups for line in group]
