"""Cross entropies over the rows of a table of parameters, without the logits where nothing else reads them.

    logits = T @ q
    loss link = cross_entropy(logits, target)

becomes `row_logits` and `row_cross_entropy` where the data says how long T is and whatever else reads the
logits needs an `optional` input, as measures of an evaluation do. In training they are then None unless such
an input is there.
"""

from __future__ import annotations

import ast as py
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scgc.emit import expressions
from scgc.emit.expressions import constant, name, simple
from scgc.emit.printing import flat
from scgc.ir.graph import Apply, Simple, held, refs
from scgc.ir.types import TensorType

if TYPE_CHECKING:
    from scgc.emit.body import Body
    from scgc.emit.regions import Regions


@dataclass(frozen=True)
class Scoring:
    """The logits, their cross entropy, and for whatever else reads them the optional inputs it needs."""

    logits: Apply
    loss: Apply
    asked: tuple[frozenset[str], ...]

    @property
    def query(self) -> str:
        return str(self.logits.inputs["y"])

    @property
    def table(self) -> str:
        return str(self.logits.inputs["x"])


def scorings(regions: Regions) -> dict[str, Scoring]:
    """Those of the program's body, by the logits and by the cross entropy."""
    if not regions.program.losses:
        return {}
    losses = [s for s in regions.top.by_name.values() if isinstance(s, Apply)]
    found = [_scoring(regions, s) for s in losses if s.function == "cross_entropy"]
    return {part.result: f for f in found if f is not None for part in (f.logits, f.loss)}


def _scoring(regions: Regions, loss: Apply) -> Scoring | None:
    """A cross entropy with its logits, if it need not have them."""
    top, known = regions.top, str(loss.inputs["logits"])
    logits = top.by_name.get(known)
    if not isinstance(logits, Apply) or logits.function != "matmul" or "@" in known:
        return None
    within = {id(h): h for h in top.holders.values()}.values()
    inner = top.within[known] or top.within[loss.result] or any(known in held(h) for h in within)
    if inner or not _wide(regions, logits):
        return None
    readers = [s for s in top.by_name.values() if known in refs(s) and s is not loss]
    asked = [_optional(regions, s, known) for s in readers]
    if not all(asked) or loss.result not in regions.asked.needed[""]:
        return None
    least = dict.fromkeys(a for a in asked if not any(b < a for b in asked))
    return Scoring(logits, loss, tuple(least))


def _wide(regions: Regions, logits: Apply) -> bool:
    """Whether one vector asks for its products with the rows of a table as long as the data says."""
    table, query = (logits.inputs[slot] for slot in ("x", "y"))
    if not isinstance(table, str) or table not in regions.params or not isinstance(query, str):
        return False
    rows, type_ = regions.params[table].type, regions.operand_type(regions.top, query)
    ranks = rows.rank == 2 and isinstance(type_, TensorType) and type_.rank == 1
    return ranks and rows.shape[0].substitute(regions.known).value is None


def _optional(regions: Regions, reader: Simple, logits: str) -> frozenset[str]:
    """The optional inputs that a statement needs beside the logits."""
    optional = {i.name for i in regions.program.inputs if i.optional}
    waiting, seen = [reader.result], {logits}
    while waiting:
        value = waiting.pop()
        if value not in seen:
            seen.add(value)
            statement = regions.top.by_name.get(value)
            waiting += [] if statement is None else refs(statement)
    return frozenset(seen & optional)


def write_scoring(body: Body, found: Scoring, statement: Apply) -> None:
    """The logits, if they are asked for; the cross entropy."""
    table = body.tree(found.table)
    if statement is found.loss:
        target = body.tree(statement.inputs["target"])  # type: ignore[arg-type]
        args = [body.tree(found.query), table, target, body.tree(found.logits.result)]
        body.keep(statement, expressions.call("row_cross_entropy", *args))
        return
    if found.query in body.pending and not simple(body.tree(found.query)):
        body.settle(found.query)
    body.reusable.pop(flat(body.tree(found.query)), None)  # the loss reads it too
    tests = [body.present(inputs) for inputs in found.asked]
    if not statement.result.startswith("%"):
        tests.insert(0, py.UnaryOp(py.Not(), name("self.training")))
    keep = constant(False) if not tests else tests[0] if len(tests) == 1 else py.BoolOp(py.Or(), tests)
    tree = expressions.call("row_logits", body.tree(found.query), table, keep=keep)
    body.hold(statement, tree)
    body.settle(statement.result)
