"""The stochastic nodes of a program as its text has them, and their estimators as it writes them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from scgc.analysis.flow import Flow, flow, own
from scgc.estimators import estimators
from scgc.ir.dims import Dim
from scgc.ir.graph import DimOption, Option, Program, Sample, WordOption
from scgc.record import Record


class Node(Record):
    """A stochastic node of the text. name: as `--set` names it, `digit.z`. copies: its dotted names, one a
    call and none for rounds of loops: `left.z`, `right.z`. sample: its statement."""

    name: str
    copies: tuple[str, ...]
    sample: Sample

    def support(self, dims: Mapping[str, Dim]) -> int | None:
        """How many joint values all copies have; None where that is not known or they are not discrete."""
        type_ = self.sample.type.substitute(dims)
        each = 2 if type_.kind == "bit" else type_.size.value if type_.size else None
        sizes = [d.value for d in type_.shape]
        if each is None or type_.kind not in ("bit", "onehot") or any(s is None for s in sizes):
            return None
        plate = prod(s for s in sizes if s is not None)
        return each ** (plate * len(self.copies)) if plate * len(self.copies) <= 64 else None


def nodes(program: Program, opened: Flow | None = None) -> dict[str, Node]:
    """The stochastic nodes that draw, by name, in the order of drawing."""
    opened = opened or flow(program)
    found: dict[str, Node] = {}
    for copy, sample in opened.samples:
        if sample.observe is not None:
            continue
        name = shown(opened.regions.get(copy, ""), copy)
        before = found.get(name)
        copies = dict.fromkeys((*(before.copies if before else ()), own(copy)))
        found[name] = Node(name, tuple(copies), sample)
    return found


def shown(region: str, dotted: str) -> str:
    """A node of a net as `--set` names it: `digit.z` for the z of every call of digit."""
    local = dotted.rpartition(".")[2]
    return f"{region.replace('/', '.')}.{local}" if region else local


def written(sample: Sample) -> str:
    """The clause behind `via` as the graph has it: `gumbel_softmax(tau = tau, scale = beta)`."""
    declared = estimators()[sample.estimator.name].parsed.slots
    usual = {
        slot.name: getattr(slot.default, "value", getattr(slot.default, "id", None)) for slot in declared
    }
    given: dict[str, object] = {**sample.estimator.inputs}
    given |= {name: _plain(option) for name, option in sample.estimator.options.items()}
    parts = [f"{n} = {_word(v)}" for n, v in given.items() if v is not None and v != usual.get(n)]
    return f"{sample.estimator.name}({', '.join(parts)})" if parts else sample.estimator.name


def _plain(option: Option) -> object:
    if isinstance(option, DimOption):
        return option.dim.value if option.dim.value is not None else str(option.dim)
    value = option.word if isinstance(option, WordOption) else option
    return None if value is False else value


def _word(value: object) -> str:
    return "true" if value is True else f"{value:g}" if isinstance(value, float) else str(value)
