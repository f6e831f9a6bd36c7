"""Sections of the reference: what the train and evaluate blocks may name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from scgc.data import FILES as DATA_FILES
from scgc.data import DataSet
from scgc.metrics import FILES as MEASURE_FILES
from scgc.reference.markdown import block, code, facts, link, ranges, table
from scgc.train import optimizers as declared


def optimizers() -> Iterator[str]:
    """What `optimizer = ...` may be."""
    yield "## Optimisers"
    yield f"What `optimizer = ...` may be in a `train` block. Declared in {link(declared)}."
    for optimizer in declared.optimizers().values():
        yield f"### {code(optimizer.name)}"
        yield block(optimizer.signature)
        yield optimizer.doc
        yield facts(
            {
                "in PyTorch": code(f"torch.optim.{optimizer.torch}"),
                "numbers": ranges(optimizer.limits, optimizer.parsed),
                "source": optimizer.source,
            }
        )

    yield "What `reduce_lr = ...` may be:"
    for reducer in declared.reducers().values():
        yield f"### {code(reducer.name)}"
        yield block(reducer.signature)
        yield reducer.doc
        yield facts(
            {
                "in PyTorch": code(f"torch.optim.lr_scheduler.{reducer.torch}"),
                "numbers": ranges(reducer.limits, reducer.parsed),
            }
        )


def data_sets() -> Iterator[str]:
    """What `data = ...` may be."""
    yield "## Data sets"
    yield "What `data = ...` may be in a `train` or `evaluate` block."
    for file in DATA_FILES:
        module = import_module(f"scgc.data.{file}")
        for data in module.DATA:
            yield f"### {code(data.name)}"
            yield block(data.signature)
            yield f"{data.doc} Declared in {link(module)}."
            if data.fields:
                rows = [(code(name), code(type_)) for name, type_ in data.fields.items()]
                yield table(("supplies", "of type"), rows)
            yield facts(_data(data))


def measures() -> Iterator[str]:
    """What a report may list."""
    yield "## Measures"
    yield "What the `report` of an `evaluate` block may list; a measure looks at a whole data set."
    for file in MEASURE_FILES:
        module = import_module(f"scgc.metrics.{file}")
        for measure in module.MEASURES:
            yield f"### {code(measure.name)}"
            yield block(measure.signature)
            yield f"{measure.doc} Declared in {link(module)}."
            better = {True: "higher", False: "lower", None: ""}[measure.higher_is_better]
            yield facts({"better": better, "source": measure.source})


def _data(data: DataSet) -> dict[str, str]:
    dims = {} if data.dims is None else data.dims
    return {
        "supplies": "arrays named as the inputs" if data.fields is None else "",
        "dims": ", ".join(f"`data.{name}`, {what}" for name, what in dims.items()),
        "parts": "" if data.fields is None else ", ".join(data.splits),
        "only for testing": ", ".join(map(code, data.test_only)),
        "needs": "`--allow-extern`" if data.extern else "",
        "source": "" if data.source == "yours" else data.source,
        "licence": "" if data.licence in ("yours", "none needed") else data.licence,
    }
