"""How a data set is declared: its options in the notation of signatures, and the fields it supplies.

The checker reads declarations without torch; `read` is called only when a run starts. In a signature `dim`
is a whole number, `number` a real one, `flag` true or false, `text` a string, `word` one of a few words,
`any` whatever is written; `options... : any` takes named options that are not listed. The types of fields
may use the options' names: `real[arms]`; a name that is no option is a size, a length that differs between
examples: `class(14)[n]`. A list is an option with a shape: `depth : dim[depths] = [1, 2, 3]`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING

from scgc.declared import Declared

if TYPE_CHECKING:
    from scgc.data.columns import Loaded
    from scgc.data.request import Request


class DataSet(Declared):
    """A data set that `data = NAME(...)` may name.

    signature: `mnist_addition(pairs : dim = 30000, digits : dim = none)`; `none` means "not given".
    fields: what it supplies, with the type of one example; None where the user's own files decide.
    dims: the `data.NAME` dimensions it supplies, with what each counts; None where the user's files decide.
    doc: one line for the reference.
    test_only: the fields that "train" does not have, for measures; inputs of their names are `optional`.
    splits: the parts it has; "train" is trained on, "test" is evaluated on; what is looked at while training,
        and selects the result, is "validation" where there is one, else "test".
    source, licence: where the data comes from and on what terms.
    read: gives the data. Raises `ProgramError` where it cannot.
    categories: words for the classes of a field, in pictures.
    extern: whether it runs Python of the user's (only with --allow-extern).
    """

    fields: dict[str, str] | None
    doc: str
    source: str
    licence: str
    read: Callable[[Request], Loaded]
    dims: dict[str, str] | None = field(default_factory=dict)
    test_only: tuple[str, ...] = ()
    splits: tuple[str, ...] = ("train", "test")
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    extern: bool = False
