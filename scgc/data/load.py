"""From the `data = NAME(...)` of a program to checked tensors: the one entry of this package for a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from scgc.data import data_sets
from scgc.data.columns import Loaded
from scgc.data.fit import fit
from scgc.data.options import option_values
from scgc.data.request import PARTS, Request
from scgc.ir.graph import Program, Use
from scgc.source import Span


def load(
    use: Use,
    program: Program,
    *,
    folder: Path | None = None,
    base: Path = Path("."),
    allow_extern: bool = False,
    span: Span | None = None,
    spans: Mapping[str, Span | None] | None = None,
    parts: tuple[str, ...] = PARTS,
) -> Loaded:
    """The data that `use` names, checked against the program's inputs. Raises ProgramError (SCG5xx).

    folder: `--data`; without it `$SCGC_DATA`. base: the folder of the program's file. span: of the data
    setting. spans: of the inputs, by name. parts: the splits that are wanted.
    """
    declared = data_sets()[use.name]
    dims = program.dim_values()
    if folder is None and os.environ.get("SCGC_DATA"):
        folder = Path(os.environ["SCGC_DATA"])
    options = option_values(declared.parsed, use.options, dims)
    loaded = declared.read(Request(use.name, options, folder, base, allow_extern, span, parts))
    return fit(loaded, program.inputs, dims, data=use.name, sizes=program.sizes, spans=spans)
