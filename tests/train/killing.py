"""Kills a run with SIGKILL at random moments and resumes it; a program of its own: `killing.py FOLDER KILLS`.

It imports torch once, computes on one thread, and forks a process for each run. The run `whole` is left
alone. Prints as JSON how many checkpoints there were after each kill, those half written among them.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train.compiled import Compiled
from scgc.train.keeping import Keeper
from scgc.train.plan import Wishes
from scgc.train.resuming import Again, resume
from scgc.train.run import run

PROGRAM = """program brief
schedule gentle = 0.05 / (1 + epoch)
input x : real[2]
input label : class(3)
logits = x |> linear(8) |> relu |> dropout(0.3) |> linear(3)
z ~ Categorical(logits = logits) via score(baseline = moving_average)
loss wrong = cross_entropy(logits, label) - z[label]
metric accuracy = argmax(logits) == label
train {
  data = clusters(classes = 3, examples = 200)
  batch = 32
  epochs = 8
  optimizer = adam(lr = gentle)
  evaluate = 3 per epoch
  select = best(accuracy)
}
"""


def forked(work: Callable[[], object]) -> int:
    """The number of a process that does it and leaves with 0, or 1."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            work()
            code = 0
        except ProgramError as error:
            print(error, file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    return process


def ended(process: int) -> bool:
    """Wait for it; whether it left with 0."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def main(folder: Path, kills: int) -> list[int]:
    torch.set_num_threads(1)
    os.fsync = lambda handle: None  # the machine stays up: what is written is there for the next process
    Keeper.due = lambda self, step, evaluated: step % 2 == 0 or self.clock.keeps(step)  # type: ignore[method-assign]
    compiled = Compiled.of(Compilation(Source("brief.scg", PROGRAM)))
    began = time.monotonic()
    assert ended(forked(lambda: run(compiled, Wishes(out=folder / "whole"))))
    seconds = time.monotonic() - began
    return [kill(compiled, folder / str(i), random.uniform(0, seconds)) for i in range(kills)]


def kill(compiled: Compiled, out: Path, moment: float) -> int:
    """Kill a run after some seconds and let it go on to its end."""
    process = forked(lambda: run(compiled, Wishes(out=out)))
    time.sleep(moment)
    os.kill(process, signal.SIGKILL)
    ended(process)
    saved = len(list(out.glob("*.safetensors*")))
    if (out / "settings.json").exists():
        assert ended(forked(lambda: resume(out, Again()))), moment
    else:  # it had not begun
        assert ended(forked(lambda: run(compiled, Wishes(out=out)))), moment
    return saved


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
