"""ListOps: nested operations on lists of numerals, and the numeral that comes out (Nangia and Bowman 2018).

The simplified variant of Paulus et al. (2020) and thesis 6.1.1: minimum, maximum and median, at most 50
tokens, equally many examples of each depth. Neither published theirs, so this is generated too; how is told
in `random_expressions.py`. Every expression occurs once, in one split. Since only 300 have depth 1 and two
arguments, short ones are rarer among those of depth 1 than in the process that draws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import Request
from scgc.declared import COUNT

if TYPE_CHECKING:
    from scgc.data.columns import Loaded, Split
    from scgc.data.expressions import Parsed, Whole

WORDS = ("]", "[MIN", "[MAX", "[MED", *"0123456789")
"""Tokens by number. The numerals are the last ten, so that `E[-10:]` are their rows of a table E."""
HELD_OUT = 2000
"""Validation and test examples of each depth in the thesis."""
LONGEST = 100
"""Tokens up to which expressions are drawn; the tables of chances grow with the third power."""


def read(request: Request) -> Loaded:
    """Drawn expressions, or those of the user's files. Raises ProgramError (SCG215, SCG50x)."""
    return _drawn(request) if request.options.get("file") is None else _of_files(request)


def _drawn(request: Request) -> Loaded:
    """The splits are consecutive parts of one row of different expressions for each depth, the test first:
    other numbers of training examples leave it as it is."""
    import numpy as np

    from scgc.data.columns import Loaded
    from scgc.data.expressions import parse

    for option in ("test", "validation"):
        if request.options.get(option) is not None:
            request.refuse(option, request.options[option], "left out where no `file` is given")
    examples, length, seed = request.count("per_depth"), request.count("length"), request.count("seed", COUNT)
    if length > LONGEST:
        request.refuse("length", length, f"at most {LONGEST} where no `file` is given")
    given = request.options.get("held_out") is not None
    held_out = request.count("held_out") if given else min(HELD_OUT, examples)
    parts = {"test": held_out, "validation": held_out, "train": examples}
    rows = [
        _row(request, depth, length, sum(parts.values()), seed)
        for depth in dict.fromkeys(request.counts("depth"))
    ]
    splits, start = {}, 0
    for name, n in parts.items():
        # depths take turns, so that the first few examples are of all depths
        tokens = np.stack([row[start : start + n] for row in rows], 1).reshape(-1, length)
        splits[name] = fields(tokens, parse(tokens))
        start += n
    return Loaded({name: splits[name] for name in ("train", "validation", "test")})


def _row(request: Request, depth: int, length: int, n: int, seed: int) -> Whole:
    from scgc.data.random_expressions import TooFew, different
    from scgc.diagnostics.base import ProgramError
    from scgc.diagnostics.data import TooFewExamples

    if 3 * depth + 1 > length:
        request.refuse("depth", depth, f"at most {(length - 1) // 3} where `length` is {length}")
    try:
        return different(depth, length, n, seed)
    except TooFew as error:
        what = f"listops of depth {depth} and length {length}"
        fault = TooFewExamples(span=request.span, data=what, asked=n, available=error.found)
        raise ProgramError((fault,)) from None


def _of_files(request: Request) -> Loaded:
    """Training, test and validation file; without a test file a tenth of the training data is held out."""
    from scgc.data.arrays import hold_out
    from scgc.data.columns import Loaded
    from scgc.data.expression_files import read_lines, read_tokens

    def part(name: str) -> Split:
        if name.endswith(".npz"):
            return fields(*read_tokens(request, name))
        return fields(*read_lines(request, name, request.count("length")))

    splits = {"train": part(request.text("file"))}
    for name in ("test", "validation"):
        if request.options.get(name) is not None:
            splits[name] = part(request.text(name))
    return Loaded(splits if "test" in splits else {**splits, **hold_out(splits["train"])})


def fields(tokens: Whole, parsed: Parsed) -> Split:
    """The columns of expressions.

    The parent of the first token is itself. `has_parent` marks the tokens whose edge to the parent counts in
    the precision of edges: not the first, which has none, and not the last bracket, which belongs to the
    first token, but whose edge cannot be learned from the task (thesis 6.1.1).
    """
    import numpy as np
    import torch

    from scgc.data.columns import Column
    from scgc.data.expressions import CLOSE, FIRST_NUMERAL

    place, end = np.arange(tokens.shape[1]), parsed.length[:, None]
    within = place < end
    sequences = {
        "tokens": np.where(within, tokens, 0),
        "parent": parsed.parent,
        "steps": parsed.steps,
        "is_operator": within & (tokens > CLOSE) & (tokens < FIRST_NUMERAL),
        "has_parent": (place > 0) & (place < end - 1),
    }
    lengths = torch.from_numpy(parsed.length)
    split = {name: Column(torch.from_numpy(array), lengths=lengths) for name, array in sequences.items()}
    split["value"] = Column(torch.from_numpy(parsed.value))
    split["depth"] = Column(torch.from_numpy(parsed.depth))
    return split


DATA = (
    DataSet(
        "listops(depth : dim[depths] = [1, 2, 3, 4, 5], per_depth : dim = 20000, held_out : dim = none,"
        " length : dim = 50, seed : dim = 0, file : text = none,"
        " test : text = none, validation : text = none)",
        fields={
            "tokens": "class(14)[n]",
            "value": "class(10)",
            "parent": "class(n)[n]",
            "steps": "class(10)[n]",
            "is_operator": "bool[n]",
            "has_parent": "bool[n]",
            "depth": "int",
        },
        doc="Nested minima, maxima and medians of numerals, with the true tree and every result in it;"
        " drawn, or from a `file` of your own (.npz, or lines as Nangia and Bowman's).",
        source="generated after Nangia and Bowman 2018",
        licence="none needed",
        read=read,
        categories={"tokens": WORDS},
        splits=("train", "validation", "test"),
        limits={"seed": COUNT},
    ),
)
