"""The words of the language, by how they are shown."""

from __future__ import annotations

from functools import cache

from scgc.analysis.constants import KINDS
from scgc.distributions import distributions
from scgc.ops import operators
from scgc.ops.inits import inits
from scgc.syntax.reading import grammar

DECLARING = (
    "program", "use", "dim", "size", "input", "param", "net", "fn", "extern", "schedule", "loss", "metric",
    "train", "evaluate", "variant", "sweep",
)  # fmt: skip
"""The words that begin a declaration."""

LOGIC = ("and", "or", "not")
CONSTANTS = ("true", "false", "none")


@cache
def keywords() -> tuple[str, ...]:
    """Every word of the grammar."""
    return tuple(sorted(w for w in grammar().tables.signs.values() if w.isalpha()))


@cache
def ruling() -> tuple[str, ...]:
    """The words of the grammar that begin no declaration: clauses, loops, `return`."""
    return tuple(w for w in keywords() if w not in (*DECLARING, *LOGIC, *KINDS))


@cache
def types() -> tuple[str, ...]:
    return tuple(KINDS)


@cache
def functions() -> tuple[str, ...]:
    """What may be called in an expression; `z'` and the like, which have no name of their own, left out."""
    named = (n for n, overloads in operators().items() if any(o.torch or o.scalar for o in overloads))
    return tuple(sorted({*named, "nll", "propagate", "range", *inits()}))


@cache
def families() -> tuple[str, ...]:
    return tuple(distributions())
