"""Every data set that needs no files supplies exactly what it declares."""

import subprocess
import sys

import pytest

from scgc.data import data_sets
from scgc.data.columns import examples
from scgc.data.fit import fit
from scgc.data.options import option_values
from scgc.data.request import Request
from scgc.ir.dims import Dim
from scgc.ir.graph import Input, SizeDecl
from scgc.ir.types import TensorType
from scgc.syntax.parse import parse_signature

ONLINE = ("mnist", "path_queries", "smallnorb", "cars3d", "shapes3d")
OFFLINE = [
    n
    for n, d in data_sets().items()
    if d.fields is not None and not n.startswith(ONLINE) and "file" not in d.signature
]


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
    dims = {n: Dim.of(v) for n, v in options.items() if isinstance(v, int)}
    named = {symbol for i in inputs for d in i.type.shape for symbol in d.symbols} - set(options)
    named -= {f"data.{n}" for n in loaded.dims}
    sizes = [SizeDecl(name=symbol, most=Dim.of(100)) for symbol in named]
    fitted = fit(loaded, inputs, dims, data=name, sizes=sizes)
    for part, split in fitted.splits.items():
        absent = set(declared.test_only) if part == "train" else set()
        assert set(split) == (set(declared.fields) | named) - absent
        assert len({len(c) for c in split.values()}) == 1
        assert examples(split) > 100


def test_registries_import_no_torch():
    code = (
        "import sys, scgc.data, scgc.metrics, scgc.train.optimizers as o;"
        "scgc.data.data_sets(), scgc.metrics.measures(), o.optimizers();"
        "assert not {'torch', 'numpy', 'sklearn', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
