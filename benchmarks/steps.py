"""How long a training step takes, compiled by scgc and written by hand.

    python benchmarks/steps.py [--programs mnist_addition bandit] [--threads 1] [--bf16]
    python benchmarks/steps.py --programs listops --variant ground_truth

prints a table: the hand-written step (handwritten/NAME.py), the step of the compiled module, the whole
training loop of `scgc run`, ratios to the hand-written step, and the memory that a step needs; with --bf16
also the step of the compiled module in autocast to bfloat16, with --compile the step as one compiled
function, and the floor: the operations of the step by hand over the rate at which PyTorch multiplies here, in
a product or a convolution. Both models are checked to have the same loss and gradients first. A variant is
checked against its own hand-written model, and its times are compared with the program's.
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from handwritten import names

from scgc.cli.run import share_the_processor

LOOP = "scgc's loop"
WHOLE = "--compile"


def arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__.split("\n")[0], formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--programs", nargs="+", choices=names(), default=names(), metavar="NAME", help="which"
    )
    parser.add_argument("--variant", help="of the programs, all of which must have it")
    parser.add_argument("--bf16", action="store_true", help="the compiled step in autocast to bfloat16 too")
    parser.add_argument("--compile", action="store_true", help="the step as one compiled function too")
    parser.add_argument("--no-passes", action="store_true", help="the program as it is written")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument("--steps", type=int, default=100, help="in a block; the loop logs every 100 steps")
    parser.add_argument("--rounds", type=int, default=30, help="blocks of each contender")
    parser.add_argument("--processor", action="store_true", help="processor time, for a machine that is busy")
    parser.add_argument("--keep", action="store_true", help="memory that is left free, as `scgc run` does")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    share_the_processor()
    import torch

    from scgc.train.process import keep_freed_memory

    torch.set_num_threads(asked.threads)
    if asked.keep:
        keep_freed_memory()
    threads = "1 thread" if asked.threads == 1 else f"{asked.threads} threads"
    print(f"Milliseconds a training step, PyTorch {torch.__version__}, CPU, {threads}; ratios to by hand.\n")
    low = ("bfloat16", "ratio", "KiB bfloat16") if asked.bf16 else ()
    whole = (WHOLE, "ratio", "floor") if asked.compile else ()
    heads = (
        "by hand",
        "compiled",
        "ratio",
        "scgc's loop",
        "ratio",
        "KiB by hand",
        "KiB compiled",
        *low,
        *whole,
    )
    print(line("program", *heads))
    print("| :--" + " | --:" * len(heads) + " |")
    for name in asked.programs:
        print(measure(name, asked), flush=True)


def measure(name: str, asked: Namespace) -> str:
    """The table's line of a program."""
    from time import perf_counter, process_time

    from agreement import verify_agreement
    from contenders import contenders
    from floor import lowest
    from subject import Subject

    from scgc.gradients.memory import peak
    from scgc.gradients.timing import interleave
    from scgc.train.runs import RunDirectory

    variant, low, whole = asked.variant, asked.bf16, asked.compile
    subject = Subject.of(name, variant, passes=not asked.no_passes)
    verify_agreement(subject)
    with TemporaryDirectory() as folder, closing(RunDirectory.create(Path(folder), name)) as directory:
        everyone = contenders(subject, directory, low, whole)
        times = interleave(
            everyone, asked.steps, asked.rounds, process_time if asked.processor else perf_counter
        )
        floor = lowest(subject) if whole else 0.0
        memory = {
            which: f"{peak(steps_of) / 1024:.0f}"
            for which, steps_of in everyone.items()
            if which not in (LOOP, WHOLE)
        }

    def timed(which: str) -> tuple[str, str]:
        ratio = times[which] / times["by hand"]
        return f"{1000 * times[which]:.3f}", f"{ratio:.{2 if ratio > 0.1 else 3}f}"

    cells = [timed("by hand")[0], *timed("compiled"), *timed(LOOP), memory["by hand"], memory["compiled"]]
    cells += [*timed("bfloat16"), memory["bfloat16"]] if low else []
    cells += [*timed(WHOLE), f"{1000 * floor:.3f}"] if whole else []
    return line(name if variant is None else f"{name}, {variant}", *cells)


def line(*cells: str) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(f"{c:<23}" if i == 0 else f"{c:>8}" for i, c in enumerate(cells)) + " |"


if __name__ == "__main__":
    main()
