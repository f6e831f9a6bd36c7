"""What the registries declare, by where it may stand: for completion and hover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from scgc.declared import Declared
from scgc.syntax import ast

Role = Literal[
    "function", "schedule", "distribution", "estimator", "initialiser", "data", "optimizer", "reducer",
    "measure",
]  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One name of a registry. facts: what else the reference says, by a word."""

    name: str
    role: Role
    signatures: tuple[str, ...]
    doc: str
    slots: tuple[ast.Slot, ...]
    words: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, str]

    @property
    def markdown(self) -> str:
        """Its signatures, what it does, and the facts."""
        lines = [f"```scg\n{text}\n```" for text in ("\n".join(self.signatures),)]
        lines += [self.doc, *(f"*{word}*: {fact}" for word, fact in self.facts.items() if fact)]
        return "\n\n".join(lines)


@cache
def entries(role: Role) -> Mapping[str, Entry]:
    """The entries of one role by name; a function may be a distribution, too."""
    match role:
        case "function":
            return {**_operators(False), **entries("distribution")}
        case "schedule":
            return _operators(True)
        case "distribution":
            return _distributions()
        case "estimator":
            return _estimators()
        case _:
            return _declared(role)


def _operators(scheduled: bool) -> dict[str, Entry]:
    from scgc.ops import operators

    found = {}
    for name, overloads in operators().items():
        fitting = [o for o in overloads if (o.scalar is not None if scheduled else o.torch)]
        if fitting:
            doc = "\n\n".join(dict.fromkeys(o.doc for o in fitting))
            slots = {s.name: s for o in fitting for s in o.parsed.slots}
            words = {slot: words for o in fitting for slot, words in o.words.items()}
            examples = ", ".join(f"`{o.example}`" for o in fitting)
            signatures = tuple(o.signature for o in fitting)
            role: Role = "schedule" if scheduled else "function"
            found[name] = Entry(
                name, role, signatures, doc, tuple(slots.values()), words, {"example": examples}
            )
    return found


def _distributions() -> dict[str, Entry]:
    from scgc.distributions import distributions

    found = {}
    for name, family in distributions().items():
        slots = {s.name: s for p in family.parsed for s in p.slots}
        facts = {"support": family.support, "example": f"`{family.example}`"}
        doc, signatures = family.doc, tuple(family.signatures)
        found[name] = Entry(name, "distribution", signatures, doc, tuple(slots.values()), {}, facts)
    return found


def _estimators() -> dict[str, Entry]:
    from scgc.estimators import estimators

    found = {}
    for name, e in estimators().items():
        families = e.families or "every distribution"
        of = families if isinstance(families, str) else ", ".join(families)
        facts = {
            "for": of,
            "gradient": "biased" if e.biased else "unbiased",
            "cost": e.cost,
            "source": e.source,
        }
        signatures = tuple(filter(None, (e.signature, e.valued)))
        found[name] = Entry(name, "estimator", signatures, e.doc, e.parsed.slots, e.words, facts)
    return found


def _declared(role: Role) -> dict[str, Entry]:
    """The registries whose entries have one signature and a line."""
    found = {}
    for name, declared in _registry(role).items():
        doc, source = getattr(declared, "doc", ""), getattr(declared, "source", "")
        slots, words = declared.parsed.slots, declared.words
        found[name] = Entry(name, role, (declared.signature,), doc, slots, words, {"source": source})
    return found


def _registry(role: Role) -> Mapping[str, Declared]:
    from scgc.data import data_sets
    from scgc.metrics import measures
    from scgc.ops.inits import inits
    from scgc.train.optimizers import optimizers, reducers

    known: dict[str, Mapping[str, Declared]] = {
        "initialiser": inits(),
        "data": data_sets(),
        "optimizer": optimizers(),
        "reducer": reducers(),
        "measure": measures(),
    }
    return known[role]
