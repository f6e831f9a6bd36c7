"""Operators for schedules only: they read `progress`, the part of the training that is done (0 to 1)."""

from __future__ import annotations

from scgc.ops.declare import Operator

OPERATORS = (
    Operator(
        "cosine(start : real[], stop : real[]) -> real[]",
        doc="In a schedule: from start to stop along half a cosine, over the whole training.",
        example="cosine(0.5, 2)",
        torch="",
        scalar="{stop} + 0.5 * ({start} - {stop}) * (1 + math.cos(math.pi * progress))",
    ),
    Operator(
        "linear(start : real[], stop : real[]) -> real[]",
        doc="In a schedule: from start to stop on a straight line, over the whole training.",
        example="linear(0.5, 2)",
        torch="",
        scalar="{start} + ({stop} - {start}) * progress",
    ),
)
