"""Relaxed draws among the rows of a table of parameters, as one call.

    z ~ Categorical(logits = T @ q) via gumbel_softmax(...)
    ... z @ V ...

becomes `select_row` where the data says how long T is: it need not keep z, which may be large. The node is
then None in training, and so nothing else may be computed from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scgc.emit import expressions
from scgc.emit.drawing import options
from scgc.emit.expressions import name
from scgc.emit.module import Assign
from scgc.emit.nodes import estimator_of
from scgc.ir.graph import Apply, Operand, Sample, Simple, held, refs, walk
from scgc.ir.types import TensorType

if TYPE_CHECKING:
    from scgc.emit.body import Body
    from scgc.emit.region import Region
    from scgc.emit.regions import Regions


@dataclass(frozen=True)
class Selection:
    """A stochastic node with what gives its logits, its distribution, and the product that reads it."""

    logits: Apply
    distribution: Apply
    sample: Sample
    product: Apply

    @property
    def parts(self) -> tuple[Simple, ...]:
        """The statements that the call stands for."""
        return self.logits, self.distribution, self.sample, self.product

    @property
    def query(self) -> str:
        return str(self.logits.inputs["y"])

    @property
    def table(self) -> str:
        return str(self.logits.inputs["x"])

    @property
    def values(self) -> str:
        return str(self.product.inputs["y"])


def selections(regions: Regions, region: Region) -> dict[str, Selection]:
    """Those of a region, by the name of the node."""
    readers: dict[str, list[Simple]] = {}
    for statement in region.by_name.values():
        for value in set(refs(statement)):
            readers.setdefault(value, []).append(statement)
    holders = {id(h): h for h in region.holders.values()}.values()
    handed_on = {n for h in holders for n in held(h)}
    if region.net is not None and isinstance(region.net.result, str):
        handed_on.add(region.net.result)
    samples = [s for s in region.by_name.values() if isinstance(s, Sample) and s.result not in handed_on]
    found = [_selection(regions, region, s, readers.get(s.result, [])) for s in samples]
    return {f.sample.result: f for f in found if f is not None and _fits(regions, region, f)}


def _selection(regions: Regions, region: Region, sample: Sample, readers: list[Simple]) -> Selection | None:
    """The node with its surroundings, if its logits stand where it is declared and one product reads it."""
    q = region.by_name.get(sample.distribution)
    if not isinstance(q, Apply) or q.function != "Categorical":
        return None
    logits = _product(region.by_name.get(str(q.inputs.get("logits"))))
    product = _product(readers[0]) if len(readers) == 1 else None
    if logits is None or product is None or product.inputs["x"] != sample.result:
        return None
    uses = regions.asked.uses[region.path]
    inline = all(uses[p.result] == 1 and p.result.startswith("%") for p in (logits, q))
    return Selection(logits, q, sample, product) if inline and "@" not in product.result else None


def _product(statement: Simple | None) -> Apply | None:
    return statement if isinstance(statement, Apply) and statement.function == "matmul" else None


def _fits(regions: Regions, region: Region, found: Selection) -> bool:
    """Whether one vector asks for one row of parameters, as many as the data says, in a way that
    `select_row` can."""
    sample = found.sample
    numbers = [o for o in sample.estimator.inputs.values() if isinstance(o, str)]
    plain = not (sample.prior or sample.where) and sample.observe is None
    plain = plain and bool(estimator_of(sample).select)
    options = sample.estimator.options
    plain = plain and not (options.get("hard") or options.get("soft"))
    plain = plain and all(n in regions.schedules and not regions.local(region, n) for n in numbers)
    tables = (found.table, found.values)
    if not plain or any(t not in regions.params or regions.local(region, t) for t in tables):
        return False
    table, values = (regions.params[t].type for t in tables)
    query = regions.operand_type(region, found.query)
    ranks = table.rank == values.rank == 2 and isinstance(query, TensorType) and query.rank == 1
    unknown = table.shape[0].substitute(regions.known).value is None
    return ranks and unknown and not _read_elsewhere(regions, region, sample.result)


def _read_elsewhere(regions: Regions, region: Region, node: str) -> bool:
    """Whether a value or cost of the program is computed from the node outside of its region."""
    costs: list[Operand] = [c.value for c in (*regions.program.losses, *regions.program.metrics)]
    read = [(regions.top, str(c)) for c in costs]
    read += [(r, n) for r in regions for s in walk(r.statements) for n in refs(s)]
    return any(_leads_to(regions, r, n) == (region.path, node) for r, n in read)


def _leads_to(regions: Regions, region: Region, dotted: str) -> tuple[str, str]:
    """The region and the name in it that a dotted name stands for."""
    *around, last = dotted.split(".")
    for part in around:
        region = regions.inner(region, part)
    return (region.path, last) if around else ("", "")


def write_selection(body: Body, found: Selection) -> None:
    """The product and the node in one line."""
    sample, product = found.sample, found.product
    tables = dict.fromkeys((found.table, found.values))
    args = [body.tree(found.query), *map(body.tree, tables)]
    tree = expressions.call(estimator_of(sample).select, *args, **options(body, sample, 0))
    for part in found.parts:
        body.remaining.subtract(set(refs(part)))
    numbered = product.result.startswith("%")
    target = body.names.numbered("h") if numbered else body.local(product.result)
    node = body.local(sample.result)
    comment = body.comments.statement(body.region, sample.result)
    body.emit(body.guard(sample.result), Assign((target, node), tree, comment))
    body.trees |= {product.result: name(target), sample.result: name(node)}
