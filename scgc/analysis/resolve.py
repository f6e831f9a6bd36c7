"""First stage of the analysis: one flat list of declarations.

Files named by `use` are read in, a variant's and the command line's replacements are put in place of what
they replace, and each name is declared once. What comes out is an ordinary `ast.Program`, so that later
stages know nothing of variants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from scgc.analysis import overrides
from scgc.diagnostics import names as codes
from scgc.diagnostics.base import Label, Sink
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.declared import declared_names
from scgc.syntax.errors import parse_program, read_source

Read = Callable[[Path], Source]
"""How the text of a file that is used is had. Raises ProgramError."""


def resolve(
    tree: ast.Program,
    variant: str | None,
    settings: Sequence[ast.Setting],
    sink: Sink,
    read: Read = read_source,
) -> ast.Program:
    """The program with `use`s read in, `variant` applied, then `settings` (of `--set`)."""
    declarations = gather(tree, sink, read, ())
    verify_unique(declarations, sink)
    if variant is not None:
        declarations = overrides.apply(declarations, variant_settings(declarations, variant, sink), sink)
    declarations = overrides.apply(declarations, settings, sink)
    return tree.replace(declarations=tuple(declarations))


def variants(tree: ast.Program) -> tuple[ast.Variant, ...]:
    """The variants that a resolved program declares."""
    return tuple(d for d in tree.declarations if isinstance(d, ast.Variant))


def gather(
    tree: ast.Program,
    sink: Sink,
    read: Read,
    above: tuple[Path, ...],
    taken: set[Path] | None = None,
) -> list[ast.Declaration]:
    """The declarations of a file after those of the files it uses; its own replace theirs in place.

    above: the files that lead here. taken: those that were read already, of which nothing is read again.
    """
    path = Path(tree.span.source.path)
    taken = set() if taken is None else taken
    used: list[ast.Declaration] = []
    own: list[ast.Declaration] = []
    for declaration in tree.declarations:
        if isinstance(declaration, ast.Use):
            used = merge(used, read_used(declaration, path, sink, read, (*above, path.resolve()), taken))
        else:
            own.append(declaration)
    return merge(used, own)


def read_used(
    use: ast.Use, path: Path, sink: Sink, read: Read, above: tuple[Path, ...], taken: set[Path]
) -> list[ast.Declaration]:
    target = path.parent / use.path
    folder, resolved = above[0].parent, target.resolve()
    if Path(use.path).is_absolute() or folder not in resolved.parents:
        sink.report(codes.UseOutside(span=use.span, path=use.path))
    elif resolved in above:
        cycle = " -> ".join(p.name for p in (*above[above.index(resolved) :], resolved))
        sink.report(codes.UseCycle(span=use.span, chain=cycle))
    elif not target.is_file():
        sink.report(codes.UseMissing(span=use.span, path=use.path, looked=str(target)))
    elif resolved not in taken:
        taken.add(resolved)
        tree = parse_program(read(target))
        declarations = gather(tree, sink, read, above, taken)
        return [d for d in declarations if not isinstance(d, ast.Header)]
    return []


def merge(used: list[ast.Declaration], own: list[ast.Declaration]) -> list[ast.Declaration]:
    """`own` after `used`; a name declared again replaces the used declaration where that stood, and what is
    new in front of it comes with it. The settings of a second train block replace those of the same key, and
    a sweep block replaces theirs."""
    swept = any(isinstance(d, ast.Sweep) for d in own)
    merged = [d for d in used if not (swept and isinstance(d, ast.Sweep))]
    waiting: list[ast.Declaration] = []
    for declaration in own:
        at = _place(merged, declaration)
        if at is None:
            waiting.append(declaration)
        elif isinstance(declaration, ast.Train):
            before = merged[at]
            assert isinstance(before, ast.Train)
            merged[at] = overrides.replaced_by(before, declaration)
        else:
            merged[at : at + 1] = [*waiting, declaration]
            waiting = []
    return merged + waiting


def _place(merged: list[ast.Declaration], declaration: ast.Declaration) -> int | None:
    """Where the declaration that another one replaces stands."""
    if isinstance(declaration, ast.Train):
        return next((i for i, d in enumerate(merged) if isinstance(d, ast.Train)), None)
    names = set(declared_names(declaration))
    return next((i for i, d in enumerate(merged) if names & set(declared_names(d))), None)


def verify_unique(declarations: Iterable[ast.Declaration], sink: Sink) -> None:
    first: dict[str, Span] = {}
    for declaration in declarations:
        for name, place in zip(declared_names(declaration), _places(declaration), strict=True):
            if name in first:
                sink.report(
                    _twice(
                        name, first[name], place, replaced=not isinstance(declaration, tuple(overrides.FIXED))
                    )
                )
            first.setdefault(name, place)


def _places(declaration: ast.Declaration) -> tuple[Span, ...]:
    """Where each of the names that a declaration gives stands."""
    if isinstance(declaration, ast.Input):
        return tuple(n.span for n in declaration.names)
    return (declaration.span,) * len(declared_names(declaration))


def _twice(name: str, first: Span, again: Span, *, replaced: bool) -> codes.DuplicateName:
    label = Label(first, "first declared here")
    if " " in name or not replaced:  # `variant NAME` and `evaluate NAME` are no definitions of a value
        return codes.DuplicateName(span=again, name=f"`{name}`", others=(label,))
    advice = f"rename one of them; `variant NAME {{ {name} = ... }}` is how a definition is replaced."
    return codes.DuplicateName(span=again, name=f"`{name}`", advice=advice, others=(label,))


def variant_settings(
    declarations: list[ast.Declaration], variant: str, sink: Sink
) -> tuple[ast.Setting, ...]:
    known = [d for d in declarations if isinstance(d, ast.Variant)]
    for declaration in known:
        if declaration.name == variant:
            return declaration.settings
    names = [d.name for d in known]
    sink.report(codes.UnknownVariant.among(names, variant, None))
    return ()
