"""The last stage: the typed graph of a program to the text of a PyTorch module.

The text depends on torch and `scgc.runtime` only; nothing here imports torch. Names are given out twice:
first to learn what the module imports, then so that nothing clashes with it.
"""

from __future__ import annotations

from scgc.analysis.credit import credit
from scgc.diagnostics.base import CompilerBug
from scgc.emit.comments import Comments
from scgc.emit.generating import generating
from scgc.emit.homes import Homes
from scgc.emit.imports import imports, used_names
from scgc.emit.layout import module_text
from scgc.emit.leads import Leads
from scgc.emit.module import Assign, Class, Function, Line, Module
from scgc.emit.nets import Nets
from scgc.emit.program import Model
from scgc.emit.regions import Regions, Together
from scgc.ir.graph import Places, Program

MOST_ATTEMPTS = 8
"""How often names are given out; each time only names of `scgc.runtime` can be new."""


def emit(program: Program, places: Places, together: Together | None = None, observed: bool = False) -> str:
    """The Python module of a program, as text.

    together: the calls that are made as one. observed: its nodes tell `scgc.runtime.observing` what they
    draw; all else is the same.
    """
    regions = Regions(program, together)
    leads = Leads(regions, credit(program))
    alone = generating(regions)
    comments = Comments(regions, places)
    imported: frozenset[str] = frozenset()
    for _ in range(MOST_ATTEMPTS):
        module, found = _module(Homes(regions, leads, imported, observed), comments, alone)
        if found <= imported:
            return module_text(module)
        imported |= found
    raise CompilerBug(f"{program.name} reads names that nothing defines: {', '.join(sorted(found))}")


def _module(homes: Homes, comments: Comments, alone: Leads | None) -> tuple[Module, frozenset[str]]:
    """The module with the names of `homes`, and what it imports from `scgc.runtime`."""
    program = homes.regions.program
    nets = Nets(homes, comments)
    nets.write()
    model = Model(homes, comments, nets, alone).class_()
    parts: list[Class | Function] = [*nets.functions, *nets.classes, model]
    used = used_names(parts)
    constants = _constants(homes, used)
    used |= used_names([], constants)
    found, runtime = imports(used, homes, comments)
    variant = f", variant {program.variant}" if program.variant else ""
    doc = f"{program.doc}\n\nWritten by scgc from {program.name}.scg{variant}.".strip()
    return Module(doc, found, constants, parts), frozenset(runtime)


def _constants(homes: Homes, used: set[str]) -> list[Line]:
    """The dims that the code names, and those that they are computed from."""
    program = homes.regions.program
    lines: list[Line] = []
    for decl in program.dims:
        constant = homes.constants.get(decl.name)
        if constant in used:
            doc = " ".join(decl.doc.split())
            lines.append(Assign((constant,), homes.dim(decl.value, None), doc))
    return lines
