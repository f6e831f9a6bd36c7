"""`scgc credit`: which losses weigh which stochastic node."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scgc.cli.arguments import AllowExtern, File, Json, Set, Variant
from scgc.cli.opening import opened

if TYPE_CHECKING:
    from scgc.analysis.weighing import Weighing

HOW = {
    "value": "the gradient passes through the value drawn",
    "score": "the gradient of the log-probability is weighed by",
    "weights": "the values that it draws are weighed in",
}


def credit(
    file: File,
    variant: Variant = None,
    set_: Set = None,
    allow_extern: AllowExtern = False,
    json_: Json = False,
) -> None:
    """Show which losses weigh which node.

    And which do not, and why; with the baselines and sample axes. `scgc draw --credit` shows the
    same in the figure.
    """
    program = opened(file, variant, set_, allow_extern).program
    from scgc.analysis.weighing import weighings

    found = weighings(program)
    if json_:
        print(json.dumps({"program": program.name, "nodes": [vars(w) for w in found]}))
    else:
        print("\n\n".join(text(w) for w in found) or f"{program.name} has no stochastic nodes that draw")


def text(weighing: Weighing) -> str:
    """A node with a line for each fact."""
    others = [c for c in weighing.copies if c != weighing.node]
    lines = [f"{weighing.node} via {weighing.estimator}" + (f": {', '.join(others)}" if others else "")]
    weighed = ", ".join(weighing.weighed) or "no loss"
    how = HOW[weighing.carries]
    lines.append(f"  {how}: back from {weighed}" if weighing.carries == "value" else f"  {how} {weighed}")
    lines += [f"  not {loss}: it {reason}" for loss, reason in weighing.left.items()]
    if weighing.carries != "value":
        lines.append(f"  baseline: {weighing.baseline.replace('_', ' ')}")
    for copy, axis in weighing.axes.items():
        if axis is not None:
            count = f" of {weighing.samples} draws" if weighing.samples else ""
            lines.append(f"  {copy} adds sample axis {axis}{count}")
    return "\n".join(lines)
