"""What the loss needs of the program's stochastic nodes beside their values, by its estimators."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from scgc.analysis.bounds import averaged, is_bound
from scgc.emit.nodes import assembled, weight_name, with_weights
from scgc.emit.region import Region
from scgc.ir.graph import Operand, Sample, refs

if TYPE_CHECKING:
    from scgc.emit.regions import Regions


class Weighing:
    """The distributions, masks, weights and baselines of nodes, by dotted names as the program's body sees
    them."""

    def __init__(self, regions: Regions) -> None:
        self.regions = regions

    def distribution_of(self, node: str) -> str:
        """The dotted name of the distribution value of a stochastic node of the program."""
        region, sample = self.regions.node(self.regions.top, node)
        assert isinstance(sample, Sample)
        if not self.regions.local(region, sample.distribution):
            return sample.distribution
        return _beside(node, sample.distribution)

    def mask_of(self, node: str) -> str | None:
        """The dotted name of the mask of a stochastic node of the program."""
        _, sample = self.regions.node(self.regions.top, node)
        assert isinstance(sample, Sample)
        return None if sample.where is None else _beside(node, sample.where)

    def weights_of(self, node: str) -> str:
        """The dotted name of the weights of a stochastic node of the program."""
        return _beside(node, weight_name(node.rpartition(".")[2]))

    @cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """The stochastic nodes of which the loss needs more than the value, and the dotted names of what it
        needs: the weights, or the distribution and the mask."""
        found: dict[str, tuple[str, ...]] = {}
        for node in self.regions.nodes if self.regions.program.losses else ():
            _, sample = self.regions.node(self.regions.top, node)
            if with_weights(sample):
                found[node] = (self.weights_of(node),)
            elif assembled(sample):
                mask = self.mask_of(node)
                baseline = self.baseline_of(node)
                averages = (v for v, _ in self.averages_of(node)) if is_bound(sample) else ()
                found[node] = (
                    self.distribution_of(node),
                    *(v for v in (mask, baseline) if isinstance(v, str)),
                    *averages,
                )
        return found

    def averages_of(self, node: str) -> list[tuple[str, int]]:
        """The values, with the signs, of which losses below a node of the program are log_mean_exp."""
        found = [averaged(self.regions.top.by_name, c.value) for c in self.regions.program.losses]
        below = [f for f in found if f is not None and node in self._above(f[0])]
        return list(dict.fromkeys(below))

    def _above(self, value: str) -> set[str]:
        """The values of the program's body on which one depends."""
        waiting, found = [value], set[str]()
        while waiting:
            name = waiting.pop().split(".")[0]
            if name not in found and name in self.regions.top.by_name:
                found.add(name)
                waiting += refs(self.regions.top.by_name[name])
        return found

    def baseline_of(self, node: str) -> Operand | None:
        """The value that is the baseline of a stochastic node of the program, by its dotted name."""
        region, sample = self.regions.node(self.regions.top, node)
        assert isinstance(sample, Sample)
        value = sample.estimator.inputs.get("baseline")
        if not isinstance(value, str) or not self.regions.local(region, value):
            return value
        return _beside(node, value)

    def asks_weights(self, region: Region, node: str) -> bool:
        """Whether the loss needs the weights that come with a node's values."""
        if region is self.regions.top:
            return node in self.needs
        return weight_name(node) in self.regions.asked.required[region.path]


def _beside(node: str, name: str) -> str:
    """The dotted name of what is called so in the region of a node."""
    around, dot, _ = node.rpartition(".")
    return f"{around}{dot}{name}"
