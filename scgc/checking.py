"""All that can be told of a program: the base, every variant, and the warnings that it allows."""

from __future__ import annotations

from scgc.diagnostics.allow import told, verify
from scgc.diagnostics.base import Diagnostic, Sink
from scgc.pipeline import Compilation

Found = tuple[str | None, Diagnostic]
"""A diagnostic with the variant that has it."""


def check(base: Compilation) -> tuple[Found, ...]:
    """What a program has, and without a variant given every variant, each told once however many have it.

    Allowances are looked at where all warnings are known: without errors, variants and overrides.
    """
    found = _with_variants(base)
    shown = set(told(d for _, d in found))
    kept = [pair for pair in found if pair[1] in shown]
    whole = base.variant is None and not base.overrides
    if whole and not any(d.severity == "error" for _, d in found):
        judged = Sink([d for variant, d in kept if variant is None])
        for fault in verify(base.source, [d for _, d in found]):
            judged.report(fault)
        kept = [*((None, d) for d in judged), *(pair for pair in kept if pair[0] is not None)]
    return tuple(kept)


def _with_variants(base: Compilation) -> list[Found]:
    found: list[Found] = [(base.variant, d) for d in base.found]
    for variant in base.under_variants:
        known = {d for _, d in found}
        found += [(variant.variant, d) for d in _of_variant(variant, base) if d not in known]
    return found


def _of_variant(variant: Compilation, base: Compilation) -> tuple[Diagnostic, ...]:
    """Where the base has errors only what the variant replaces is looked at."""
    if not base.sink.errors:
        return variant.found
    _ = variant.resolved
    return tuple(variant.sink)
