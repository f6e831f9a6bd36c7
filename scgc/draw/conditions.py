"""The conditions of choices: their text, and in which rounds of a loop they hold."""

from __future__ import annotations

from collections.abc import Mapping

from scgc.draw.words import greek
from scgc.ir.dims import Dim
from scgc.ir.graph import Comparison, Test

_OPPOSITE: dict[str, Comparison] = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_BINDING = {"or": 1, "and": 2, "not": 3}


def condition(test: Test | Dim | None, strength: int = 0) -> str:
    """`r < rounds − 1 and training`, in parentheses where its operator binds less than `strength`."""
    match test:
        case Test(op="training"):
            return "training"
        case Test(op="not", left=left):
            return f"not {condition(left, _BINDING['not'])}"
        case Test(op="and" | "or" as op, left=left, right=right):
            binding = _BINDING[op]
            text = f"{condition(left, binding)} {op} {condition(right, binding + 1)}"
            return text if binding >= strength else f"({text})"
        case Test(op=op, left=left, right=right):
            return f"{condition(left)} {op} {condition(right)}"
        case _:
            return greek(str(test)).replace("-", "−")


def opposite(test: Test) -> Test:
    """What holds where a test does not."""
    if test.op == "not" and isinstance(test.left, Test):
        return test.left
    if test.op in _OPPOSITE:
        return Test(op=_OPPOSITE[test.op], left=test.left, right=test.right)
    return Test(op="not", left=test)


def holds(test: Test, index: str, low: Dim, high: Dim, known: Mapping[str, Dim]) -> bool | None:
    """Whether a test is true or false in all rounds from `low` to `high`; None where that differs or is not
    known. `known` are the dims that have a value."""
    left, right = test.left, test.right
    if isinstance(left, Dim) and isinstance(right, Dim):
        return _compared(test.op, (left - right).substitute(known), index, low, high)
    sides = [holds(t, index, low, high, known) for t in (left, right) if isinstance(t, Test)]
    match test.op:
        case "not":
            return None if sides[0] is None else not sides[0]
        case "and":
            return False if False in sides else True if None not in sides else None
        case "or":
            return True if True in sides else False if None not in sides else None
        case _:
            return None


def _compared(op: str, gap: Dim, index: str, low: Dim, high: Dim) -> bool | None:
    """Whether `gap op 0` for a gap that is linear in the index, so that its ends say all."""
    if op in (">", ">="):
        return _compared(op.replace(">", "<"), -gap, index, low, high)
    ends = [gap.substitute({index: end}) for end in (low, high)]
    slope = (gap.substitute({index: Dim.of(1)}) - gap.substitute({index: Dim.of(0)})).value
    if slope is None or gap - Dim.of(index) * slope != gap.substitute({index: Dim.of(0)}):
        return None
    least, most = (end.value for end in (ends if slope >= 0 else reversed(ends)))
    match op:
        case "<":
            return (
                True if most is not None and most < 0 else False if least is not None and least >= 0 else None
            )
        case "<=":
            return (
                True if most is not None and most <= 0 else False if least is not None and least > 0 else None
            )
    apart = (least is not None and least > 0) or (most is not None and most < 0)
    equal = least == most == 0
    if not apart and not equal:
        return None
    return equal is (op == "==")
