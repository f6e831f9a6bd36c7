"""How long steps take, fairly: the contenders take turns in one process, each turn a block of steps."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

from contenders import Steps


def interleave(
    contenders: dict[str, Steps], steps: int, rounds: int, clock: Callable[[], float] = perf_counter
) -> dict[str, float]:
    """Seconds a step of each: the median over rounds of blocks of `steps` steps.

    clock: `time.process_time` where other processes want the processor too.
    A round before the first is not counted, and every round begins with another contender.
    """
    order = list(contenders)
    blocks: dict[str, list[float]] = {name: [] for name in order}
    for _ in range(rounds + 1):
        for name in order:
            began = clock()
            contenders[name](steps)
            blocks[name].append((clock() - began) / steps)
        order.append(order.pop(0))
    return {name: median(times[1:]) for name, times in blocks.items()}
