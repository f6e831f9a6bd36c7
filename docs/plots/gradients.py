"""The mean absolute gradient in each round of ListOps, with and without DropRes: the thesis's figure 5.5.

    python docs/plots/gradients.py -o docs/pictures/listops_gradients.svg --steps 1000

For the program and its variant without shortcuts: the loss's gradient at the embeddings (0) and at what each
of the rounds hands to the discrete step (1, 2, ...), over the real tokens, averaged over the first steps of
the training that the program and `--set` describe.
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from pathlib import Path

import look
import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

import scgc
from scgc.pipeline import Compilation
from scgc.runtime import Model
from scgc.train.batches import Batch, training_batches
from scgc.train.compiled import Compiled
from scgc.train.optimizers import build
from scgc.train.plan import Wishes, make_plan, train_block

PROGRAM = "listops"
KINDS = {"DropRes": None, "no shortcuts": "no_dr"}
"""What the lines are called, and the variants."""
READ = ("tokens", "value", "parent", "n")
"""Inputs that the loss needs; the metrics' others would make the model read more states."""
CPU = torch.device("cpu")


def main() -> None:
    parser = ArgumentParser(description=__doc__.split("\n")[0], formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("-o", dest="picture", type=Path, metavar="FILE", help=".svg, .png or .pdf")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="as in scgc run")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    overrides: dict[str, str] = dict(text.split("=", 1) for text in asked.set)
    means = {}
    for name, variant in KINDS.items():
        runs = [train(variant, overrides, asked.steps, seed) for seed in range(asked.seeds)]
        means[name] = torch.stack(runs).mean((0, 1))
        print(f"{name:<14}" + "".join(f"{value:>11.2e}" for value in means[name].tolist()), flush=True)
    if asked.picture is not None:
        draw(means, asked.picture)


def train(variant: str | None, overrides: dict[str, str], steps: int, seed: int) -> Tensor:
    """[steps, rounds]: mean absolute gradients at the embeddings and behind every round but the last."""
    compiled = Compiled.of(Compilation.of(PROGRAM, variant, overrides))
    loaded = compiled.load(train_block(compiled.program).data, Wishes(), ("train",))
    assert loaded is not None
    split = loaded.splits["train"]
    plan = make_plan(compiled.program, Wishes(seed=seed, steps=steps), len(split["value"].table))
    (trainer,) = plan.trainers
    torch.manual_seed(seed)
    model = scgc.load(PROGRAM, variant, overrides).train()
    optimizer = build(trainer.optimizer, trainer.options, model.trained_by())
    batches = training_batches(split, plan.batch, seed, CPU)
    rows = []
    for step in range(steps):
        model.advance(t=plan.clock.t(step), step=step)
        optimizer.zero_grad()
        rows.append(gradients(model, next(batches)))
        optimizer.step()
    return torch.stack(rows)


def gradients(model: Model, batch: Batch) -> Tensor:
    """[rounds]: of one batch, whose gradients are left in the parameters."""
    states: list[Tensor] = []

    def keep(_: object, arguments: tuple[Tensor, ...]) -> None:
        arguments[0].retain_grad()
        states.append(arguments[0])

    # every state passes through `read` on its way to a category, the last one of all for the result
    hook = model.get_submodule("read").register_forward_pre_hook(keep)
    out = model(**{name: batch[name] for name in READ})
    hook.remove()
    out.e.retain_grad()
    out.loss.backward()
    real = torch.arange(batch["tokens"].shape[1]) < batch["n"].unsqueeze(1)
    found = [state.grad for state in (out.e, *states[:-1])]
    return torch.stack([grad[real].abs().mean() for grad in found if grad is not None])


def draw(means: dict[str, Tensor], path: Path) -> None:
    """A line for each kind; `means` by name, [rounds]."""
    look.use()
    figure = Figure(figsize=(5.6, 3.2))
    axes = figure.subplots()
    last = len(next(iter(means.values()))) - 1
    axes.set_yscale("log")
    axes.set_xlim(-0.15, last + 0.15)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("round of messages")
    axes.set_title("mean absolute gradient", loc="left", fontsize="medium", color=look.INK)
    for (name, line), colour in zip(means.items(), look.COLOURS, strict=False):
        axes.plot(range(last + 1), line.tolist(), "o-", color=colour, linewidth=2.2)
        look.name_point(axes, name, colour, last + 0.15, float(line[-1]))
    look.save(figure, path)


if __name__ == "__main__":
    main()
