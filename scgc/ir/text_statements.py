"""The statements of the IR as text, those inside of loops and choices indented."""

from __future__ import annotations

from collections.abc import Iterable

from scgc.ir import graph
from scgc.ir.dims import Dim
from scgc.ir.text_parts import FUNCTION_KEYWORDS, arguments_of, name_of, operand_of, type_of, use_of

STEP = "  "
_WIDEST = 28
"""Names and types up to this length are aligned in a region."""


Named = tuple[str, str, str]
"""A name, its type, and what follows them."""


def statements(body: Iterable[graph.Statement], indent: str) -> list[str]:
    """One line each, loops and choices a block; names and types of a region stand below one another."""
    body = tuple(body)
    simple = _aligned([(s.result, type_of(s.type), _right(s)) for s in body if isinstance(s, graph.Simple)])
    lines: list[str] = []
    for statement in body:
        match statement:
            case graph.Loop():
                lines += _loop(statement)
            case graph.Choice():
                lines += _choice(statement)
            case _:
                lines.append(simple.pop(0))
    return [indent + line for line in lines]


def _aligned(parts: list[Named]) -> list[str]:
    names = [name_of(name) for name, _, _ in parts]
    longest = max((len(name) for name in names if len(name) <= _WIDEST), default=0)
    widest = max((len(type_) for _, type_, _ in parts if len(type_) <= _WIDEST), default=0)
    return [
        f"{name:<{longest}} : {type_:<{widest}} {right}"
        for name, (_, type_, right) in zip(names, parts, strict=True)
    ]


def _right(statement: graph.Simple) -> str:
    match statement:
        case graph.Apply(function=function, inputs=inputs, options=options, layer=layer):
            owned = f" as {name_of(layer)}" if layer is not None else ""
            return f"= {name_of(function, FUNCTION_KEYWORDS)}({arguments_of(inputs, options)}){owned}"
        case graph.Invoke(args=args, mapped=mapped, spread=spread):
            text = f"= call {_net(statement)}({', '.join(map(operand_of, args))})"
            text += f" over [{', '.join(map(str, mapped))}]" if mapped else ""
            return text + (f" each [{', '.join(map(operand_of, spread))}]" if spread else "")
        case graph.Propagate(dst=dst, src=src, along=along, where=where):
            text = f"dst = {name_of(dst)}, src = {name_of(src)}, along = {name_of(along)}"
            text += f", where = {name_of(where)}" if where is not None else ""
            return f"= propagate {_net(statement)}({text})"
        case graph.Sample(distribution=distribution, prior=prior, observe=observe, where=where):
            text = f"~ {name_of(distribution)} via {use_of(statement.estimator)}"
            text += f" prior {name_of(prior)}" if prior is not None else ""
            text += f" observe {operand_of(observe)}" if observe is not None else ""
            return text + (f" where {name_of(where)}" if where is not None else "")


def _net(call: graph.Invoke | graph.Propagate) -> str:
    path = "/".join(name_of(part) for part in call.net.split("/"))
    return path + (f"[{call.copy_index}]" if call.copy_index is not None else "")


# ---- loops and choices


def _loop(loop: graph.Loop) -> list[str]:
    counted = f"range({loop.start}, {loop.start + loop.count})"
    head = f"loop {name_of(loop.result)} for {name_of(loop.index)} in {counted}"
    head += f" over {name_of(loop.over)}" if loop.over is not None else ""
    head += f" as {name_of(loop.item)}" if loop.item is not None else ""
    head += f" while {name_of(loop.alive)}" if loop.alive is not None else ""
    carried = _aligned([(c.name, type_of(c.type), _carried(c)) for c in loop.carried])
    halt = [f"{STEP}halt {name_of(loop.halt)}"] if loop.halt is not None else []
    return [f"{head} {{", *(f"{STEP}carry {c}" for c in carried), *statements(loop.body, STEP), *halt, "}"]


def _carried(carry: graph.Carry) -> str:
    return f"= {operand_of(carry.start)} <- {operand_of(carry.next)} as {name_of(carry.result)}"


def _choice(choice: graph.Choice) -> list[str]:
    lines = [f"choice {name_of(choice.result)} if {_test(choice.test)} {{", *statements(choice.body, STEP)]
    if choice.orelse:
        lines += ["} else {", *statements(choice.orelse, STEP)]
    merges = _aligned([(m.result, type_of(m.type), _merged(m)) for m in choice.merges])
    return [*lines, "}", *(f"merge {m}" for m in merges)]


def _merged(merge: graph.Merge) -> str:
    return f"= {operand_of(merge.then)} or {operand_of(merge.orelse)}"


def _test(test: graph.Test) -> str:
    left, right = (_side(side) for side in (test.left, test.right))
    match test.op:
        case "training":
            return "training"
        case "not":
            joined = isinstance(test.left, graph.Test) and test.left.op in ("training", "and", "or")
            return f"not {left}" if joined else f"not ({left})"
        case _:
            return f"{left} {test.op} {right}"


def _side(side: graph.Test | Dim | None) -> str:
    """What a sign of a test stands beside; tests joined by others are in parentheses."""
    if isinstance(side, graph.Test):
        return f"({_test(side)})" if side.op in ("and", "or") else _test(side)
    return str(side)
