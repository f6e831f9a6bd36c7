"""Sections of the reference: operators and layers by theme, what schedules may use, initialisers."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from scgc.ops import THEMES, inits
from scgc.ops import operators as registry
from scgc.ops.declare import Operator
from scgc.reference.markdown import block, code, facts, link, paragraph, ranges, summary, table


def operators() -> Iterator[str]:
    """Every theme but that of the schedules, which has a section of its own."""
    yield "## Operators and layers"
    for theme in THEMES:
        if theme != "schedules":
            yield from _theme(theme, theme.capitalize())


def schedules() -> Iterator[str]:
    """What may stand in a schedule."""
    yield "## Schedules"
    yield (
        "A schedule is computed from `t` (the ticks of the clock), `step`, `epoch` (with fractions) and"
        " `progress` (0 to 1), numbers, dims and the schedules above it."
    )
    both = [n for n, os in registry().items() if any(o.scalar is not None and o.torch for o in os)]
    yield f"Of the operators above it may use {', '.join(code(n) for n in both)}; and these:"
    yield from _declarations(import_module("scgc.ops.schedules").OPERATORS)


def initialisers() -> Iterator[str]:
    """What may follow `init`."""
    yield "## Initialisers"
    yield f"What may follow `init` in the declaration of a parameter. Declared in {link(inits)}."
    for init in inits.inits().values():
        yield f"### {code(init.name)}"
        yield block(init.signature)
        call = init.torch.replace("{last}", "n").replace("{", "").replace("}", "")
        yield f"{init.doc} In PyTorch: {code(call)}."
        yield facts({"numbers": ranges(init.limits, init.parsed)})


def _theme(theme: str, title: str) -> Iterator[str]:
    module = import_module(f"scgc.ops.{theme}")
    yield f"### {title}"
    yield f"{summary(module)} Declared in {link(module)}."
    yield from _declarations(module.OPERATORS)


def _declarations(declared: tuple[Operator, ...]) -> Iterator[str]:
    """The overloads of a name together."""
    for name in dict.fromkeys(o.name for o in declared):
        overloads = [o for o in declared if o.name == name]
        yield f"#### {code(name)}"
        if len(overloads) > 1:
            rows = [(code(o.signature), paragraph(o.doc), code(o.example)) for o in overloads]
            yield table(("signature", "gives", "example"), rows)
        else:
            yield block(overloads[0].signature)
            yield f"{paragraph(overloads[0].doc)} Example: {code(overloads[0].example)}."
        yield facts(_facts(overloads))


def _facts(overloads: list[Operator]) -> dict[str, str]:
    layers = [o.layer.replace("{", "").replace("}", "") for o in overloads if o.layer]
    return {
        "owns": ", ".join(map(code, layers)),
        "numbers": ", ".join(dict.fromkeys(r for o in overloads if (r := ranges(o.limits, o.parsed)))),
        "gradient": _gradient(overloads),
        "in training": "draws random numbers" if any(o.draws for o in overloads) else "",
    }


def _gradient(overloads: list[Operator]) -> str:
    """What passes, where not everything does; of overloads for integers nobody expects a gradient."""
    if any(o.derivative is None for o in overloads):
        return ""
    slots = dict.fromkeys(s for o in overloads for s in o.derivative or ())
    return f"through {' and '.join(map(code, slots))} only" if slots else "none passes"
