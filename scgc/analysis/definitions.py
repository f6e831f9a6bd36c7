"""What a program defines, wherever that stands: for names that nothing defines before they are used.

Such a name may be defined further down, stand in its own definition, be a call of the net around it, or be
known nowhere. Names whose own definition holds a mistake are passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from scgc.analysis.scope import Scope
from scgc.analysis.unused import names_of
from scgc.diagnostics import names as codes
from scgc.diagnostics.base import Diagnostic, Label, nearest
from scgc.source import Span
from scgc.syntax import ast
from scgc.syntax.declared import declared_names
from scgc.syntax.expected import keywords

LISTED = {
    "function": "`scgc list ops` shows what there is.",
    "distribution": "`scgc list distributions` shows what there is.",
    "estimator": "`scgc list estimators` shows what there is.",
    "data set": "`scgc list data` shows what there is.",
}


class Definitions:
    """The names of a program and, while one is read, of the bodies around the place.

    `reading` are the names whose definition is being read, `nets` the nets around the place, outermost first.
    """

    def __init__(self, declarations: Iterable[ast.Declaration] = ()) -> None:
        whole = tuple(declarations)
        self.places = [_places(whole)]
        self.read = {d.name: names_of(d.body) for d in whole if isinstance(d, ast.Net)}
        self.reading: list[str] = []
        self.nets: list[str] = []

    @contextmanager
    def define(self, name: str) -> Iterator[None]:
        """While what `name` stands for is read."""
        self.reading.append(name)
        yield
        self.reading.pop()

    @contextmanager
    def enter(self, net: ast.Net) -> Iterator[None]:
        """While the body of a net is read."""
        self.places.append(_places(net.body))
        self.nets.append(net.name)
        outer, self.reading = self.reading, []
        yield
        self.reading = outer
        self.nets.pop()
        self.places.pop()

    def missing(
        self, name: ast.Name, scope: Scope, kind: str, others: tuple[str, ...] = ()
    ) -> Diagnostic | None:
        """What to tell of a name that is not known where it stands; None where all is told."""
        if scope.is_faulty(name.id):
            return None
        if self.reading and self.reading[-1] == name.id:
            return codes.SelfReference(span=name.span, name=name.id)
        cycle = self._cycle(name.id) if kind in ("function", "value") else ()
        if cycle:
            return codes.Recursion(span=name.span, name=cycle[0], chain=" -> ".join(cycle))
        later = next((p[name.id] for p in reversed(self.places) if name.id in p), None)
        if later is not None:
            label = Label(later, "defined here, later")
            return codes.UsedBeforeDefinition(span=name.span, name=name.id, others=(label,))
        known = [*scope.names(), *others] if kind in ("value", "function", "distribution") else others
        advice = "a name is defined before its use."
        if kind not in ("value", "dim"):
            advice = LISTED.get(kind, f"known: {', '.join(others)}.")
        if kind == "value" and name.id in keywords():
            advice = f"`{name.id}` begins a declaration: finish what stands before it."
        hint = nearest(name.id, known)
        return codes.UnknownName(span=name.span, kind=kind, name=name.id, nearest=hint, advice=advice)

    def _cycle(self, name: str) -> tuple[str, ...]:
        """From the net around the place through `name` back to it; nothing where no way leads back."""
        if name in self.nets:
            return (*self.nets[self.nets.index(name) :], name)
        ways: list[tuple[str, ...]] = [(name,)] if self.nets else []
        seen = {name}
        for way in ways:
            for called in sorted(self.read.get(way[-1], set()) - seen):
                if called == self.nets[0]:
                    return (called, *way, called)
                seen.add(called)
                ways.append((*way, called))
        return ()


def _places(statements: Iterable[ast.Declaration]) -> dict[str, Span]:
    """Where each name is defined first."""
    found: dict[str, Span] = {}
    for statement in statements:
        for name in declared_names(statement):
            found.setdefault(name, statement.span)
    return found
