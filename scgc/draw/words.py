"""The words of a figure: names with Greek letters, numbers, and text cut to what a figure can hold."""

from __future__ import annotations

import re
import unicodedata

from scgc.ir.graph import shown

_SMALL = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi"
_CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
_GREEK = dict(zip(_SMALL.split(), "αβγδεζηθικλμνξπρστφχ", strict=True)) | {"psi": "ψ", "omega": "ω"}
_GREEK |= dict(zip(_CAPITAL.split(), "ΓΔΘΛΞΠΣΦΨΩ", strict=True))


def greek(name: str) -> str:
    """A value's name as the program knows it, `beta` as β, part by part: `left.theta` as left.θ."""
    return ".".join(_GREEK.get(part, part) for part in shown(name).split("."))


def identifier(name: str) -> str:
    """A name for Graphviz, which takes those that begin with % for its own."""
    return f".{name[1:]}" if name.startswith("%") else name


def number(value: bool | int | float) -> str:
    """A number as briefly as it can be written, with a true minus sign."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value).replace("-", "−")


def printable(text: str) -> str:
    """Without control characters, which no picture format can hold; wide spaces stay."""
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else " " for c in text)


def width(text: str, size: float) -> float:
    """About how wide text is in Helvetica, in points."""
    return size * sum(_em(c) for c in text)


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in "iIjl.,:;|!'()[] ft":
        return 0.3
    return 0.85 if character in "mwMW@" else 0.68 if character.isupper() else 0.56


def wrapped(words: list[str], limit: int) -> list[str]:
    """Words joined by spaces into lines of at most `limit` characters where they can be."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= limit:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def shortened(text: str, limit: int) -> str:
    """Cut to `limit` characters, with dots where something is missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """The first sentence of a documentation, on one line."""
    line = re.sub(r"\s+", " ", printable(text)).strip()
    return re.split(r"(?<=[.!?])\s", line, maxsplit=1)[0]
