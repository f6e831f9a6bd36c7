"""Runs as learning curves, in the manner of the thesis's figure 4.2 (left), or as a table.

    python docs/plots/curves.py runs/mnist-* -o docs/pictures/curves.svg --name tm="scale annealed"
    python docs/plots/curves.py runs/mnist-* --table

One colour for each variant: every run a thin line, their mean a thick one. Runs that are not finished are
left out, and named on the standard error. Needs the extra `docs` (matplotlib) for pictures.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from itertools import cycle
from pathlib import Path

from runs import Run, by_kind, read
from table import table


def arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN_DIR", help="as `scgc run` writes them")
    parser.add_argument("-o", dest="picture", type=Path, metavar="FILE", help=".svg, .png or .pdf")
    parser.add_argument("--table", action="store_true", help="print a Markdown table")
    parser.add_argument("--metric", default="accuracy", help="on the test data (default: accuracy)")
    parser.add_argument("--name", action="append", default=[], metavar="VARIANT=TEXT", help="what to call it")
    asked = parser.parse_args()
    if not asked.table and asked.picture is None:
        parser.error("say -o FILE, --table or both")
    return asked


def main() -> None:
    asked = arguments()
    names: dict[str, str] = dict(text.split("=", 1) for text in asked.name)
    found = {folder: read(folder, asked.metric) for folder in asked.runs}
    for folder in [folder for folder, run in found.items() if run is None]:
        print(f"not finished: {folder}", file=sys.stderr)
    kinds = by_kind(run for run in found.values() if run is not None)
    if not kinds:
        sys.exit("none of the runs is finished")
    # the order of --name, then that of the runs
    kinds = {kind: kinds[kind] for kind in dict.fromkeys([*names, *kinds]) if kind in kinds}
    if asked.table:
        print(table(kinds, names, asked.metric))
    if asked.picture is not None:
        draw(kinds, names, asked.metric, asked.picture)


def draw(kinds: dict[str, list[Run]], names: dict[str, str], metric: str, path: Path) -> None:
    """The picture. Runs with a single evaluation are dots."""
    import look
    from matplotlib.figure import Figure

    look.use()
    figure = Figure(figsize=(7.2, 4.0))
    axes = figure.subplots()
    axes.set_xlim(0, max(run.epochs[-1] for runs in kinds.values() for run in runs))
    axes.set_ylim(0, 1)
    axes.set_xlabel("epochs")
    axes.set_title(f"test {metric}", loc="left", fontsize="medium", color=look.INK)
    ends = []
    for (kind, runs), colour in zip(kinds.items(), cycle(look.COLOURS), strict=False):
        name, (epochs, means) = names.get(kind, kind), mean_curve(runs)
        if len(epochs) == 1:
            axes.plot([epochs[0]] * len(runs), [run.values[0] for run in runs], "o", color=colour, alpha=0.6)
            look.name_point(axes, name, colour, epochs[0], means[0])
            continue
        for run in runs:
            axes.plot(run.epochs, run.values, color=colour, linewidth=0.8, alpha=0.45)
        axes.plot(epochs, means, color=colour, linewidth=2.2)
        ends.append((name, colour, means[-1]))
    look.name_lines(axes, ends, gap=0.07)
    look.save(figure, path)


def mean_curve(runs: list[Run]) -> tuple[list[float], list[float]]:
    """The mean over runs at the epochs at which all were evaluated."""
    curves = [dict(zip(run.epochs, run.values, strict=True)) for run in runs]
    epochs = [epoch for epoch in curves[0] if all(epoch in curve for curve in curves)]
    return epochs, [sum(curve[epoch] for curve in curves) / len(curves) for epoch in epochs]


if __name__ == "__main__":
    main()
