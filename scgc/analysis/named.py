"""The stochastic nodes of a program as its text has them, and their estimators as it writes them."""

from __future__ import annotations

from collections.abc import Mapping

from scgc.analysis.flow import Flow, flow, own
from scgc.analysis.support import MOST, support_size
from scgc.estimators import estimators
from scgc.ir.dims import Dim
from scgc.ir.graph import Apply, DimOption, Option, Program, Sample, Statement, WordOption
from scgc.ir.types import DistType
from scgc.record import Record


class Node(Record):
    """A stochastic node of the text. name: as `--set` names it, `digit.z`. copies: its dotted names, one a
    call and none for rounds of loops: `left.z`, `right.z`. sample: its statement. made: what computes its
    distribution; given: what computes the parameters of that, by name."""

    name: str
    copies: tuple[str, ...]
    sample: Sample
    made: Apply | None
    given: Mapping[str, Statement]

    def support(self, dims: Mapping[str, Dim]) -> int | None:
        """How many joint values all copies have; None where that is not known, or they cannot be listed."""
        if self.made is None or not isinstance(self.made.type, DistType):
            return None
        type_ = DistType(family=self.made.type.family, event=self.sample.type)
        each = support_size(type_, self.made, self.given, dims)
        return None if each is None or each > MOST else each ** len(self.copies)


def nodes(program: Program, opened: Flow | None = None) -> dict[str, Node]:
    """The stochastic nodes that draw, by name, in the order of drawing."""
    opened = opened or flow(program)
    found: dict[str, Node] = {}
    for copy, sample in opened.samples:
        if sample.observe is not None:
            continue
        name = shown(opened.regions.get(copy, ""), copy)
        before = found.get(name)
        made, given = _made(opened, copy)
        copies = dict.fromkeys((*(before.copies if before else ()), own(copy)))
        found[name] = Node(name, tuple(copies), sample, made, given)
    return found


def _made(opened: Flow, node: str) -> tuple[Apply | None, dict[str, Statement]]:
    """What computes the distribution of a node, and what computes its parameters."""
    sources = [a for a, edge in opened.graph.pred[node].items() if edge.slot == "distribution"]
    made = opened.statements.get(sources[0]) if sources else None
    if not isinstance(made, Apply):
        return None, {}
    given = {str(made.inputs.get(edge.slot)): a for a, edge in opened.graph.pred[sources[0]].items()}
    return made, {name: opened.statements[a] for name, a in given.items() if a in opened.statements}


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
