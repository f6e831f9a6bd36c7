"""The pieces of Markdown that the documents are made of."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from types import ModuleType

from scgc.declared import Above, Limits, UpTo
from scgc.syntax import ast


def block(lines: str | Iterable[str], language: str = "text") -> str:
    """A fenced block."""
    text = lines if isinstance(lines, str) else "\n".join(lines)
    return f"```{language}\n{text.rstrip()}\n```"


def code(text: str) -> str:
    return f"`{text}`"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table with a row for each tuple of cells."""
    lines = [head, ("---",) * len(head), *(tuple(c.replace("|", "\\|") for c in row) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def facts(found: Mapping[str, str]) -> str:
    """A list of named facts; empty ones are left out."""
    return "\n".join(f"- {name}: {fact}" for name, fact in found.items() if fact)


def ranges(limits: Limits, *signatures: ast.Signature) -> str:
    """What the numbers of signatures may be: "`tau` above 0, `scale` at least 0"."""
    slots = {slot.name for signature in signatures for slot in signature.slots}
    found = []
    for name, limit in limits.items():
        match limit:
            case Above(slot=other):
                text = f"above {code(other)}"
            case UpTo(dim=dim):
                text = f"from 1 to {code(dim)}"
            case _:
                text = str(limit)
        found += [f"{code(name)} {text}"] if name in slots else []
    return ", ".join(found)


def join(parts: Iterable[str]) -> str:
    """Paragraphs, a blank line between them; empty ones are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"


def paragraph(text: str) -> str:
    """A text of several lines as one."""
    return " ".join(text.split())


def summary(module: ModuleType) -> str:
    """The first paragraph of a module's docstring."""
    return paragraph((inspect.getdoc(module) or "").split("\n\n")[0])


def link(module: ModuleType) -> str:
    """A link from a document in `docs/` to a module's file."""
    path = module.__name__.replace(".", "/") + ".py"
    return f"[{path}](../{path})"
