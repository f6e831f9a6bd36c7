"""Which estimators a stochastic node could have: the checker is asked about each. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scgc.analysis.named import Node, written
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.estimators import estimators
from scgc.ir.dims import Dim
from scgc.pipeline import Compilation

SETTINGS = {
    "score": ("score", "score(baseline = moving_average)", "score(samples = 4, baseline = leave_one_out)")
}
"""Estimators of which more than the bare name is tried."""


@dataclass(frozen=True)
class Candidate:
    """A node under one estimator. clause: behind `via`. written: whether it is the program's own."""

    clause: str
    compilation: Compilation
    written: bool = False

    @property
    def estimator(self) -> str:
        return self.clause.partition("(")[0].strip()

    @property
    def unbiased(self) -> bool:
        return not estimators()[self.estimator].biased


@dataclass(frozen=True)
class Refused:
    """An estimator that the node cannot have. code: of the diagnostic, empty where only running showed it."""

    clause: str
    code: str
    reason: str


def split(text: str) -> list[str]:
    """Clauses with commas between them: `score(samples = 2, baseline = none), rebar` are two."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def clauses(asked: str) -> list[str]:
    """What is tried: all estimators, or those asked for."""
    if asked.strip() != "all":
        return split(asked)
    return [clause for name in estimators() for clause in SETTINGS.get(name, (name,))]


def legal(base: Compilation, node: Node, wanted: Iterable[str]) -> tuple[list[Candidate], list[Refused]]:
    """The node's own estimator and the wanted ones that the checker accepts; the others with its reason."""
    mine = written(node.sample)
    found, refused = [Candidate(mine, base, True)], []
    for clause in wanted:
        if "".join(clause.split()) == "".join(mine.split()):
            continue
        other = replaced(base, {node.name: clause})
        fault = first_error(other)
        if fault is None:
            found.append(Candidate(clause, other))
        else:
            refused.append(Refused(clause, fault.code, fault.words(fault.title)))
    return found, refused


def replaced(base: Compilation, vias: Mapping[str, str]) -> Compilation:
    """The program with other estimators."""
    given = {**base.overrides, **{f"{name}.via": clause for name, clause in vias.items()}}
    return Compilation(base.source, base.variant, given, base.allow_extern)


def first_error(compilation: Compilation) -> Diagnostic | None:
    """Why a program cannot be compiled; None if it can."""
    try:
        return next((d for d in compilation.diagnostics if d.severity == "error"), None)
    except ProgramError as error:
        return error.diagnostics[0]


UNBIASED = (
    "enumerate",
    "pathwise",
    "score(samples = 16, baseline = leave_one_out)",
    "score(baseline = moving_average)",
)
"""In the order in which a reference takes them."""


def reference(
    base: Compilation, found: Mapping[str, Node], most: int, dims: Mapping[str, Dim]
) -> Compilation:
    """The program with an unbiased estimator of little variance at every node: all of their values visited
    where they are together no more than `most`."""
    vias, plain = dict[str, str](), _plainly(base, found)
    left = most
    for name, node in found.items():
        size = node.support(dims)
        for clause in UNBIASED:
            if clause == "enumerate" and (size is None or size > left):
                continue
            if first_error(replaced(base, {**plain, **vias, name: clause})) is None:
                vias[name] = clause
                left = left // size if clause == "enumerate" and size else left
                break
    return replaced(base, vias)


def _plainly(base: Compilation, found: Mapping[str, Node]) -> dict[str, str]:
    """The score function for every node that can have it; the others are as they are."""
    return {name: "score" for name in found if first_error(replaced(base, {name: "score"})) is None}
