"""The table of contents of the compiler: one program through all stages, each a cached property.

    source -> tree -> resolved -> program (IR) -> python, drawing

Each stage is worked out when first asked for. `program` and what follows raise `ProgramError` where the text
holds errors; `diagnostics` tells all of them and the warnings.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from scgc.diagnostics.base import Diagnostic, ProgramError, Sink
from scgc.source import Source

if TYPE_CHECKING:
    from scgc.analysis.resolve import Read
    from scgc.ir.graph import Places, Program
    from scgc.passes import Prepared
    from scgc.syntax import ast


class Compilation:
    """One program under one variant and one set of overrides (`{"beta": "1", "z.via": "score"}`).

    `read` gives the texts of the files that it uses, for those who have newer ones than the disk.
    """

    def __init__(
        self,
        source: Source,
        variant: str | None = None,
        overrides: Mapping[str, str] | None = None,
        allow_extern: bool = False,
    ) -> None:
        self.source = source
        self.variant = variant
        self.overrides = dict(overrides or {})
        self.allow_extern = allow_extern
        self.passes = True
        self.sink = Sink()
        self.changes_dims = True
        self.read: Read | None = None

    @classmethod
    def of(
        cls,
        path: str | Path,
        variant: str | None = None,
        overrides: Mapping[str, str] | None = None,
        allow_extern: bool = False,
    ) -> Compilation:
        """Of a file, or of a shipped program by its name. Raises ProgramError where there is none."""
        from scgc.programs import find
        from scgc.syntax.errors import read_source

        return cls(read_source(find(path)), variant, overrides, allow_extern)

    @cached_property
    def parsed(self) -> ast.Program | ProgramError:
        """The syntax tree, or what is wrong with the text."""
        from scgc.syntax.errors import parse_program

        try:
            return parse_program(self.source)
        except ProgramError as error:
            return error

    @property
    def tree(self) -> ast.Program:
        """The syntax tree. Raises ProgramError."""
        if isinstance(self.parsed, ProgramError):
            raise ProgramError(self.parsed.diagnostics)
        return self.parsed

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of its variants, those of the files that it uses among them; none where one of them
        cannot be parsed."""
        from scgc.analysis.resolve import variants

        try:
            return tuple(dict.fromkeys(v.name for v in variants(self.resolved)))
        except ProgramError:
            return ()

    @cached_property
    def resolved(self) -> ast.Program:
        """The declarations with `use`, the variant and the overrides in place."""
        from scgc.analysis.overrides import parse_settings
        from scgc.analysis.resolve import resolve
        from scgc.syntax.errors import read_source

        settings = parse_settings(self.overrides, self.sink)
        read = self.read or read_source
        return resolve(self.tree, self.variant, settings, self.sink, read)

    @cached_property
    def analysed(self) -> tuple[Program, Places]:
        """The graph and its places, whatever mistakes were found; `diagnostics` holds them."""
        from scgc.analysis.infer import infer
        from scgc.analysis.sweeps import verify_sweep
        from scgc.analysis.unused import verify_used
        from scgc.analysis.verify import verify

        name = Path(self.source.path).stem
        program, places = infer(self.resolved, name, self.variant, self.sink)
        whole = self.variant is None and not self.overrides
        typed = not self.sink.errors
        verify(program, places, self.resolved, self.allow_extern, self.sink)
        if typed and whole:
            verify_used(program, self.resolved, self.sink)
        if whole:
            verify_sweep(self.resolved, self.sink)
        return program, places

    @cached_property
    def under_variants(self) -> tuple[Compilation, ...]:
        """The program under each of its variants; none where this is one of them."""
        return () if self.variant is not None else tuple(self._with(n, self.overrides) for n in self.variants)

    def _with(self, variant: str | None, overrides: Mapping[str, str]) -> Compilation:
        """The same text under another variant and other overrides."""
        other = Compilation(self.source, variant, overrides, self.allow_extern)
        other.passes, other.read, other.parsed = self.passes, self.read, self.parsed
        return other

    def verify_evaluated(self) -> None:
        """What `evaluate` blocks make of the program has the same parameters, and no mistakes of its own."""
        for name, other in self.evaluated.items():
            for fault in other.diagnostics:
                if fault.severity == "error":
                    self.sink.report(fault)
            if not other.sink.errors:
                from scgc.emit.parameters import verify_parameters

                verify_parameters(self.analysed[0], other.analysed[0], name, self.resolved, self.sink)

    @cached_property
    def evaluated(self) -> dict[str, Compilation]:
        """The program as the `evaluate` blocks see it that change dims, by the name of the block."""
        found: dict[str, Compilation] = {}
        for block in self.analysed[0].evaluations if self.changes_dims else ():
            if block.dims:
                dims = {name: str(dim) for name, dim in block.dims.items()}
                other = self._with(self.variant, {**self.overrides, **dims})
                other.changes_dims = False
                found[block.name] = other
        return found

    @cached_property
    def found(self) -> tuple[Diagnostic, ...]:
        """Every error and warning, in order of place, also those that the program allows."""
        try:
            _ = self.analysed
            if not self.sink.errors:
                self.verify_evaluated()
        except ProgramError as error:
            return (*self.sink, *error.diagnostics)
        return tuple(self.sink)

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every error, and every warning that the program does not allow, in order of place."""
        from scgc.diagnostics.allow import told

        return told(self.found)

    @property
    def program(self) -> Program:
        """The graph. Raises ProgramError with every error of the text."""
        program, _ = self.analysed
        if not self.sink.errors:
            self.verify_evaluated()
        if self.sink.errors:
            raise ProgramError(self.sink.errors)
        return program

    @property
    def places(self) -> Places:
        return self.analysed[1]

    @cached_property
    def prepared(self) -> Prepared:
        """The graph after the passes, or as it is where `passes` is false."""
        from scgc.passes import Prepared, prepare

        return prepare(self.program) if self.passes else Prepared(self.program)

    def _repr_svg_(self) -> str:
        """The drawing, as notebooks show it."""
        from scgc.draw import dot
        from scgc.draw.render import svg

        return svg(dot(self.program, places=self.places))

    @cached_property
    def python(self) -> str:
        """The PyTorch module."""
        from scgc.emit import emit

        return emit(self.prepared.program, self.places, self.prepared.together)
