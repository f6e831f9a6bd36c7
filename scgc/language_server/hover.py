"""What is told of the place under the pointer: types, documentation, what the registries say."""

from __future__ import annotations

import re

from scgc.analysis.evaluating import EVALUATE_SETTINGS
from scgc.analysis.overrides import TRAIN_SETTINGS
from scgc.ir.graph import Apply, Invoke, Program, Sample, Statement, walk
from scgc.language_server.completion import called
from scgc.language_server.context import Context, context
from scgc.language_server.entries import Entry, Role, entries
from scgc.language_server.members import body_of
from scgc.language_server.reading import Declared, Reading
from scgc.source import Span
from scgc.syntax import ast

ROLES: dict[str, tuple[Role, ...]] = {
    "value": ("function",), "function": ("function",), "argument": ("function",), "statement": ("function",),
    "distribution": ("distribution",), "prior": ("distribution",), "schedule": ("schedule",),
    "estimator": ("estimator",), "initialiser": ("initialiser",), "data": ("data",),
    "optimizer": ("optimizer",), "reducer": ("reducer",), "measure": ("measure",),
}  # fmt: skip
"""The registries that are asked for a word, by what is expected where it stands."""

LONGEST = 8
"""Lines of a declaration that are shown."""

_WORD = re.compile(r"[^\W\d]\w*")


def hover(reading: Reading, offset: int) -> tuple[Span, str] | None:
    """Markdown about what stands at an offset, and its place; None where there is nothing to tell."""
    own = reading.at(offset)
    if own is not None:
        span, name = own
        declared = reading.declared.get(name.home)
        return span, _declared(declared, str(name.type) if name.type else "", span.text)
    word = next((m for m in _WORD.finditer(reading.source.text) if m.start() <= offset <= m.end()), None)
    if word is not None:
        place = context(reading.source.text, word.start())
        if entry := _entry(word[0], place, reading.source.text, word.end()):
            span = Span(reading.source, word.start(), word.end())
            return span, "\n\n".join(filter(None, (entry, _expression(reading, offset, word[0]))))
    told = _expression(reading, offset, None)
    return (Span(reading.source, offset, offset), told) if told else None


def _declared(declared: Declared | None, type_: str, text: str) -> str:
    """The type, the declaration as it is written, and its `##` lines."""
    if declared is None:
        return f"```scg\n{text} : {type_ or 'unknown'}\n```"
    node = declared.node
    lines = node.span.text.splitlines()
    if isinstance(node, ast.Net):
        lines = [node.span.source.text[node.span.start : node.result.span.end]]
    elif isinstance(node, ast.For):
        lines = [node.span.source.text[node.span.start : node.over.span.end]]
    shown = "\n".join([*lines[:LONGEST], *(["..."] if len(lines) > LONGEST else [])])
    parts = [
        f"```scg\n{declared.home[1].split('@')[0]} : {type_}\n```" if type_ else "",
        f"```scg\n{shown}\n```",
    ]
    parts.append(node.doc if isinstance(node, ast.Declaration) else "")
    return "\n\n".join(filter(None, parts))


def _entry(word: str, place: Context, text: str, end: int) -> str:
    """What the registries say of a word; of an option its slot in the signature; of a setting what it is."""
    if place.expects == "setting":
        known = EVALUATE_SETTINGS if place.block == "evaluate" else TRAIN_SETTINGS
        return f"`{word}`: {known[word]}" if word in known else ""
    call = called(place) if place.expects == "argument" else None
    if call is not None and not place.option and re.match(r"\s*=(?!=)", text[end:]):
        slot = next((s for s in call.slots if s.name == word), None)
        return f"```scg\n{slot.span.text}\n```\n\nof `{call.name}`: {call.doc}" if slot else ""
    found: Entry | None = None
    for role in ROLES.get(place.expects, ()):
        found = found or entries(role).get(word)
    return found.markdown if found else ""


def _expression(reading: Reading, offset: int, function: str | None) -> str:
    """The type of the innermost expression around an offset; of a `function` only that of its call."""
    program = reading.program
    best: tuple[int, str] | None = None
    for (region, value), span in reading.compilation.places.spans.items() if program else ():
        inside = span.source.path == reading.source.path and span.start <= offset <= span.end
        if not inside or (best is not None and span.end - span.start >= best[0]):
            continue
        statement = _statement(program, region, value) if program else None
        if isinstance(statement, Apply | Invoke | Sample):
            fits = function is None or (isinstance(statement, Apply) and statement.function == function)
            best = (span.end - span.start, f"gives `{statement.type}`") if fits else best
    return best[1] if best else ""


def _statement(program: Program, region: str, value: str) -> Statement | None:
    return next((s for s in walk(body_of(program, region)) if s.result == value), None)
