"""Steps of several contenders, interleaved in one process, so that what else the machine does hits all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter


def interleave(
    contenders: Mapping[str, Callable[[int], object]],
    steps: int | Mapping[str, int],
    rounds: int,
    clock: Callable[[], float] = perf_counter,
) -> dict[str, float]:
    """Seconds a step of each: the median over rounds of blocks of `steps` steps, one number or one for each.

    clock: `time.process_time` where other processes want the processor too.
    A round before the first is not counted, and every round begins with another contender.
    """
    order = list(contenders)
    blocks: dict[str, list[float]] = {name: [] for name in order}
    for _ in range(rounds + 1):
        for name in order:
            count = steps if isinstance(steps, int) else steps[name]
            began = clock()
            contenders[name](count)
            blocks[name].append((clock() - began) / count)
        order.append(order.pop(0))
    return {name: median(times[1:]) for name, times in blocks.items()}
