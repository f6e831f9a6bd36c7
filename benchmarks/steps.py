"""How long a training step takes, compiled by scgc and written by hand.

    python benchmarks/steps.py [--programs mnist_addition bandit] [--threads 1]

prints a table: the hand-written step (handwritten/NAME.py), the step of the compiled module, the whole
training loop of `scgc run`, ratios to the hand-written step, and the memory that a step needs. Both models
are checked to have the same loss and gradients first.
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from handwritten import names

from scgc.cli.run import share_the_processor


def arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__.split("\n")[0], formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--programs", nargs="+", choices=names(), default=names(), metavar="NAME", help="which"
    )
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument("--steps", type=int, default=100, help="in a block; the loop logs every 100 steps")
    parser.add_argument("--rounds", type=int, default=30, help="blocks of each contender")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    share_the_processor()
    import torch

    torch.set_num_threads(asked.threads)
    threads = "1 thread" if asked.threads == 1 else f"{asked.threads} threads"
    print(f"Milliseconds a training step, PyTorch {torch.__version__}, CPU, {threads}; ratios to by hand.\n")
    print(
        line("program", "by hand", "compiled", "ratio", "scgc's loop", "ratio", "KiB by hand", "KiB compiled")
    )
    print("| :--" + " | --:" * 7 + " |")
    for name in asked.programs:
        print(measure(name, asked.steps, asked.rounds), flush=True)


def measure(name: str, steps: int, rounds: int) -> str:
    """The table's line of a program."""
    from agreement import verify_agreement
    from contenders import contenders
    from memory import peak
    from subject import Subject
    from timing import interleave

    from scgc.train.runs import RunDirectory

    subject = Subject.of(name)
    verify_agreement(subject)
    with TemporaryDirectory() as folder, closing(RunDirectory.create(Path(folder), name)) as directory:
        everyone = contenders(subject, directory)
        times = interleave(everyone, steps, rounds)
        memory = [f"{peak(everyone[which]) / 1024:.0f}" for which in ("by hand", "compiled")]
    cells = [f"{1000 * times['by hand']:.3f}"]
    for which in ("compiled", "scgc's loop"):
        cells += [f"{1000 * times[which]:.3f}", f"{times[which] / times['by hand']:.2f}"]
    return line(name, *cells, *memory)


def line(*cells: str) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(f"{c:<23}" if i == 0 else f"{c:>8}" for i, c in enumerate(cells)) + " |"


if __name__ == "__main__":
    main()
