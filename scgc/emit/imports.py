"""What a module imports: found from the names that its code uses."""

from __future__ import annotations

import ast as py
import builtins
import re
from collections.abc import Iterator

from scgc.emit.comments import Comments
from scgc.emit.expressions import names, outside
from scgc.emit.homes import Homes
from scgc.emit.module import Assign, Class, Do, For, Function, If, Line, Return

_ORIGINS = {
    "math": ("math", ""),
    "torch": ("torch", ""),
    "F": ("torch.nn.functional as F", ""),
    "nn": ("torch", "nn"),
    "Tensor": ("torch", "Tensor"),
    "Distribution": ("torch.distributions", "Distribution"),
    "NamedTuple": ("typing", "NamedTuple"),
    "ClassVar": ("typing", "ClassVar"),
    "Any": ("typing", "Any"),
    "Callable": ("collections.abc", "Callable"),
}


CLOCK = {"t", "step", "epoch", "progress"}
"""What scalar templates may name beside imports: the arguments of `advance`."""


def used_names(parts: list[Class | Function], lines: list[Line] | None = None) -> set[str]:
    """Names that are read anywhere in them and bound nowhere inside a function."""
    found: set[str] = set()
    for part in parts:
        if isinstance(part, Class):
            found |= set(part.bases)
            for field in part.fields:
                found |= _words(field.annotation)
            for constant in part.constants:
                found |= _words(constant.annotation) | names(constant.value)
            found |= used_names([*part.classes, *part.functions])
        else:
            bound = {p.name for p in part.parameters} | _bound(part.body)
            read = _read(part.body)
            found |= {n.id for n in read if n.id not in bound or (outside(n) and n.id not in CLOCK)}
            found |= _words(part.returns)
            for parameter in part.parameters:
                found |= _words(parameter.annotation)
    for line in lines or []:
        found |= {n.id for n in _read([line])}
    return {w.split(".")[0] for w in found}


def _words(annotation: str) -> set[str]:
    return set(re.findall(r"[^\W\d][\w.]*", annotation))


def _bound(lines: list[Line]) -> set[str]:
    found: set[str] = set()
    for line in lines:
        if isinstance(line, Assign):
            found |= {t for t in line.targets if "." not in t}
        elif isinstance(line, If):
            found |= _bound(line.body) | _bound(line.orelse)
        elif isinstance(line, For):
            found |= set(line.targets) | _bound(line.body)
    return found


def _read(lines: list[Line]) -> Iterator[py.Name]:
    for line in lines:
        match line:
            case Assign(value=value) | Return(value=value) | Do(value=value):
                yield from _free(value)
            case If(test=test, body=body, orelse=orelse):
                yield from _free(test)
                yield from _read([*body, *orelse])
            case For(over=over, body=body):
                yield from _free(over)
                yield from _read(body)
            case _:
                pass


def _free(tree: py.expr) -> list[py.Name]:
    """Names of an expression, but for those a comprehension binds."""
    nodes = list(py.walk(tree))
    bound = {name for n in nodes if isinstance(n, py.comprehension) for name in names(n.target)}
    return [n for n in nodes if isinstance(n, py.Name) and n.id not in bound]


def imports(
    used: set[str], homes: Homes, comments: Comments
) -> tuple[list[tuple[str, tuple[str, ...]]], set[str]]:
    """(module, names) pairs, and which of the names come from `scgc.runtime`."""
    own = {
        homes.model,
        "Output",
        *homes.constants.values(),
        *homes.classes.values(),
        *homes.functions.values(),
    }
    externs = dict(comments.externs)
    unknown = {n for n in used if n not in own and not hasattr(builtins, n) and n != "self"}
    unknown -= set(externs.values())
    groups: dict[str, set[str]] = {}
    runtime: set[str] = set()
    for found in unknown:
        origin, what = _ORIGINS.get(found, ("scgc.runtime", found))
        groups.setdefault(origin, set())
        if what:
            groups[origin].add(what)
        if origin == "scgc.runtime":
            runtime.add(found)
    if "nn" in unknown or "Tensor" in unknown:
        both = groups.pop("torch", set()) - {""}
        if both:
            groups["torch from"] = both
        if "torch" in unknown:
            groups["torch"] = set()
    for target, found in externs.items():
        groups.setdefault(target.partition(":")[0], set()).add(found)
    pairs = [(k.removesuffix(" from"), tuple(sorted(v, key=_member_order))) for k, v in groups.items()]
    return pairs, runtime


def _member_order(member: str) -> tuple[int, str]:
    """isort's order within an import: constants, classes, the rest."""
    if member.isupper() and len(member) > 1:
        return 0, member
    return (1, member) if member[0].isupper() else (2, member)
