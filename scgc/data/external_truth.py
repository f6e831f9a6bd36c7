"""A user's own `GroundTruth`, looked at before it is used: the table, and one observation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import torch
from torch import Tensor

from scgc.data.external import call
from scgc.data.factors import LIMITS, OWN, Factor, GroundTruth
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.studies import BadFactors

ADVICE = "it has `factors`, a tuple of scgc.data.factors.Factor, and `observations(factors)`, which takes "
ADVICE += "[b, F] and gives [b, ...]."


def call_truth(request: Request) -> GroundTruth:
    """What the class or function makes. Raises ProgramError (SCG311, SCG312, SCG508, SCG541)."""
    truth = call(request, ("target", "options", *LIMITS))
    if not isinstance(truth, GroundTruth):
        _fail(request, f"a {type(truth).__name__} has no `factors` and `observations`")
    problem = _table(truth.factors) or _observation(truth)
    if problem:
        _fail(request, problem)
    return truth


def _table(factors: Sequence[Factor]) -> str:
    names = [f.name for f in factors if isinstance(f, Factor)]
    if not names or len(names) < len(factors):
        return "the table holds something else than factors" if factors else "the table is empty"
    wrong = [n for n in names if not n.isidentifier() or n in OWN or names.count(n) > 1]
    if wrong:
        return f"`{wrong[0]}` is no name of its own for a factor"
    ranges = [f for f in factors if not (f.values > 0 if f.values is not None else f.low < f.high)]
    return f"the factor `{ranges[0].name}` has no values" if ranges else ""


def _observation(truth: GroundTruth) -> str:
    from scgc.data.observing import draw

    try:
        seen = truth.observations(draw(truth.factors, 2, torch.Generator().manual_seed(0)))
    except Exception as error:  # the user's code may raise anything; it is their mistake to see
        return f"`observations` raised {type(error).__name__}: {error}"
    if not isinstance(seen, Tensor) or not seen.is_floating_point() or seen.shape[:1] != (2,):
        shape = f"{seen.dtype}{list(seen.shape)}" if isinstance(seen, Tensor) else type(seen).__name__
        return f"`observations` of two combinations gave {shape}, not floats [2, ...]"
    return ""


def _fail(request: Request, problem: str) -> NoReturn:
    fault = BadFactors(span=request.span, data=request.text("target"), problem=problem, advice=ADVICE)
    raise ProgramError((fault,))
