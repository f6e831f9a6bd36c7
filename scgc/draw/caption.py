"""What stands under the figure: the program's name and purpose, its schedules' formulas and the sizes of the
dimensions that the figure names, and how to read the gradients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scgc.draw.flat import Path
from scgc.draw.formula import Formula
from scgc.draw.nodes import Node
from scgc.draw.players import told
from scgc.draw.words import greek, number, sentence, wrapped
from scgc.ir.graph import Program, Schedule

_LINE = 84


@dataclass(frozen=True)
class Caption:
    """Lines of text under the figure; `legend` names the strokes that the figure has."""

    name: str
    title: tuple[str, ...]
    lines: tuple[str, ...]
    legend: tuple[str, ...]


def caption(
    program: Program,
    nodes: Mapping[Path, tuple[Node, ...]],
    boxes: Iterable[str],
    legend: tuple[str, ...],
) -> Caption:
    """The caption of a program's figure; `boxes` is what stands at the top of its clusters."""
    drawn = [n for group in nodes.values() for n in group]
    name = program.name if program.variant is None else f"{program.name}, {program.variant}"
    title = wrapped([*f"{name}. ".split(), *sentence(program.doc).split()], _LINE)
    params = [f"{greek(p.name)} : {p.type}" for p in program.params]
    lines = _joined([schedule(s) for s in program.schedules])
    beside = [line for n in drawn for line in (*n.above, *n.below)]
    lines += _joined([*params, *_dims(program, [*beside, *boxes, *params])])
    lines += told(program)
    lines += _left_out(program, {n.id for n in drawn})
    title[0] = title[0][len(name) + 1 :].strip()
    return Caption(name, tuple(title), tuple(lines), legend)


def _left_out(program: Program, drawn: set[str]) -> list[str]:
    """The inputs that no node reads."""
    reported = {x for e in program.evaluations for use in e.report for x in use.inputs.values()}
    lines = []
    for words, wanted in (("only reported on: ", True), ("unused: ", False)):
        names = [i.name for i in program.inputs if i.name not in drawn and (i.name in reported) == wanted]
        if names:
            lines.append(words + ", ".join(map(greek, names)))
    return lines


def schedule(declared: Schedule) -> str:
    """`β = τ · (1 − exp(−0.008 · t))`."""
    body = {s.result: s for s in declared.body}
    result = declared.result
    text = Formula(body.get).operand(result)
    orelse = "" if declared.evaluated is None else f", in evaluation {number(declared.evaluated)}"
    return f"{greek(declared.name)} = {text}{orelse}"


def _dims(program: Program, texts: list[str]) -> list[str]:
    """The dimensions and lengths that the figure names."""
    words = set(re.findall(r"[^\W\d]\w*", " ".join(texts)))
    sizes = [f"{s.name} ≤ {s.most}" for s in program.sizes if s.name in words]
    return [f"{d.name} = {d.value}" for d in program.dims if d.name in words] + sizes


def _joined(parts: list[str]) -> list[str]:
    """Parts side by side, with wide gaps, as many a line as fit."""
    gap = "\u2003"
    return [line.replace(" \0", gap).replace("\0", "") for line in wrapped([f"\0{p}" for p in parts], _LINE)]
