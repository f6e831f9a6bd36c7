"""How long a step of K runs takes that differ in the seed: one after another, and as one batched program.

    python benchmarks/seeds.py [--programs digit_addition mnist_addition] [--seeds 8] [--threads 1]

prints a table: the training loop of `scgc run` (it draws batches, sets schedules, watches the loss and logs)
one step with each of K models, the loop of `scgc run --seeds K`, the same with --compile, and ratios to the
first; by the clock and by processor time, which counts where other processes want the processor too. The data
is made up; evaluations and checkpoints, which each run has by itself in either way, are left out. Compiling
is not counted, but told.
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from scgc.cli.run import share_the_processor

ALONE, TOGETHER, WHOLE = "one after another", "--seeds", "--seeds --compile"


def arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__.split("\n")[0], formatter_class=ArgumentDefaultsHelpFormatter)
    default = ["digit_addition", "mnist_addition"]
    parser.add_argument("--programs", nargs="+", default=default, metavar="NAME", help="which")
    parser.add_argument("--seeds", type=int, default=8, metavar="K", help="runs")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument("--steps", type=int, default=50, help="in a block")
    parser.add_argument("--rounds", type=int, default=10, help="blocks of each contender")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    share_the_processor()
    import torch

    torch.set_num_threads(asked.threads)
    print(
        f"Milliseconds a step of {asked.seeds} runs, PyTorch {torch.__version__}, threads: {asked.threads}.\n"
    )
    heads = (ALONE, TOGETHER, "ratio", WHOLE, "ratio", "compiling, s")
    print("| program | measured by | " + " | ".join(heads) + " |")
    print("| :-- | :-- |" + " --: |" * len(heads))
    for name in asked.programs:
        for words in measure(name, asked.seeds, asked.steps, asked.rounds):
            print(words, flush=True)


def measure(name: str, runs: int, steps: int, rounds: int) -> list[str]:
    """The table's lines of a program."""
    from scgc.gradients.timing import interleave

    with TemporaryDirectory() as folder, ExitStack() as directories:
        contenders, seconds = everyone(name, runs, Path(folder), directories)
        clocks = {"clock": perf_counter, "processor": process_time}
        found = {what: interleave(contenders, steps, rounds, clock) for what, clock in clocks.items()}
    return [line(name, what, times, seconds) for what, times in found.items()]


def everyone(
    name: str, runs: int, folder: Path, directories: ExitStack
) -> tuple[dict[str, Callable[[int], None]], float]:
    """The contenders, and the seconds that compiling took."""
    from contenders import Portions, UsedUp, make_loop
    from subject import DEVICE, Subject

    from scgc.train.abreast import Abreast
    from scgc.train.batches import training_batches
    from scgc.train.loop import Loop
    from scgc.train.runs import RunDirectory

    subject = Subject.of(name)

    def loops(which: str) -> list[Loop]:
        found = []
        for seed in range(runs):
            directory = RunDirectory.create(folder / which / str(seed), name)
            directories.callback(directory.close)
            batches = training_batches(subject.data, subject.plan.batch, seed, DEVICE)
            found.append(make_loop(subject, batches, (directory,)))
        return found

    def in_portions(loop: Loop | Abreast) -> Callable[[int], None]:
        loop.batches = portions = Portions(loop.batches)

        def steps(count: int) -> None:
            portions.left = count
            with suppress(UsedUp):
                loop.run()

        return steps

    alone = [in_portions(loop) for loop in loops("alone")]

    def one_after_another(count: int) -> None:
        for steps in alone:
            steps(count)

    group, compiled = Abreast(loops("together")), Abreast(loops("whole"))
    compiled.compile(low=False, tell=print)
    contenders = {
        ALONE: one_after_another,
        TOGETHER: in_portions(group),
        WHOLE: in_portions(compiled),
    }
    began = perf_counter()
    contenders[WHOLE](2)  # the first is always eager
    return contenders, perf_counter() - began


def line(name: str, what: str, times: dict[str, float], seconds: float) -> str:
    """A line of a Markdown table."""
    cells = [f"{1000 * times[ALONE]:.2f}"]
    for which in (TOGETHER, WHOLE):
        cells += [f"{1000 * times[which]:.2f}", f"{times[which] / times[ALONE]:.2f}"]
    return f"| {name} | {what} | " + " | ".join([*cells, f"{seconds:.0f}"]) + " |"


if __name__ == "__main__":
    main()
