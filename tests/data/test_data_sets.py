"""Every data set that needs no files supplies exactly what it declares."""

import subprocess
import sys

import pytest

from scgc.data import data_sets
from scgc.data.columns import Loaded, examples
from scgc.data.fit import fit
from scgc.data.options import option_values
from scgc.data.request import Request
from scgc.ir.dims import Dim
from scgc.ir.graph import Input
from scgc.ir.types import TensorType
from scgc.syntax.parse import parse_signature

FILES_NEEDED = ("mnist_addition", "mnist_addition3", "path_queries")
OFFLINE = [n for n, d in data_sets().items() if d.fields is not None and n not in FILES_NEEDED]


def declared_type(text: str) -> TensorType:
    """`real[1, 8, 8]` or `class(2 * classes - 1)`."""
    parsed = parse_signature(f"f() -> {text}").result
    assert parsed is not None
    size = None if parsed.size is None else Dim.parse(parsed.size.span.text)
    shape = tuple(Dim.parse(d.span.text) for d in parsed.shape or ())
    return TensorType(kind=parsed.kind, size=size, shape=shape)


@pytest.mark.parametrize("name", OFFLINE)
def test_supplies_what_it_declares(name: str):
    declared = data_sets()[name]
    options = option_values(declared.parsed, {}, {})
    loaded = declared.read(Request(name, options))
    assert set(loaded.splits) == set(declared.splits)
    assert declared.fields is not None
    inputs = [
        Input(name=n, type=declared_type(t), optional=n in declared.test_only)
        for n, t in declared.fields.items()
    ]
    dims = {n: Dim.of(v) for n, v in options.items() if isinstance(v, int)} | widths(loaded, inputs)
    fitted = fit(loaded, inputs, dims, data=name)
    for part, split in fitted.splits.items():
        held_back = set() if part == "test" else set(declared.test_only)
        assert set(split) == set(declared.fields) - held_back
        assert len({len(c) for c in split.values()}) == 1
        assert examples(split) > 100


def widths(loaded: Loaded, inputs: list[Input]) -> dict[str, Dim]:
    """The sizes of padded fields: as wide as the longest example."""
    found = {}
    for wanted in inputs:
        column = loaded.splits["test"][wanted.name]
        if column.lengths is not None:
            found[str(wanted.type.shape[0])] = Dim.of(column.table.shape[1])
    return found


def test_registries_import_no_torch():
    code = (
        "import sys, scgc.data, scgc.metrics, scgc.train.optimizers as o;"
        "scgc.data.data_sets(), scgc.metrics.measures(), o.optimizers();"
        "assert not {'torch', 'numpy', 'sklearn', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
