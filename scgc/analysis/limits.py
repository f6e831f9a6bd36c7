"""Numbers that are known before running against what the registries say they may be."""

from __future__ import annotations

from collections.abc import Mapping

from scgc.analysis.binding import Arguments
from scgc.analysis.scope import Typed
from scgc.declared import Above, Limits, Range, UpTo
from scgc.diagnostics import types as codes
from scgc.diagnostics.base import Sink
from scgc.ir.graph import DimOption, Option
from scgc.ops.signature import Match
from scgc.source import Span

Values = Mapping[str, list[tuple[Typed, Span]]]
"""Slot name -> its values with their places."""


def beyond(sink: Sink, limits: Limits, match: Match, values: Values, arguments: Arguments) -> bool:
    """Whether an option or a plain number of a call is out of its range; the first one is reported."""
    for slot, limit in limits.items():
        range_ = _range(limit, match, values)
        for number in numbers(slot, match, values):
            if not range_.holds(number):
                sink.report(
                    codes.DimOutOfRange(
                        span=arguments.span,
                        what=f"`{slot}` of `{arguments.what}`",
                        value=f"{number:g}",
                        expected=str(range_),
                        advice=f"the signature is `{arguments.signature}`.",
                    )
                )
                return True
    return False


def _range(limit: Range | Above | UpTo, match: Match, values: Values) -> Range:
    if isinstance(limit, Range):
        return limit
    if isinstance(limit, UpTo):
        most = match.dims[limit.dim].substitute(match.known).value
        return Range(1) if most is None else Range(1, most)
    others = numbers(limit.slot, match, values)
    return Range(max(others), open=True) if others else Range()


def numbers(slot: str, match: Match, values: Values) -> list[float]:
    """What is known of a slot: its option, or its values as far as they are plain numbers; schedules as they
    start."""
    found = _known(match, match.options.get(slot))
    for value, _ in values.get(slot, []):
        if value.dim is not None:
            found += _known(match, DimOption(dim=value.dim))
        elif isinstance(value.operand, int | float):
            found.append(value.operand)
        elif value.start is not None:
            found.append(value.start)
    return found


def _known(match: Match, option: Option) -> list[float]:
    found: list[float] = []
    for part in option if isinstance(option, tuple) else (option,):
        if isinstance(part, DimOption):
            value = part.dim.substitute(match.known).value
            found += [] if value is None else [value]
        elif isinstance(part, int | float) and not isinstance(part, bool):
            found.append(part)
    return found
