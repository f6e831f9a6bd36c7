"""The factors that measures ask for, of data of the user's own: are they there, and are they a table?"""

from __future__ import annotations

import torch

from scgc.data.columns import Column
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.studies import BadFactors, WithoutFactors

LAYOUT = (
    "the array `factors` is [examples, factors], a column of finite numbers for each factor; classes are "
)
LAYOUT += "whole numbers."


def verify_factors(column: Column | None, data: str, measure: str) -> None:
    """Raises ProgramError (SCG540) where there are none, (SCG541) where they are no table of numbers."""
    if column is None:
        reason = f"the data of `{data}` has none"
        raise ProgramError((WithoutFactors(span=None, measure=measure, reason=reason, advice=LAYOUT),))
    problem = _problem(column)
    if problem:
        raise ProgramError((BadFactors(span=None, data=data, problem=problem, advice=LAYOUT),))


def _problem(column: Column) -> str:
    table = column.table
    if table.dim() != 2 or 0 in table.shape:
        return f"they are of shape {list(table.shape)}"
    return "" if bool(torch.isfinite(table).all()) else "they hold what is no finite number"
