"""What may be written at a place: names in scope, what the registries declare, words of the grammar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lsprotocol.types import CompletionItem, CompletionItemKind, MarkupContent, MarkupKind

from scgc.analysis.constants import KINDS
from scgc.analysis.evaluating import EVALUATE_SETTINGS
from scgc.analysis.overrides import TRAIN_SETTINGS
from scgc.analysis.schedules import CLOCK
from scgc.language_server.context import DECLARATORS, Context
from scgc.language_server.entries import Entry, Role, entries
from scgc.language_server.members import members
from scgc.language_server.reading import Declared, Reading
from scgc.syntax import ast
from scgc.syntax.brackets import CLOSER, scan
from scgc.syntax.parse import CLAUSES

PROBE = "_"
"""A name that no one gives anything."""

Kind = CompletionItemKind
KIND: dict[type[ast.Node], CompletionItemKind] = {
    ast.Dim: Kind.Constant, ast.Size: Kind.Constant, ast.Input: Kind.Field, ast.Param: Kind.Property,
    ast.Schedule: Kind.Event, ast.Net: Kind.Class, ast.Extern: Kind.Class,
}  # fmt: skip
"""How editors mark what the program declares; the rest are values."""
KNOWN = (ast.Dim, ast.Size, ast.For)
SHARED = (*KNOWN, ast.Param, ast.Schedule, ast.Net, ast.Extern)
"""What a net may read from outside: what is the same for every example."""


def complete(reading: Reading, before: Reading, context: Context, offset: int) -> list[CompletionItem]:
    """The items of a place. `before` is the latest reading of a text that was whole: what it knows of the net
    around helps where that cannot be parsed now."""
    names = list(_visible(reading, before, context, offset))
    return list({item.label: item for item in _items(reading, names, context)}.values())


def probe(text: str, offset: int) -> str:
    """The text with a name at a place that wants one, and the brackets closed that are open there: it can be
    parsed more often than the text."""
    open_ = scan(text)
    closers = [CLOSER[text[at]] for at in reversed(open_.open_at(offset)) if open_.closing[at] is None]
    return f"{text[:offset]}{PROBE}{''.join(closers)}{text[offset:]}"


def _items(reading: Reading, names: list[Declared], context: Context) -> Iterator[CompletionItem]:
    match context.expects:
        case "statement":
            yield from _words((*DECLARATORS, *CLAUSES, "init", "optional", "else"))
            yield from _own(names)
        case "value" | "function" | "dim" | "schedule":
            yield from _expression(context.expects, names)
        case "distribution" | "prior":
            yield from _of("distribution")
            yield from _words(("uniform",) if context.expects == "prior" else ())
            yield from _own(names)
        case "estimator" | "initialiser" | "data" | "optimizer" | "reducer" | "measure":
            yield from _of(context.expects)
            yield from _own(names) if context.key == "free" else ()
        case "argument":
            yield from _arguments(names, context)
        case "type":
            yield from _words(KINDS, Kind.TypeParameter)
        case "rate":
            yield from _words(("epoch", "step"))
        case "select":
            yield from _words(("best", "last"))
        case "variants":
            yield from _words(
                ["none", *(d.name for d in reading.tree.declarations if isinstance(d, ast.Variant))]
            )
        case "setting":
            yield from _settings(names, context)
        case "member":
            yield from _sizes(reading) if context.base == "data" else ()
            found = members(reading, context.base, context.nets)
            yield from _own(d for d in found if not isinstance(d.node, ast.Group | ast.Net))
            yield from _words(CLAUSES if context.block in ("variant", "sweep") else ())
        case "file":
            yield from _files(reading)
        case "nothing":
            pass


def _expression(expects: str, names: list[Declared]) -> Iterator[CompletionItem]:
    if expects == "dim":
        yield from _own(d for d in names if isinstance(d.node, KNOWN))
    elif expects == "schedule":
        yield from _own(d for d in names if isinstance(d.node, ast.Schedule | ast.Dim))
        yield from _words(CLOCK, Kind.Variable)
        yield from _of("schedule")
    elif expects == "function":
        yield from _own(d for d in names if isinstance(d.node, ast.Net | ast.Extern))
        yield from _of("function")
    else:
        yield from _own(names)
        yield from _words(("nll", "propagate"), Kind.Function)
        yield from _of("function")


ROLES: dict[str, Role] = {"prior": "distribution", "value": "function", "statement": "function"}
"""What is called where something else than a role is expected."""


def called(context: Context) -> Entry | None:
    """The entry whose call a place is an argument of."""
    role = ROLES.get(context.role, context.role)
    known = role in ("function", "schedule", "distribution", "estimator", "initialiser", "data", "optimizer",
                     "reducer", "measure")  # fmt: skip
    return entries(role).get(context.call) if known else None


def _arguments(names: list[Declared], context: Context) -> Iterator[CompletionItem]:
    """Names of options in front, then what their values may be."""
    entry = called(context)
    if entry is not None and not context.option:
        for slot in entry.slots:
            detail = slot.span.text
            yield CompletionItem(
                f"{slot.name} = ", kind=Kind.Keyword, detail=detail, sort_text=f"0{slot.name}"
            )
    if entry is not None and context.option:
        yield from _words(entry.words.get(context.option, ()), Kind.EnumMember)
        flag = any(s.name == context.option and s.type.kind == "flag" for s in entry.slots)
        yield from _words(("true", "false") if flag else (), Kind.EnumMember)
    if context.role == "select":
        yield from _own(d for d in names if isinstance(d.node, ast.Loss | ast.Metric))
        return
    net = next((d.node for d in names if d.home[1] == context.call and isinstance(d.node, ast.Net)), None)
    for group in net.parameters if net and not context.option else ():
        yield from (
            CompletionItem(f"{n.id} = ", kind=Kind.Keyword, sort_text=f"0{n.id}") for n in group.names
        )
    yield from _expression("schedule" if context.role == "schedule" else "value", names)


def _option(name: str, detail: str) -> CompletionItem:
    return CompletionItem(f"{name} = ", kind=Kind.Keyword, detail=detail, sort_text=f"0{name}")


def _settings(names: list[Declared], context: Context) -> Iterator[CompletionItem]:
    keys: dict[str, Iterable[str]] = {
        "train": TRAIN_SETTINGS,
        "evaluate": (*EVALUATE_SETTINGS, *(d.home[1] for d in names if isinstance(d.node, ast.Dim))),
        "sweep": ("seed", "variant", *TRAIN_SETTINGS),
        "variant": TRAIN_SETTINGS,
    }
    yield from _words(keys[context.block], Kind.Property)
    if context.block in ("variant", "sweep"):
        kinds = (ast.Dim, ast.Schedule, ast.Assign, ast.Draw, ast.Loss, ast.Metric, ast.Net)
        yield from _own(d for d in names if isinstance(d.node, kinds))
    yield from _words(("per",))


def _visible(reading: Reading, before: Reading, context: Context, offset: int) -> Iterator[Declared]:
    """What is declared in front of a place and can be read there."""
    path = "/".join(context.nets)
    known = {**before.declared, **reading.declared}
    for declared in known.values():
        region, name = declared.home
        around = path == region or path.startswith(f"{region}/") or not region
        shared = region == path or isinstance(declared.node, SHARED)
        if not around or not shared or ("@" in name and region != path):
            continue
        elsewhere = declared.at.source.path != reading.source.path
        if (
            context.block
            or elsewhere
            or declared.node.span.end <= offset
            or declared.home not in reading.declared
        ):
            yield declared


def _own(names: Iterable[Declared]) -> Iterator[CompletionItem]:
    for declared in names:
        doc = declared.node.doc if isinstance(declared.node, ast.Declaration) else ""
        kind = KIND.get(type(declared.node), Kind.Variable)
        label = declared.home[1].split("@")[0]
        yield CompletionItem(label, kind=kind, documentation=_markdown(doc), sort_text=f"1{label}")


def _of(role: Role) -> Iterator[CompletionItem]:
    for entry in entries(role).values():
        kind = Kind.Class if entry.role == "distribution" else Kind.Function
        detail = entry.signatures[0]
        yield CompletionItem(
            entry.name,
            kind=kind,
            detail=detail,
            documentation=_markdown(entry.doc),
            sort_text=f"2{entry.name}",
        )


def _words(words: Iterable[str], kind: CompletionItemKind = Kind.Keyword) -> Iterator[CompletionItem]:
    yield from (CompletionItem(word, kind=kind, sort_text=f"3{word}") for word in words)


def _sizes(reading: Reading) -> Iterator[CompletionItem]:
    """What the program's data set knows, or any of them where the program names none."""
    from scgc.data import data_sets

    train = next((d for d in reading.tree.declarations if isinstance(d, ast.Train)), None)
    values = [s.value for s in train.settings if s.key == "data"] if train else []
    named = {n.id for v in values for n in (v, getattr(v, "function", None)) if isinstance(n, ast.Name)}
    for name, data in data_sets().items():
        for size, counted in (data.dims or {}).items() if name in named or not named else ():
            yield CompletionItem(size, kind=Kind.Constant, detail=counted, sort_text=f"0{size}")


def _files(reading: Reading) -> Iterator[CompletionItem]:
    """Programs beside this one or below."""
    path = Path(reading.source.path)
    for file in sorted(path.parent.rglob("*.scg"))[:500] if path.parent.is_dir() else ():
        if file.name != path.name:
            yield CompletionItem(file.relative_to(path.parent).as_posix(), kind=Kind.File)


def _markdown(text: str) -> MarkupContent | None:
    return MarkupContent(MarkupKind.Markdown, text) if text else None
