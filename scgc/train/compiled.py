"""What training needs of a compilation, and the data that goes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scgc.data.columns import Loaded
from scgc.data.factor_columns import verify_factors
from scgc.data.load import load
from scgc.data.request import PARTS
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import InputWithoutData, UnboundDim
from scgc.emit import emit
from scgc.ir.dims import Dim
from scgc.ir.graph import Places, Program, Use
from scgc.ir.json import from_json, to_json
from scgc.metrics import measures
from scgc.pipeline import Compilation
from scgc.train.plan import Wishes


@dataclass(frozen=True)
class Compiled:
    """The graph, the module's text, the program's text, and where things stand in it; and the same of
    what the program is in `evaluate` blocks that change dims. overrides: what `--set` replaced. observed:
    the text of the module that tells what its nodes draw."""

    program: Program
    module: str
    text: str
    places: Places
    evaluated: dict[str, Compiled] = field(default_factory=dict)
    overrides: dict[str, str] = field(default_factory=dict)
    observed: str = ""

    @classmethod
    def of(cls, compilation: Compilation) -> Compiled:
        """Raises ProgramError where the program has errors."""
        program = compilation.program
        evaluated = {name: cls.of(other) for name, other in compilation.evaluated.items()}
        text = compilation.source.text
        given = compilation.overrides
        observed = emit(program, compilation.places, observed=True)
        return cls(program, compilation.python, text, compilation.places, evaluated, given, observed)

    @property
    def title(self) -> str:
        """What its runs are called."""
        return self.program.name + (f"-{self.program.variant}" if self.program.variant else "")

    def stored(self) -> dict[str, Any]:
        """All of it as JSON, but for the places in the text."""
        return {
            "program": to_json(self.program),
            "module": self.module,
            "text": self.text,
            "evaluated": {name: other.stored() for name, other in self.evaluated.items()},
            "set": self.overrides,
            "observed": self.observed,
        }

    @classmethod
    def restored(cls, stored: dict[str, Any]) -> Compiled:
        """Of what `stored` gave. Raises ValueError, KeyError where it is something else."""
        program = from_json(stored["program"])
        evaluated = {name: cls.restored(other) for name, other in stored["evaluated"].items()}
        return cls(
            program,
            stored["module"],
            stored["text"],
            Places(),
            evaluated,
            stored["set"],
            stored.get("observed", ""),
        )

    def load(self, use: Use | None, wishes: Wishes, parts: tuple[str, ...] = PARTS) -> Loaded | None:
        """The data that a block names, checked. Raises ProgramError (SCG5xx)."""
        if use is None:
            return None
        return load(
            use,
            self.program,
            folder=wishes.data,
            base=wishes.base,
            allow_extern=wishes.allow_extern,
            spans={i.name: self.places.of("", i.name) for i in self.program.inputs},
            parts=parts,
        )

    def load_evaluations(self, data: Loaded | None, wishes: Wishes) -> dict[str, Loaded | None]:
        """The data of each `evaluate` block; `data`, that of the training, where it names none.

        Raises ProgramError (SCG505, SCG540, SCG541) too where a measure asks for an input or for factors that
        the data lacks: better now than after the training.
        """
        inputs = {i.name for i in self.program.inputs}
        found = {}
        for block in self.program.evaluations:
            other = self.evaluated.get(block.name, self)
            found[block.name] = loaded = other.load(block.data, wishes, ("test",)) or data
            fields = loaded.splits["test"] if loaded else {}
            asked = [o for use in block.report for o in use.inputs.values() if o in inputs]
            for name in (str(o) for o in asked if o not in fields):
                supplied = ", ".join(f"`{f}`" for f in fields) or "nothing"
                fault = InputWithoutData(
                    span=self.places.of("", name), data=block.name, name=name, supplied=supplied
                )
                raise ProgramError((fault,))
            for use in block.report:
                if measures()[use.name].factors:
                    verify_factors(loaded.factors.get("test") if loaded else None, block.name, use.name)
        return found

    def data_dims(self, data: Loaded | None) -> dict[str, int]:
        """The dims that only the data knows: the declared ones, and the data's own by their names.

        Raises ProgramError (SCG506) where the data does not tell one.
        """
        known = dict(data.dims) if data else {}
        values = {f"data.{n}": Dim.of(v) for n, v in known.items()}
        declared = self.program.dim_values()
        for name, dim in declared.items():
            written_out = dim.substitute(declared)
            asked = sorted(s for s in written_out.symbols if s.startswith("data."))
            value = written_out.substitute(values).value
            if asked and value is None:
                advice = "the data of the train block does not say; write a number, or choose other data."
                span = self.places.of("", name)
                raise ProgramError((UnboundDim(span=span, name=asked[0], advice=advice),))
            if asked and value is not None:
                known[name] = value
        return known
