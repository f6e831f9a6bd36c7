"""The `sweep` block: which settings take which values. It says what is run, and is no part of the graph.

`seed` and `variant` are keys of their own; every other key is what `--set` may name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scgc.analysis import overrides
from scgc.analysis.resolve import variants
from scgc.diagnostics import names as codes
from scgc.diagnostics.base import Diagnostic, Label, Sink
from scgc.record import Record
from scgc.source import Span
from scgc.syntax import ast

SEED, VARIANT = "seed", "variant"
PLAIN, BASE = "none", "base"
"""Words for the program without a variant; `base` where none is declared by that name."""
MOST = 100_000
"""Numbers that a `range` may have: more are a slip."""


class Axis(Record):
    """A setting and its values as a program writes them; of `variant` their names, of `seed` numbers."""

    key: str
    values: tuple[str, ...]


def sweep_axes(tree: ast.Program, sink: Sink) -> tuple[Axis, ...]:
    """The axes of a resolved program's `sweep` block, in its order; none where it has no block."""
    blocks = [d for d in tree.declarations if isinstance(d, ast.Sweep)]
    for block in blocks[1:]:
        first = Label(blocks[0].span, "the first one")
        sink.report(codes.DuplicateBlock(span=block.span, block="sweep", others=(first,)))
    found: dict[str, tuple[ast.Setting, Axis | None]] = {}
    for setting in blocks[0].settings if blocks else ():
        if setting.key in found:
            first = Label(found[setting.key][0].span, "first set here")
            sink.report(codes.DuplicateSetting(span=setting.span, key=setting.key, others=(first,)))
        else:
            found[setting.key] = setting, read_axis(setting, tree, sink)
    return tuple(axis for _, axis in found.values() if axis is not None)


def read_axis(setting: ast.Setting, tree: ast.Program, sink: Sink) -> Axis | None:
    """`gamma = [10, 20]`, `seed = range(5)` or `seed = 3` as an axis; None where something is reported.

    A `range` within the brackets stands for its numbers.
    """
    value = setting.value
    items = value.items if isinstance(value, ast.List) else (value,)
    values: list[str] = []
    faults: list[Diagnostic] = []
    for item in items:
        try:
            texts = _texts(item)
        except ValueError as error:
            faults.append(_bad(setting, item.span, _quoted(item), str(error)))
            continue
        for text in texts:
            if text in values:
                faults.append(_bad(setting, item.span, f"`{text}` twice", "another value"))
            values.append(text)
        faults += _faults(setting, item, texts, tree)
    if setting.per is not None:
        faults.append(_bad(setting, setting.span, f"`per {setting.per}`", "a list of values"))
    if not values and not faults:
        faults.append(_bad(setting, value.span, "empty", "at least one value"))
    for fault in faults:
        sink.report(fault)
    return None if faults else Axis(setting.key, tuple(values))


def verify_sweep(tree: ast.Program, sink: Sink) -> None:
    """The block can be read, and its keys name something in the program."""
    axes = {axis.key: axis for axis in sweep_axes(tree, sink)}
    for block in (d for d in tree.declarations if isinstance(d, ast.Sweep)):
        named = (s for s in block.settings if s.key in axes and s.key not in (SEED, VARIANT))
        overrides.apply(list(tree.declarations), tuple(named), sink)


def variant_of(name: str, declared: Iterable[str]) -> str | None:
    """The variant that a value of the axis `variant` names; None for the program without one."""
    return None if name not in set(declared) and name in (PLAIN, BASE) else name


def _texts(item: ast.Expression) -> list[str]:
    """The values that one entry stands for. Raises ValueError with what is needed instead."""
    match item:
        case ast.Call(function=ast.Name(id="range"), args=args, named=()):
            numbers = range(*[_whole(a) for a in args]) if 1 <= len(args) <= 3 else None
            if numbers is None or len(numbers) > MOST:
                raise ValueError(f"a range of at most {MOST} whole numbers")
            return [str(n) for n in numbers]
        case _:
            text = item.span.text
            return [" ".join(re.sub(r"#[^\n]*\n", "\n", text).split())]


def _whole(argument: ast.Expression) -> int:
    sign = 1
    if isinstance(argument, ast.Unary) and argument.op == "-":
        sign, argument = -1, argument.operand
    if not isinstance(argument, ast.Number) or not isinstance(argument.value, int):
        raise ValueError("a range of whole numbers")
    return sign * argument.value


def _faults(
    setting: ast.Setting, item: ast.Expression, texts: list[str], tree: ast.Program
) -> list[Diagnostic]:
    """What the keys `seed` and `variant` cannot be."""
    if setting.key == SEED and not all(t.isdecimal() for t in texts):
        return [_bad(setting, item.span, _quoted(item), "a whole number from 0 on, or a range of them")]
    if setting.key == VARIANT:
        known = [v.name for v in variants(tree)]
        if texts[0] not in (*known, PLAIN, BASE):
            return [codes.UnknownVariant.among(known, texts[0], item.span)]
    return []


def _bad(setting: ast.Setting, span: Span, found: str, expected: str) -> Diagnostic:
    example = {SEED: "seed = range(5)", VARIANT: "variant = [none, exact]"}.get(
        setting.key, f"{setting.key} = [1, 2]"
    )
    return codes.BadSetting(span=span, key=setting.key, found=found, expected=expected, example=example)


def _quoted(item: ast.Expression) -> str:
    return f"`{' '.join(item.span.text.split())}`"
