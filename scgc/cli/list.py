"""`scgc list`: what programs can name, from the registries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated

import typer

from scgc.cli.arguments import Json

Entry = dict[str, str]


def programs() -> list[Entry]:
    from scgc.programs import shipped
    from scgc.syntax.errors import parse_program, read_source

    entries = []
    for name, path in shipped().items():
        doc = parse_program(read_source(path)).declarations[0].doc
        entries.append({"name": name, "doc": doc.split("\n")[0]})
    return entries


def ops() -> list[Entry]:
    from scgc.ops import operators

    return [
        {"name": o.name, "signature": o.signature, "doc": o.doc, "example": o.example}
        for overloads in operators().values()
        for o in overloads
    ]


def distributions() -> list[Entry]:
    from scgc.distributions import distributions

    return [
        {"name": d.name, "signature": " or ".join(d.signatures), "doc": d.doc, "example": d.example}
        for d in distributions().values()
    ]


def estimators() -> list[Entry]:
    from scgc.estimators import estimators

    return [
        {
            "name": e.name,
            "signature": " or ".join(filter(None, (e.signature, e.valued))),
            "doc": e.doc,
            "source": e.source,
        }
        for e in estimators().values()
    ]


def data() -> list[Entry]:
    from scgc.data import data_sets

    return [
        {
            "name": d.name,
            "signature": d.signature,
            "doc": d.doc,
            "fields": ", ".join(f"{n} : {t}" for n, t in (d.fields or {}).items()) or "those of your files",
            "source": d.source,
            "licence": d.licence,
        }
        for d in data_sets().values()
    ]


def optimizers() -> list[Entry]:
    from scgc.train.optimizers import optimizers

    return [
        {"name": o.name, "signature": o.signature, "doc": o.doc, "source": o.source}
        for o in optimizers().values()
    ]


def measures() -> list[Entry]:
    from scgc.metrics import measures

    return [{"name": m.name, "signature": m.signature, "doc": m.doc} for m in measures().values()]


KINDS: dict[str, tuple[str, Callable[[], list[Entry]]]] = {
    "programs": ("programs that ship with scgc", programs),
    "ops": ("functions and layers of expressions", ops),
    "distributions": ("what a stochastic node draws from", distributions),
    "estimators": ("how gradients pass a stochastic node (via ...)", estimators),
    "data": ("data sets of a train or evaluate block", data),
    "optimizers": ("optimisers of a train block", optimizers),
    "measures": ("measures of an evaluate block's report", measures),
}


def list_(
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help=f"{', '.join(KINDS)}.")] = None,
    json_: Json = False,
) -> None:
    """Show what programs can name. Without KIND, the kinds there are."""
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(KINDS)}", param_hint="KIND")
    if kind is None:
        entries = [{"name": name, "doc": doc} for name, (doc, _) in KINDS.items()]
    else:
        entries = KINDS[kind][1]()
    if json_:
        print(json.dumps({kind or "kinds": entries}))
        return
    widest = max(len(e["name"]) for e in entries)
    for entry in entries:
        if "signature" not in entry:
            print(f"{entry['name']:<{widest}}  {entry['doc']}")
        else:
            print(f"{entry['signature']}\n    {entry['doc']}")
            if "fields" in entry:
                print(f"    supplies {entry['fields']}")
            if "source" in entry:
                print(f"    source: {entry['source']}")
