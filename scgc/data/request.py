"""What a data set is asked for: its options as plain Python values, and where to look for files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from scgc.source import Span


@dataclass(frozen=True)
class Request:
    """One use of a data set.

    name: the data set's, for diagnostics.
    options: every option with its value; None where it was not given and has no default.
    folder: where official files lie (`--data`, else `$SCGC_DATA`), if anywhere.
    base: the folder of the program's file; paths that the program gives are relative to it.
    allow_extern: whether Python of the user's may run.
    span: where the program asks for it.
    parts: the splits that are wanted; others may be left out.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    base: Path = Path(".")
    allow_extern: bool = False
    span: Span | None = None
    parts: tuple[str, ...] = ("train", "test")

    def count(self, option: str) -> int:
        """A whole number of at least 1. Raises ProgramError (SCG215)."""
        value = self.options[option]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self._refuse(option, value, "a whole number of at least 1")
        return value

    def counts(self, option: str) -> tuple[int, ...]:
        """Whole numbers of at least 1, in ascending order and each once. Raises ProgramError (SCG215)."""
        values = self.options[option]
        whole = isinstance(values, list | tuple) and all(type(v) is int and v > 0 for v in values)
        if not whole or not values:
            self._refuse(option, values, "a list of whole numbers of at least 1")
        return tuple(sorted(set(values)))

    def number(self, option: str) -> float:
        """A finite number. Raises ProgramError (SCG215)."""
        value = self.options[option]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse(option, value, "a number")
        return float(value)

    def text(self, option: str, default: str | None = None) -> str:
        """A string. Raises ProgramError (SCG215)."""
        value = self.options.get(option)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            self._refuse(option, value, "a text in quotes")
        return value

    def _refuse(self, option: str, value: object, wanted: str) -> NoReturn:
        from scgc.diagnostics.arguments import BadOption
        from scgc.diagnostics.base import ProgramError

        fault = BadOption(
            span=self.span, function=self.name, option=option, found=str(value), expected=wanted, advice=""
        )
        raise ProgramError((fault,))
