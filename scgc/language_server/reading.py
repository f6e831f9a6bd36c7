"""One text through the pipeline as an editor wants it: whatever can be known, also where it is unfinished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scgc.analysis.resolve import Read
from scgc.checking import Found, check
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.diagnostics.names import UnknownMember
from scgc.ir.graph import Home, Name, Program
from scgc.language_server.recovery import recover
from scgc.pipeline import Compilation
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.naming import key_words, name_at
from scgc.syntax.parse import CLAUSES

VARIANTS = "%variant"
"""The region of the names of variants, which `sweep` blocks and the command line know."""


@dataclass(frozen=True)
class Declared:
    """A name that the program declares: its place, and the declaration around it."""

    home: Home
    at: Span
    node: ast.Node


class Reading:
    """What is known of one text. The program is checked as with `--allow-extern`: nothing of it runs. `read`
    gives the texts of the files that it uses."""

    def __init__(self, source: Source, read: Read | None = None) -> None:
        self.source = source
        self.read = read
        self.tree, self.faults, self.lost = recover(source)
        self.compilation = Compilation(source, allow_extern=True)
        self.compilation.parsed = self.tree
        self.compilation.read = read
        for fault in self.faults:
            self.compilation.sink.report(fault)

    @property
    def whole(self) -> bool:
        """Whether all of the text was parsed."""
        return not self.faults

    @cached_property
    def diagnostics(self) -> list[Found]:
        """Each once, however many variants have it; of an unfinished text only what the rest says for
        sure."""
        if self.whole:
            return list(check(self.compilation))
        return [(None, d) for d in self.compilation.diagnostics if self._sure(d)]

    def _sure(self, diagnostic: Diagnostic) -> bool:
        """Whether it would be there too if what could not be parsed declared all its words."""
        if diagnostic in self.faults:
            return True
        told = {str(getattr(diagnostic, word, "")).split(".")[0] for word in ("name", "key", "net")}
        unsure = isinstance(diagnostic, UnknownMember) or bool(told & self.lost)
        return diagnostic.severity == "error" and not unsure

    # ---- names

    @cached_property
    def program(self) -> Program | None:
        """The graph, as far as it goes; None where there is not even that."""
        try:
            return self.compilation.analysed[0]
        except ProgramError:
            return None

    @cached_property
    def names(self) -> dict[Span, Name]:
        """What every name belongs to, of the text without its variants and of the files that it uses."""
        return self._analysed(self.compilation)

    @cached_property
    def all_names(self) -> dict[Span, Name]:
        """The same with those in variants, and in the keys of settings."""
        found = dict(self.names)
        for compilation in self.compilation.under_variants if self.whole else ():
            for span, name in self._analysed(compilation).items():
                found.setdefault(span, name.replace(declares=False))
        for span, home in (*self._keys(found), *self._variants()):
            found.setdefault(span, Name(home, None))
        return found

    def _analysed(self, compilation: Compilation) -> dict[Span, Name]:
        try:
            names = compilation.places.names
        except ProgramError:
            return {}
        return {s: n for s, n in names.items() if s.source.path == self.source.path or _is_file(s.source)}

    def _keys(self, names: dict[Span, Name]) -> Iterator[tuple[Span, Home]]:
        """The words of settings' keys that name something of the program, and names in a sweep's values."""
        homes = {n.home for n in names.values()}
        for block in self.tree.declarations:
            for setting in getattr(block, "settings", ()) if not isinstance(block, ast.Train) else ():
                yield from _named_by(key_words(setting), homes)
                swept = isinstance(block, ast.Sweep) and setting.key != "variant"
                values = ast.names(setting.value) if swept else ()
                yield from ((n.span, ("", n.id)) for n in values if ("", n.id) in homes)

    def _variants(self) -> Iterator[tuple[Span, Home]]:
        """The names of variants: where they are declared, and in the values of a sweep."""
        known = {d.name for d in self._own_variants()}
        for block in self.tree.declarations:
            if isinstance(block, ast.Variant):
                yield name_at(block, block.name), (VARIANTS, block.name)
            for setting in block.settings if isinstance(block, ast.Sweep) else ():
                values = ast.names(setting.value) if setting.key == "variant" else ()
                yield from ((n.span, (VARIANTS, n.id)) for n in values if n.id in known)

    def _own_variants(self) -> Iterator[ast.Variant]:
        yield from (d for d in self.tree.declarations if isinstance(d, ast.Variant))

    @cached_property
    def declared(self) -> dict[Home, Declared]:
        """Every name that is declared, by what it belongs to; files that are used first."""
        nodes = {_key(name_at(node, n)): node for node, names in self._declarations() for n in names}
        found: dict[Home, Declared] = {}
        for span, name in self.names.items():
            if name.declares and _key(span) in nodes:
                found.setdefault(name.home, Declared(name.home, span, nodes[_key(span)]))
        for variant in self._own_variants():
            home = (VARIANTS, variant.name)
            found.setdefault(home, Declared(home, name_at(variant, variant.name), variant))
        return found

    def _declarations(self) -> Iterator[tuple[ast.Node, tuple[str, ...]]]:
        try:
            yield from _within(self.compilation.resolved.declarations)
        except ProgramError:
            yield from _within(self.tree.declarations)

    def at(self, offset: int) -> tuple[Span, Name] | None:
        """The name that stands at an offset of the text."""
        for names in (self.names, self.all_names):
            for span, name in names.items():
                if span.source.path == self.source.path and span.start <= offset <= span.end:
                    return span, name
        return None

    def places(self, home: Home) -> list[Span]:
        """Where something is named, in the order of the text; also in files that are used."""
        found = {_key(s): s for s, n in self.all_names.items() if n.home == home}
        return [found[key] for key in sorted(found)]


def _key(span: Span) -> tuple[str, int, int]:
    return span.source.path, span.start, span.end


def _is_file(source: Source) -> bool:
    return Path(source.path).suffix == ".scg"


def _within(node: object) -> Iterator[tuple[ast.Node, tuple[str, ...]]]:
    """Every declaration with the names that it gives, those inside of others too."""
    if isinstance(node, tuple):
        for part in node:
            yield from _within(part)
    elif isinstance(node, ast.Declaration | ast.Group):
        yield node, _gives(node)
        for part in vars(node).values():
            yield from _within(part)


def _gives(node: ast.Declaration | ast.Group) -> tuple[str, ...]:
    match node:
        case ast.Input(names=names) | ast.Group(names=names):
            return tuple(n.id for n in names)
        case ast.For(index=index):
            return (index.id,)
        case ast.Variant() | ast.Evaluate() | ast.Update() | ast.Header():
            return ()
        case _:
            return (node.name,) if hasattr(node, "name") else ()


def _named_by(words: list[Span], homes: set[Home]) -> Iterator[tuple[Span, Home]]:
    """What the words of a key belong to: `pick`, `z` and `via` name the net, its node, and nothing."""
    texts = [w.text for w in words]
    if texts[-1] in CLAUSES:
        words, texts = words[:-1], texts[:-1]
    if not texts:
        return
    *nets, name = texts
    fitting = [h for h in homes if h[1] == name and ("/" + h[0]).endswith("/" + "/".join(nets))]
    exact = [h for h in fitting if h[0] == "/".join(nets)] or fitting
    if len(exact) != 1:
        return
    yield words[-1], exact[0]
    around = exact[0][0].split("/")
    for depth, word in enumerate(reversed(words[:-1])):
        path = around[: len(around) - depth]
        yield word, ("/".join(path[:-1]), path[-1])
