"""What the Gumbel scale does after saturation: programs/scale_toy.scg, as in the thesis's figure 5.4.

    python docs/plots/scale.py -o docs/pictures/scale_toy.svg

For each scale beta, trained as the program says: the parameter of the right category, the size of its
gradient, and its probability in the first steps. Means over seeds, the gradient's over some steps too; the
bands hold a standard deviation to each side.
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from pathlib import Path

import look
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

import scgc
from scgc.train.optimizers import build
from scgc.train.plan import Plan, Wishes, make_plan

PROGRAM = "scale_toy"
BETAS = ("0.5", "1", "2", "4")
SMOOTH = 50
"""Steps over which gradients are averaged."""
EARLY = 200
"""Steps after which every probability is near 1."""
POINTS = 100
"""How many of its steps a curve shows."""


def main() -> None:
    parser = ArgumentParser(description=__doc__.split("\n")[0], formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("-o", dest="picture", type=Path, required=True, metavar="FILE")
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    plan = make_plan(scgc.Compilation.of(PROGRAM).program, Wishes(), None)
    draw({beta: train(plan, beta, asked.seeds) for beta in BETAS}, asked.picture)


def train(plan: Plan, beta: str, seeds: int) -> Tensor:
    """[seeds, steps, 3]: parameter and gradient of the right category, and its probability, at every step."""
    return torch.stack([train_once(plan, beta, seed) for seed in range(seeds)])


def train_once(plan: Plan, beta: str, seed: int) -> Tensor:
    torch.manual_seed(seed)
    model = scgc.load(PROGRAM, set={"beta": beta}).train()
    theta = model.get_parameter("theta")
    optimizer = build(plan.trainers[0].optimizer, plan.trainers[0].options, [theta])
    rows = []
    for _ in range(plan.clock.total):
        before = theta.detach().clone()
        optimizer.zero_grad()
        model(batch=plan.batch).loss.backward()
        assert theta.grad is not None
        rows.append(torch.stack([before[0], theta.grad[0].abs(), before.softmax(0)[0]]))
        optimizer.step()
    return torch.stack(rows)


def draw(runs: dict[str, Tensor], path: Path) -> None:
    """The three panels; `runs` by beta, [seeds, steps, 3]."""
    look.use()
    figure = Figure(figsize=(9.6, 3.0), layout="constrained")
    parameter, gradient, probability = figure.subplots(1, 3)
    for run, colour in zip(runs.values(), look.COLOURS, strict=False):
        band(parameter, run[:, :, 0], colour)
        bins = run[:, : run.shape[1] // SMOOTH * SMOOTH, 1].mean(0).reshape(-1, SMOOTH).mean(1)
        gradient.plot(SMOOTH * (torch.arange(len(bins)) + 0.5), bins, color=colour, linewidth=2)
        band(probability, run[:, :EARLY, 2], colour)
    gradient.set_yscale("log")
    dress(parameter, "parameter $\\theta_1$", len(run[0]))
    dress(gradient, "gradient $|\\partial L / \\partial \\theta_1|$", len(run[0]))
    dress(probability, "probability of category 1", EARLY)
    ends = [
        (f"β = {beta}", c, float(run[:, -1, 0].mean()))
        for (beta, run), c in zip(runs.items(), look.COLOURS, strict=False)
    ]
    look.name_lines(parameter, ends, gap=0.1)
    look.save(figure, path)


def band(panel: Axes, values: Tensor, colour: str) -> None:
    """Mean and standard deviation over seeds of values [seeds, steps]."""
    every = max(1, values.shape[1] // POINTS)
    steps = torch.arange(values.shape[1])[::every]
    mean, deviation = values.mean(0)[::every], values.std(0)[::every]
    panel.fill_between(steps, mean - deviation, mean + deviation, color=colour, alpha=0.2, linewidth=0)
    panel.plot(steps, mean, color=colour, linewidth=2)


def dress(panel: Axes, text: str, steps: int) -> None:
    """Title and axis of the steps."""
    panel.set_title(text, loc="left", fontsize="medium", color=look.INK)
    panel.set_xlabel("steps")
    panel.set_xlim(0, steps)


if __name__ == "__main__":
    main()
