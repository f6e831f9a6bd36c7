"""The IR as text that a person reads and `parse_ir` reads back: `parse_ir(print_ir(program)) == program`.

One statement a line, `name : type = function(inputs; options)`; nets and schedules are blocks. The grammar is
`grammar/ir.lark`, its reader `ir/reader.py`. An option that is a dimension is written as it is
(`out = 2 * D`), another integer with a point (`weight_decay = 0.`), a word in single quotes, a text in
double ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from scgc.ir import graph
from scgc.ir.reader import parse_ir
from scgc.ir.text_parts import name_of, operand_of, quoted, use_of
from scgc.ir.text_statements import statements

__all__ = ["parse_ir", "print_ir"]


def print_ir(program: graph.Program) -> str:
    """The text of a program's graph, with a line break at the end."""
    variant = f" variant {name_of(program.variant)}" if program.variant is not None else ""
    sections = [
        [*_doc(program.doc), f"program {name_of(program.name)}{variant}"],
        _flat(_declared(d.doc, f"dim {name_of(d.name)} = {d.value}") for d in program.dims)
        + _flat(_declared(s.doc, f"size {name_of(s.name)} <= {s.most}") for s in program.sizes),
        _flat(_declared(i.doc, _input(i)) for i in program.inputs),
        _flat(_declared(p.doc, _param(p)) for p in program.params),
        _flat(_declared(s.doc, *_schedule(s)) for s in program.schedules),
        *(_net(net, "") for net in program.nets),
        statements(program.body, ""),
        _flat(_declared(c.doc, f"loss {name_of(c.name)} = {operand_of(c.value)}") for c in program.losses),
        _flat(_declared(c.doc, f"metric {name_of(c.name)} = {operand_of(c.value)}") for c in program.metrics),
        [f"doc {name_of(name)} = {quoted(text)}" for name, text in program.docs.items()],
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
    return f"input {name_of(declaration.name)} : {declaration.type}{optional}"


def _param(param: graph.Param) -> str:
    return f"param {name_of(param.name)} : {param.type} init {use_of(param.init)}"


def _schedule(schedule: graph.Schedule) -> list[str]:
    head = f"schedule {name_of(schedule.name)}"
    orelse = "" if schedule.evaluated is None else f" else {operand_of(schedule.evaluated)}"
    if not schedule.body:
        return [f"{head} = {operand_of(schedule.result)}{orelse}"]
    inside = [*statements(schedule.body, "  "), f"  return {operand_of(schedule.result)}"]
    return [f"{head} {{", *inside, f"}}{orelse}"]


def _net(net: graph.Net, indent: str) -> list[str]:
    copies = f"[{net.copies}]" if net.copies is not None else ""
    arguments = ", ".join(f"{name_of(a.name)} : {a.type}" for a in net.args)
    target = f" = {quoted(net.target)}" if net.target is not None else ""
    head = f"{indent}{net.kind} {name_of(net.name)}{copies}({arguments}) -> {net.result_type}{target}"
    inside = [line for nested in net.nets for line in _net(nested, indent + "  ")]
    inside += statements(net.body, indent + "  ")
    if net.result is not None:
        inside.append(f"{indent}  return {operand_of(net.result)}")
    doc = [indent + line for line in _doc(net.doc)]
    return [*doc, f"{head} {{", *inside, indent + "}"] if inside else [*doc, head]


# ---- training


def _train(train: graph.Train) -> list[str]:
    settings = {
        "data": use_of(train.data) if train.data else None,
        "batch": train.batch,
        "epochs": train.epochs,
        "steps": train.steps,
        "turns": "together" if train.together else None,
        "reduce_lr": use_of(train.reduce_lr) if train.reduce_lr else None,
        "ticks": _rate(train.ticks),
        "evaluate": _rate(train.evaluate) if train.evaluate else None,
        "select": _select(train.select),
        "checkpoint": _rate(train.checkpoint) if train.checkpoint else None,
    }
    lines = _block("train", [(key, value) for key, value in settings.items() if value is not None])
    return [*lines[:-1], *_flat(map(_player, train.players)), lines[-1]]


def _player(player: graph.Player) -> list[str]:
    kinds = {"net": player.nets, "param": player.params, "layer": player.layers, "node": player.nodes}
    over = ", ".join(f"{kind} {name_of(name)}" for kind, names in kinds.items() for name in names)
    losses = " + ".join(map(name_of, player.losses))
    times = f" {player.times} times" if player.times > 1 else ""
    head, tail = f"  minimize {losses}{times}", f"with {use_of(player.optimizer)}"
    return [f"{head} over {over}", f"    {tail}"] if over else [f"{head} {tail}"]


def _evaluation(evaluation: graph.Evaluate) -> list[str]:
    settings: list[tuple[str, str | int | None]] = [
        ("data", use_of(evaluation.data) if evaluation.data else None),
        ("batch", evaluation.batch),
        ("examples", evaluation.examples),
        *(("free", name_of(node)) for node in evaluation.free),
        ("draws", evaluation.draws),
        *((f"dim {name_of(name)}", str(dim)) for name, dim in evaluation.dims.items()),
        *(("report", use_of(use)) for use in evaluation.report),
    ]
    return _block(f"evaluate {name_of(evaluation.name)}", [s for s in settings if s[1] is not None])


def _block(head: str, settings: list[tuple[str, str | int | None]]) -> list[str]:
    return [f"{head} {{", *(f"  {key} = {value}" for key, value in settings), "}"]


def _rate(rate: graph.Rate) -> str:
    return f"{operand_of(rate.count).removesuffix('.0')} per {rate.per}"


def _select(select: graph.Select) -> str:
    target = f" {name_of(select.target)}" if select.target is not None else ""
    return f"{select.rule} {select.mode}{target}"


def _flat(groups: Iterable[list[str]]) -> list[str]:
    return [line for group in groups for line in group]
