"""The documents as the tests read them: pages, their fenced blocks, headings and links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?P<picture>!?)\[[^\]]*\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: "```scg wrong" has the language `scg` and the word `wrong`.

    start, end: where its text stands in the page.
    """

    language: str
    words: tuple[str, ...]
    text: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def blocks(self) -> list[Block]:
        found = []
        for match in _FENCE.finditer(self.text):
            language, *words = match["info"].split() or [""]
            line = self.text.count("\n", 0, match.start()) + 1
            found.append(Block(language, tuple(words), match["text"], line, *match.span("text")))
        return found

    @property
    def links(self) -> list[tuple[bool, str]]:
        """Whether it is a picture, and where it leads; links to other sites are left out."""
        prose = re.sub(r"`[^`\n]+`", "", _FENCE.sub("", self.text))
        return [
            (bool(match["picture"]), match["target"])
            for match in _LINK.finditer(prose)
            if not match["target"].startswith(("http://", "https://", "mailto:"))
        ]

    @cached_property
    def anchors(self) -> set[str]:
        """The anchors of the headings, as GitHub names them."""
        found: set[str] = set()
        for heading in re.findall(r"^#+ (.+)$", _FENCE.sub("", self.text), re.MULTILINE):
            base = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            anchor, number = base, 0
            while anchor in found:
                number += 1
                anchor = f"{base}-{number}"
            found.add(anchor)
        return found


def page(path: Path) -> Page:
    return Page(path, path.read_text(encoding="utf-8"))


PAGES = [page(path) for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))]


def blocks(language: str) -> list[tuple[Page, Block]]:
    """Every block of a language, with its page."""
    return [(p, b) for p in PAGES for b in p.blocks if b.language == language]


def place(value: object) -> str | None:
    """Names of parameters in pytest's report: docs/language.md:9."""
    if isinstance(value, Page):
        return value.name
    return f"line{value.line}" if isinstance(value, Block) else None


def programs(of: Page) -> dict[str, str]:
    """The programs that a page shows whole, by the name they declare; the last of a name holds."""
    found = {}
    for block in of.blocks:
        named = re.search(r"^program (\w+)$", block.text, re.MULTILINE)
        if block.language == "scg" and "wrong" not in block.words and named:
            found[named[1]] = block.text
    return found
