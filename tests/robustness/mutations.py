"""Programs with mistakes in them: the texts of sound and wrong programs, changed a little at random."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random

from scgc.distributions import distributions
from scgc.estimators import estimators
from scgc.ops import operators
from scgc.resources import folder
from scgc.source import Source
from scgc.syntax.expected import keywords

TESTS = Path(__file__).parents[1]
TOKEN = re.compile(
    r'"[^"\n]*"|\#[^\n]*|\s+|[^\W\d]\w*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|->|<-|\|>|[=!<>]=|.', re.S
)
SIGNS = [*"()[]{},:.=~+-*/^@'<>#\"", "->", "<-", "|>", "==", "!=", "<=", ">="]
NUMBERS = ["0", "1", "2", "-1", "3.5", "1e30", "1e-30", "1000000000000", "9223372036854775807", "1e400"]
TYPES = ["real", "real[]", "int", "bool", "class(3)", "onehot(3)[2]", "bit", "data.n", "t", "none", "true"]


@cache
def originals() -> tuple[Source, ...]:
    """What is changed, of a name that no file has: what it uses is found beside it."""
    paths = sorted(folder("programs").rglob("*.scg")) + sorted((TESTS / "emit" / "programs").glob("*.scg"))
    paths += sorted((TESTS / "golden" / "err").glob("*.scg"))
    return tuple(
        Source(str(p.with_name("case.scg")), p.read_bytes().decode("utf-8", "replace")) for p in paths
    )


@cache
def vocabulary() -> tuple[str, ...]:
    """Tokens of the language."""
    words = [*keywords(), "halt", "when", "in", "else", *operators(), *distributions(), *estimators()]
    return (*SIGNS, *NUMBERS, *TYPES, *words)


def mutated(random: Random) -> Source:
    """One of the originals after one to four changes."""
    original = random.choice(originals())
    tokens = TOKEN.findall(original.text)
    for _ in range(random.randint(1, 4)):
        if not tokens:
            break
        tokens = random.choice(CHANGES)(tokens, random)
    return Source(original.path, "".join(tokens))


def garbled(random: Random) -> bytes:
    """One of the originals with some bytes that are others, missing or new, perhaps cut off."""
    data = bytearray(random.choice(originals()).text, "utf-8")
    for _ in range(random.randint(1, 6)):
        i = random.randrange(len(data) + 1)
        data[i : i + random.choice((0, 1, 1, 2))] = random.randbytes(random.choice((0, 1, 1, 3)))
    return bytes(data[: random.randrange(len(data) + 1)] if random.random() < 0.3 else data)


def _place(tokens: list[str], random: Random, pattern: str = r"\S") -> int:
    """The place of a token that begins as the pattern says; any place where there is none."""
    places = [i for i, t in enumerate(tokens) if re.match(pattern, t)] or list(range(len(tokens)))
    return random.choice(places)


def _delete(tokens: list[str], random: Random) -> list[str]:
    i = _place(tokens, random)
    return tokens[:i] + tokens[i + random.randint(1, 3) :]


def _double(tokens: list[str], random: Random) -> list[str]:
    i, n = _place(tokens, random), random.choice((1, 1, 5, 40))
    return [*tokens[: i + n], " ", *tokens[i : i + n], *tokens[i + n :]]


def _swap(tokens: list[str], random: Random) -> list[str]:
    i, j = _place(tokens, random), _place(tokens, random)
    tokens = tokens.copy()
    tokens[i], tokens[j] = tokens[j], tokens[i]
    return tokens


def _insert(tokens: list[str], random: Random) -> list[str]:
    i = _place(tokens, random)
    return [*tokens[:i], " ", random.choice(vocabulary()), " ", *tokens[i:]]


def _replace(tokens: list[str], random: Random) -> list[str]:
    i = _place(tokens, random)
    return [*tokens[:i], random.choice(vocabulary()), *tokens[i + 1 :]]


def _rename(tokens: list[str], random: Random) -> list[str]:
    """A name becomes another one of the text."""
    i, j = _place(tokens, random, r"[^\W\d]"), _place(tokens, random, r"[^\W\d]")
    return [*tokens[:i], tokens[j], *tokens[i + 1 :]]


def _rename_all(tokens: list[str], random: Random) -> list[str]:
    i = _place(tokens, random, r"[^\W\d]")
    word = random.choice([*vocabulary()[-60:], "lambda", "self", "torch", "forward", "λ", "x", "_", "ﬁ"])
    return [word if t == tokens[i] else t for t in tokens]


def _number(tokens: list[str], random: Random) -> list[str]:
    i = _place(tokens, random, r"\d")
    return [*tokens[:i], random.choice(NUMBERS), *tokens[i + 1 :]]


def _truncate(tokens: list[str], random: Random) -> list[str]:
    return tokens[: _place(tokens, random)]


def _graft(tokens: list[str], random: Random) -> list[str]:
    """A piece of another program."""
    other = TOKEN.findall(random.choice(originals()).text) or [""]
    i, j = _place(tokens, random), random.randrange(len(other))
    return [*tokens[:i], *other[j : j + random.randint(1, 30)], " ", *tokens[i:]]


def _letters(tokens: list[str], random: Random) -> list[str]:
    """Characters of any sort."""
    i = _place(tokens, random)
    strange = "".join(
        chr(random.choice((0, 7, 9, 12, 13, 160, 0x301, 0x2028, 0xFEFF, 0x1F600))) for _ in "ab"
    )
    return [*tokens[:i], strange, *tokens[i:]]


CHANGES = (
    _delete, _double, _swap, _insert, _replace, _rename, _rename, _rename_all, _number, _number, _truncate,
    _graft, _letters,
)  # fmt: skip
