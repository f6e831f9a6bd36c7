"""What a finished run found out, for people (a table) and for programs (a dict)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table


@dataclass(frozen=True)
class Result:
    """The selected checkpoint and what it scores.

    checkpoint: "best" or "last". step: where it was taken.
    test: means of losses and metrics over what `measured_on` says. validation: over what selected the
        checkpoint, where that is not the test data.
    evaluations: for each `evaluate` block, means and measures.
    seconds: of training, evaluations included. found: whether the run was finished before.
    """

    program: str
    variant: str | None
    seed: int
    path: Path
    checkpoint: str
    step: int
    steps: int
    seconds: float
    measured_on: str = "test data"
    validation: dict[str, float] = field(default_factory=dict)
    test: dict[str, float] = field(default_factory=dict)
    evaluations: dict[str, dict[str, float]] = field(default_factory=dict)
    found: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "program": self.program,
            "variant": self.variant,
            "seed": self.seed,
            "path": str(self.path),
            "checkpoint": self.checkpoint,
            "step": self.step,
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "measured_on": self.measured_on,
            **({"validation": self.validation} if self.validation else {}),
            "test": self.test,
            "evaluations": self.evaluations,
        }

    @classmethod
    def of(cls, found: dict[str, Any]) -> Result:
        """What `as_dict` gave. Raises KeyError, TypeError where it is something else."""
        return cls(**{**found, "path": Path(found["path"])})

    def table(self) -> Table:
        title = self.program + (f" ({self.variant})" if self.variant else "")
        table = Table(title=f"{title}, seed {self.seed}", title_justify="left")
        table.add_column("measured on")
        table.add_column("what")
        table.add_column("value", justify="right")
        for place, values in (("validation data", self.validation), (self.measured_on, self.test)):
            for name, value in values.items():
                table.add_row(place, name, number(value))
        for block, values in self.evaluations.items():
            for name, value in values.items():
                table.add_row(block, name, number(value))
        return table

    def summary(self) -> str:
        """Where the numbers come from and where the trained model is."""
        return f"{self.origin()}, {self.seconds:.1f} s; the trained model is in {self.path}"

    def origin(self) -> str:
        """Which checkpoint was measured."""
        return f"{self.checkpoint} checkpoint, step {self.step} of {self.steps}"


def number(value: float) -> str:
    """Four decimals, or a whole number as it is."""
    return str(int(value)) if abs(value) < 1e9 and value == int(value) and abs(value) > 1 else f"{value:.4f}"
