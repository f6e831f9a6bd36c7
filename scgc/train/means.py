"""How runs side by side go, for one watcher: the means over them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scgc.train.loop import Watcher
    from scgc.train.state import State


class Means:
    """Collects what the watchers that `of` gives are told, and passes the means on to another."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.trained: list[tuple[State, dict[str, float], dict[str, float]]] = []
        self.evaluated: list[tuple[State, dict[str, float]]] = []
        self.observed: list[tuple[State, list[str]]] = []

    def of(self, seed: int) -> Each:
        """The watcher of one run."""
        return Each(self, seed)

    def pass_on(self) -> None:
        """Tell what has come together since the last time."""
        if self.trained:
            state, _, schedules = self.trained[0]
            self.watcher.trained(state, _means([values for _, values, _ in self.trained]), schedules)
        if self.evaluated:
            values = _means([values for _, values in self.evaluated])
            self.watcher.evaluated(self.evaluated[0][0], values, best=False)
        for state, words in self.observed:
            self.watcher.observed(state, {}, words)
        self.trained, self.evaluated, self.observed = [], [], []


class Each:
    """The watcher of one of the runs."""

    def __init__(self, means: Means, seed: int) -> None:
        self.means, self.seed = means, seed

    def trained(self, state: State, values: dict[str, float], schedules: dict[str, float]) -> None:
        self.means.trained.append((state, values, schedules))

    def evaluated(self, state: State, values: dict[str, float], best: bool) -> None:
        self.means.evaluated.append((state, values))

    def observed(self, state: State, nodes: dict[str, Any], words: list[str]) -> None:
        if words:
            self.means.observed.append((state, [f"seed {self.seed}: {sentence}" for sentence in words]))


def _means(several: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: mean(values[name] for values in several) for name in several[0]}
