"""The comparison in words: a table for each node, and which estimator to use."""

from __future__ import annotations

from typing import Any

from scgc.gradients.compare import Row, Table, best

HEADS = ("estimator", "bias", "95 % interval", "variance", "ms a step", "KiB a step", "error x ms")


def text(table: Table) -> str:
    """A node's table, what was refused, and the sentence."""
    above = ", ".join(f"`{p}`" for p in table.parameters[:4]) + (" ..." if len(table.parameters) > 4 else "")
    lines = [
        f"node {table.node}: the gradient of {above} (length {table.length:.4g}; {table.truth})",
        "bias in units of that length, variance and squared error in units of its square",
        "",
        *columns([HEADS, *(cells(row) for row in table.rows)]),
    ]
    if any(row.written for row in table.rows):
        lines += ["* as the program has it"]
    if table.refused:
        widest = max(len(r.clause) for r in table.refused)
        lines += ["", "not for this node:"]
        lines += [
            f"  {r.clause:<{widest}}  {r.code + ': ' if r.code else ''}{r.reason}" for r in table.refused
        ]
    return "\n".join([*lines, "", sentence(table)])


def cells(row: Row) -> tuple[str, ...]:
    """A row as text."""
    return (
        row.clause + (" *" if row.written else ""),
        number(row.bias.length),
        f"{number(row.bias.low)} .. {number(row.bias.high)}",
        number(row.variance),
        f"{1000 * row.seconds:.3f}",
        f"{row.memory / 1024:.0f}",
        number(1000 * row.cost),
    )


def number(value: float) -> str:
    """Three digits; what rounding alone makes is 0."""
    return "0" if abs(value) < 1e-12 else f"{value:.3g}"


def columns(rows: list[tuple[str, ...]]) -> list[str]:
    """The first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def sentence(table: Table) -> str:
    """Which estimator to use."""
    first = best(table)
    if first is None:
        return f"for node {table.node}: no estimator could be measured."
    told = f"for node {table.node}: `{first.clause}` has the lowest mean squared error per second"
    mine = next((row for row in table.rows if row.written), None)
    if mine is None or mine is first:
        return f"{told}, and it is what the program has." if mine is first else f"{told}."
    if first.cost > 0:
        return f"{told}; `{mine.clause}`, as written, has {number(mine.cost / first.cost)} times as much."
    return f"{told}: it has none."


def as_json(table: Table) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "node": table.node,
        "parameters": list(table.parameters),
        "exact": table.truth,
        "length": table.length,
        "estimators": [
            {
                "estimator": row.clause,
                "written": row.written,
                "unbiased": row.unbiased,
                "bias": row.bias.length,
                "interval": [row.bias.low, row.bias.high],
                "variance": row.variance,
                "seconds": row.seconds,
                "bytes": row.memory,
                "draws": row.draws,
                "error": row.error,
                "cost": row.cost,
            }
            for row in table.rows
        ],
        "refused": [{"estimator": r.clause, "code": r.code, "reason": r.reason} for r in table.refused],
        "advice": sentence(table),
    }
