"""Models as people write them in plain PyTorch, next to which the compiled ones are measured and checked.

One file a program; nothing here comes from scgc. What a file must offer is a `ByHand`. This module itself
imports no torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn


def no_replay(model: nn.Module, out: Any) -> None:
    """For models that draw nothing, or nothing where the scale of their noise is 0."""


@dataclass(frozen=True)
class ByHand:
    """A hand-written model.

    make: the module, with its own initial values. Attributes that are named like schedules of the program are
        set to their values.
    loss: of the module and a batch (inputs by name), the mean loss and what its gradient is taken of: the
        same tensor, but for score-function estimators.
    renamed: layer -> the compiled module's name of it; parameters of the module itself keep theirs.
    dims: the dims that only data knows, as they are in `make`.
    sizes: the lengths of made-up examples, of all the same.
    replay: makes the module draw what the output of the compiled one holds, where a check needs that.
    """

    make: Callable[[], nn.Module]
    loss: Callable[[Any, dict[str, Tensor]], tuple[Tensor, Tensor]]
    renamed: dict[str, str] = field(default_factory=dict)
    dims: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    replay: Callable[[Any, Any], None] = no_replay

    def carried_over(self, name: str) -> str:
        """The compiled module's name of a parameter."""
        layer, _, rest = name.rpartition(".")
        return f"{self.renamed[layer]}.{rest}" if layer else name


def names() -> list[str]:
    """The shipped programs that have a hand-written model."""
    here = Path(__file__).parent
    programs = here.parents[1] / "programs"
    shipped = {p.stem: p.relative_to(programs).with_suffix("").as_posix() for p in programs.rglob("*.scg")}
    return sorted(shipped[p.stem] for p in here.glob("*.py") if p.stem in shipped)


def by_hand(program: str, variant: str | None = None) -> ByHand:
    """The hand-written model of a program, or of a variant of it (`NAME` in capitals).

    Raises ModuleNotFoundError or AttributeError where there is none.
    """
    name = "BY_HAND" if variant is None else variant.upper()
    found: ByHand = getattr(import_module(f"handwritten.{program.rpartition('/')[2]}"), name)
    return found
