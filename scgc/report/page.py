"""Last stage of a report: the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from scgc.analysis.named import nodes
from scgc.ir.graph import Program
from scgc.report.curves import chart, color
from scgc.report.drawing import drawing
from scgc.report.reading import PARTS, Told
from scgc.sweep.table import values
from scgc.train.result import number

MISSING = "–"


def page(runs: Sequence[Told]) -> str:
    """Runs as HTML: table, curves, and the drawings with a slider over the steps. The same runs give the same
    text. Raises ProgramError (SCG501) where no Graphviz is found."""
    names = ", ".join(dict.fromkeys(run.program.name for run in runs))
    here = files("scgc.report")
    style, script = (here.joinpath(n).read_text("utf-8") for n in ("page.css", "page.js"))
    data = json.dumps(facts(runs)).replace("<", "\\u003c")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{escape(names)}</title>
<style>
{style}</style>
</head>
<body>
<h1>{escape(names)}</h1>
{legend(runs)}
<h2>Results</h2>
{table(runs)}
<h2>Where gradients reach</h2>
{slider(runs)}
<div class="drawings">
{"".join(panel(i, run) for i, run in enumerate(runs))}</div>
{charts(runs)}
<script type="application/json" id="facts">{data}</script>
<script>
//<![CDATA[
{script}//]]>
</script>
</body>
</html>
"""


def facts(runs: Sequence[Told]) -> dict[str, Any]:
    """What the script reads: the slider's steps; of each run the records of its nodes and its schedules."""
    told = []
    for run in runs:
        known = stochastic(run.program)
        schedules = {name: points for (part, name), points in run.curves.items() if part == "schedules"}
        records = [{"step": n.step, "values": n.values} for n in run.nodes]
        told.append({"nodes": records, "schedules": schedules, "order": list(schedules), **known})
    return {"steps": slider_steps(runs), "runs": told}


def stochastic(program: Program) -> dict[str, Any]:
    """Which node of the text each node of a drawing is a copy of, and the scale of its noise: a number, or
    the name of a schedule."""
    found = nodes(program).items()
    scales = {name: node.sample.estimator.inputs.get("scale") for name, node in found}
    return {
        "copies": {copy: name for name, node in found for copy in node.copies},
        "scales": {name: scale for name, scale in scales.items() if scale is not None},
    }


def slider_steps(runs: Sequence[Told]) -> list[int]:
    """Where something was recorded of the nodes; where nothing was, of the losses."""
    noted = {n.step for run in runs for n in run.nodes}
    logged = {s for run in runs for points in run.curves.values() for s, _ in points}
    return sorted(noted or logged) or [0]


def legend(runs: Sequence[Told]) -> str:
    """The runs with their colours and what tells them apart."""
    items = []
    for i, run in enumerate(runs):
        said = run.settings
        words = [said["variant"] or "", *(f"{n} = {v}" for n, v in said.get("set", {}).items())]
        words += [f"seed {said['seed']}", f"{run.steps} steps"]
        words += [] if run.result else ["not finished"]
        text = ", ".join(word for word in words if word)
        items.append(
            f'<li><span class="chip" style="background:{color(i)}"></span><b>{escape(run.name)}</b> '
            f"{escape(text)}</li>\n"
        )
    return f'<ul class="runs">\n{"".join(items)}</ul>'


def table(runs: Sequence[Told]) -> str:
    """A row for each value of the results, a column for each run."""
    found = [values(run.result) if run.result else {} for run in runs]
    rows = list(dict.fromkeys(name for column in found for name in column))
    if not rows:
        return "<p>No run is finished.</p>"
    head = _row("th", ["", *(run.name for run in runs)])
    body = [_row("td", [name, *(_value(column, name) for column in found)]) for name in rows]
    seconds = [f"{run.result['seconds']:.1f} s" if run.result else MISSING for run in runs]
    return f"<table>\n{head}{''.join(body)}{_row('td', ['training', *seconds])}</table>"


def slider(runs: Sequence[Told]) -> str:
    """One for all drawings and curves."""
    steps = slider_steps(runs)
    return (
        f'<p class="slider"><label>step <output id="step">{steps[-1]}</output> <input type="range" id="time" '
        f'min="0" max="{len(steps) - 1}" value="{len(steps) - 1}"/></label></p>'
    )


def panel(number: int, run: Told) -> str:
    """The drawing of a run, and what is told of its nodes at the slider's step."""
    note = (
        '<p class="scale">gradient: <span class="bar"></span> <span class="least"></span> to '
        '<span class="most"></span>, the mean of |∂L/∂θ| at a node, logarithmic; '
        '<span class="none">grey</span> as large a part as examples have none</p>'
        if run.nodes
        else '<p class="scale">This run recorded nothing of its stochastic nodes.</p>'
    )
    return (
        f'<section class="run" data-run="{number}">\n<h3><span class="chip" '
        f'style="background:{color(number)}"></span>{escape(run.name)}</h3>\n{note}\n'
        f'<div class="figure">{drawing(run.program)}</div>\n<p class="schedules"></p>\n'
        f'<table class="nodes"></table>\n</section>\n'
    )


def charts(runs: Sequence[Told]) -> str:
    """The curves by their sorts."""
    last = max((run.steps for run in runs), default=0)
    text = ""
    for part, heading in PARTS.items():
        names = dict.fromkeys(n for run in runs for p, n in run.curves if p == part)
        pictures = [
            chart(n, [(i, r.curves[part, n]) for i, r in enumerate(runs) if (part, n) in r.curves], last)
            for n in names
        ]
        if pictures:
            text += (
                f'<h2>{heading.capitalize()}</h2>\n<div class="charts">\n'
                + "\n".join(pictures)
                + "\n</div>\n"
            )
    return text


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"


def _value(column: dict[str, float | None], name: str) -> str:
    if name not in column:
        return MISSING
    value = column[name]
    return "not finite" if value is None else number(value)
