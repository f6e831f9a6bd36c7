"""Which argument of a call goes to which slot of a signature, and the options among them."""

from __future__ import annotations

from scgc.analysis.scope import Typed
from scgc.diagnostics import arguments as codes
from scgc.diagnostics.base import Sink, nearest
from scgc.record import Record
from scgc.source import Span
from scgc.syntax import ast


class Given(Record):
    """An argument: an expression of the text, or a value already inferred (what `|>` passes on)."""

    what: ast.Expression | Typed
    span: Span


class Arguments(Record):
    """The arguments of one call of `what`, whose signature is shown in messages."""

    what: str
    signature: str
    span: Span
    positional: tuple[Given, ...] = ()
    named: tuple[ast.Named, ...] = ()

    @classmethod
    def of(cls, call: ast.Expression, what: str, signature: str, first: Given | None = None) -> Arguments:
        """Those of a call, or none where only a name stands; `first` goes in front."""
        before = (first,) if first else ()
        if not isinstance(call, ast.Call):
            return cls(what, signature, call.span, before)
        positional = (*before, *(Given(a, a.span) for a in call.args))
        return cls(what, signature, call.span, positional, call.named)


Bound = dict[str, list[Given]]
"""Slot name -> its arguments: one, or any number for a variadic slot. Slots left out are absent."""


def bind(slots: tuple[ast.Slot, ...], arguments: Arguments, sink: Sink) -> Bound | None:
    """Arguments by slot; None after reporting what is too many, unknown, doubled or missing.

    A variadic slot of kind `any` takes named arguments of any name besides.
    """
    faults = len(sink)
    bound = _bind_positional(slots, arguments, sink)
    known = [s.name for s in slots]
    free = any(s.variadic and s.type.kind == "any" for s in slots)
    for named in arguments.named:
        if named.name not in known and not free:
            sink.report(
                codes.UnknownArgument(
                    span=named.span,
                    name=named.name,
                    function=arguments.what,
                    signature=arguments.signature,
                    nearest=nearest(named.name, known),
                )
            )
        elif named.name in bound:
            sink.report(codes.DuplicateArgument(span=named.span, name=named.name, function=arguments.what))
        else:
            values = named.value.items if isinstance(named.value, ast.List) else (named.value,)
            bound[named.name] = [Given(v, v.span) for v in values]
    missing = [s.name for s in slots if not (s.name in bound or s.default or s.variadic)]
    if missing and len(sink) == faults:
        sink.report(
            codes.MissingArgument(
                span=arguments.span,
                name=missing[0],
                function=arguments.what,
                signature=arguments.signature,
            )
        )
    return bound if len(sink) == faults else None


def _bind_positional(slots: tuple[ast.Slot, ...], arguments: Arguments, sink: Sink) -> Bound:
    bound: Bound = {}
    waiting = list(arguments.positional)
    for slot in slots:
        if waiting and slot.variadic:
            bound[slot.name], waiting = waiting, []
        elif waiting:
            bound[slot.name] = [waiting.pop(0)]
    if waiting:
        sink.report(
            codes.ArgumentCount(
                span=waiting[0].span,
                function=arguments.what,
                expected=f"{len(slots)} argument{'s' if len(slots) != 1 else ''}",
                found=len(arguments.positional),
                signature=arguments.signature,
            )
        )
    return bound
