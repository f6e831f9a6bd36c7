"""ListOps of the user's: files as Nangia and Bowman released them, or arrays of tokens in an npz file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from scgc.data.arrays import find_file, read_npz
from scgc.data.expressions import PROBLEMS, Parsed, Whole, parse
from scgc.data.listops import WORDS
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import DamagedFile

NUMBERS = {word: number for number, word in enumerate(WORDS)}
OTHERS = ("[SM", "[FIRST", "[LAST")
"""Operators of the full data set that the simplified one lacks."""

LINES = "a line is a value, a tab and an expression such as `( ( ( [MAX 2 ) 9 ) ] )`."
ARRAYS = "`tokens` numbers ] [MIN [MAX [MED 0 1 ... 9 from 0 on, an expression a row, padded with -1 or 0."


def read_lines(request: Request, name: str, length: int) -> tuple[Whole, Parsed]:
    """Tokens `[examples, width]` and their meaning, of a file `VALUE <tab> EXPRESSION` a line.

    The parentheses, which make the expressions binary, are dropped. Lines with operators that the simplified
    data set lacks, and those of more than `length` tokens, are left out. Raises ProgramError (SCG50x).
    """
    path = find_file(request, name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        damaged(request, path, str(error), LINES)
    rows, values, numbers = [], [], []
    for number, line in enumerate(lines, start=1):
        value, tab, expression = line.partition("\t")
        words = expression.replace("(", " ").replace(")", " ").split()
        if not line.strip() or len(words) > length or any(word in OTHERS for word in words):
            continue
        unknown = next((word for word in words if word not in NUMBERS), None)
        if not tab or unknown is not None or value.strip() not in WORDS[-10:]:
            what = f"`{unknown}` is no token" if tab and unknown else "no value, tab and expression"
            damaged(request, path, f"line {number}: {what}", LINES)
        rows.append([NUMBERS[word] for word in words])
        values.append(int(value))
        numbers.append(number)
    if not rows:
        damaged(request, path, f"no line has MIN, MAX and MED only and at most {length} tokens", LINES)
    tokens = np.full((len(rows), max(map(len, rows))), -1, np.int64)
    for i, row in enumerate(rows):
        tokens[i, : len(row)] = row
    parsed = parse(tokens)
    check(request, path, parsed, np.asarray(values), [f"line {n}" for n in numbers], LINES)
    return tokens, parsed


def read_tokens(request: Request, name: str) -> tuple[Whole, Parsed]:
    """The same of an npz file with `tokens`, and as far as they are there `value` or `target`, `parent` and
    the lengths `n`, which are compared with what the tokens mean; but -1 stands for no parent as well, and
    the last bracket's is free. Raises ProgramError (SCG501, SCG502)."""
    arrays, path = read_npz(request, name), find_file(request, name)
    tokens = np.asarray(arrays.get("tokens", ()))
    if tokens.ndim != 2 or not tokens.size or not np.issubdtype(tokens.dtype, np.integer):
        damaged(request, path, "it holds no `tokens`, whole numbers `[examples, width]`", ARRAYS)
    tokens = tokens.astype(np.int64)
    parsed = parse(tokens)
    rows = [f"example {i}" for i in range(len(tokens))]
    check(request, path, parsed, arrays.get("value", arrays.get("target")), rows, ARRAYS)
    if "n" in arrays:
        compare(request, path, "n", arrays["n"], parsed.length)
    if "parent" in arrays:
        given = np.asarray(arrays["parent"])
        if given.shape != tokens.shape:
            damaged(request, path, "`parent` has another shape than `tokens`", ARRAYS)
        place = np.arange(tokens.shape[1])
        free = (place >= parsed.length[:, None] - 1) | ((place == 0) & (given < 0))
        compare(request, path, "parent", np.where(free, parsed.parent, given), parsed.parent)
    return tokens, parsed


def check(request: Request, path: Path, parsed: Parsed, values: Any, places: list[str], ways: str) -> None:
    """Expressions are well formed, and have the values that the file says."""
    if parsed.problem.any():
        i = int(parsed.problem.nonzero()[0][0])
        damaged(request, path, f"{places[i]}: {PROBLEMS[parsed.problem[i]]}", ways)
    if values is not None and np.shape(values) != parsed.value.shape:
        damaged(request, path, "it has not one value for each expression", ways)
    if values is not None and (parsed.value != values).any():
        i = int((parsed.value != values).nonzero()[0][0])
        what = f"{places[i]}: the value is given as {values[i]}, the expression's is {parsed.value[i]}"
        damaged(request, path, what, ways)


def compare(request: Request, path: Path, name: str, given: Any, meant: Whole) -> None:
    """An array against what the tokens say."""
    if np.shape(given) != meant.shape:
        damaged(request, path, f"`{name}` has another shape than the tokens ask for", ARRAYS)
    if (given != meant).any():
        place = tuple(int(i) for i in np.argwhere(given != meant)[0])
        at = f"example {place[0]}" + (f", token {place[1]}" if len(place) > 1 else "")
        what = f"{at}: `{name}` is {np.asarray(given)[place]}, by the tokens {meant[place]}"
        damaged(request, path, what, ARRAYS)


def damaged(request: Request, path: Path, problem: str, ways: str) -> NoReturn:
    raise ProgramError((DamagedFile(span=request.span, path=str(path), problem=problem, ways=ways),))
