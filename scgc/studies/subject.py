"""The codes and the decoder of a finished run, with the data that it was trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor

from scgc.data.columns import Loaded, examples
from scgc.diagnostics.base import ProgramError, nearest
from scgc.diagnostics.studies import NothingToShow
from scgc.ir.graph import Apply, Invoke, Program
from scgc.metrics import measures
from scgc.runtime import Model
from scgc.train.batches import take
from scgc.train.evaluation import evaluating, field_of
from scgc.train.record import wishes_of
from scgc.train.resuming import read_kept
from scgc.train.runs import load_run

CHUNK = 256


@dataclass(frozen=True)
class Subject:
    """A trained model and its data. code: the value that is looked at."""

    path: Path
    model: Model
    program: Program
    data: Loaded
    code: str

    @classmethod
    def of(cls, path: Path, code: str | None = None, folder: Path | None = None) -> Subject:
        """What a run directory holds; without `code` the value whose disentanglement is measured.

        folder: where official files lie now. Raises ProgramError (SCG511, SCG5xx, SCG545).
        """
        kept = read_kept(path)
        program = kept.compiled.program
        wishes = wishes_of(kept.settings, path)
        use = program.train.data if program.train else None
        data = kept.compiled.load(use, replace(wishes, data=folder or wishes.data))
        if data is None:
            return _fail(path, "data", "pictures are of what a program was trained on.")
        model = load_run(path)
        return cls(path, model, program, data, _code(path, program, model, code))

    def examples(self, count: int) -> dict[str, Tensor]:
        """The first test examples."""
        split = self.data.splits["test"]
        return take(split, torch.arange(min(count, examples(split))), torch.device("cpu"))

    def codes(self, batch: dict[str, Tensor]) -> Tensor:
        """The codes `[b, n]` of a batch, as evaluation has them."""
        found = []
        with evaluating(self.model):
            for start in range(0, len(next(iter(batch.values()))), CHUNK):
                part = {name: value[start : start + CHUNK] for name, value in batch.items()}
                found.append(getattr(self.model(**part), field_of(self.model, self.code)))
        codes = torch.cat(found)
        if codes.dim() != 2:
            shape = "a number" if codes.dim() == 1 else f"of {codes.dim() - 1} axes"
            advice = f"`{self.code}` is {shape}; name a vector of codes with --code."
            _fail(self.path, "vector of codes", advice)
        return codes

    def observed(self, factors: Tensor) -> Tensor:
        """The codes of combinations of factors. Raises ProgramError (SCG545)."""
        truth = self.data.truth
        if truth is None or set(self.model.inputs) - {"x"}:
            advice = "it is shown of data with factors, by programs whose one input is `x`."
            return _fail(self.path, "observations of given factors", advice)
        with torch.no_grad():
            return self.codes({"x": truth.observations(factors)})

    def decoder(self, name: str) -> Callable[[Tensor], Tensor]:
        """The net `name` as a function of codes that gives pictures `[b, C, H, W]` in 0..1.

        What a loss takes as logits of pixels is shown as their probabilities. Raises ProgramError (SCG545).
        """
        calls = [s for s in self.program.body if isinstance(s, Invoke) and s.net == name]
        if not calls or len(calls[0].type.shape) != 3:
            nets = [n.name for n in self.program.nets]
            advice = f"name the net that makes pictures of codes with --decoder.{nearest(name, nets)}"
            return _fail(self.path, f"decoder `{name}`", advice)
        logits = any(_as_logits(s, calls[0].result) for s in self.program.body)
        net = getattr(self.model, name)

        def pictures(codes: Tensor) -> Tensor:
            with evaluating(self.model):
                found: Tensor = net(codes)
            return found.sigmoid() if logits else found.clamp(0, 1)

        return pictures


def _as_logits(statement: Any, value: str) -> bool:
    return isinstance(statement, Apply) and statement.inputs.get("logits") == value


def _code(path: Path, program: Program, model: Model, wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in model.fields:
            advice = f"a code is a value that the model gives out.{nearest(wanted, list(model.fields))}"
            _fail(path, f"value `{wanted}`", advice)
        return wanted
    uses = [use for block in program.evaluations for use in block.report if measures()[use.name].factors]
    if not uses:
        advice = (
            "a measure in an `evaluate` block says which value is the code, `mig(v)`; or --code names it."
        )
        _fail(path, "codes", advice)
    return str(next(iter(uses[0].inputs.values())))


def _fail(path: Path, missing: str, advice: str) -> NoReturn:
    raise ProgramError((NothingToShow(span=None, path=str(path), missing=missing, advice=advice),))
