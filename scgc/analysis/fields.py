"""What a data set supplies against what the program's inputs ask for, as far as the text tells."""

from __future__ import annotations

from collections.abc import Iterator

from scgc.analysis.constants import KINDS
from scgc.data import data_sets
from scgc.data.factors import FACTORS
from scgc.diagnostics.base import Sink, nearest
from scgc.diagnostics.data import DataMismatch, InputWithoutData
from scgc.diagnostics.studies import WithoutFactors
from scgc.ir.dims import Dim
from scgc.ir.graph import DimOption, Input, Program, Use
from scgc.ir.types import TensorType
from scgc.metrics import measures
from scgc.source import Source, Span
from scgc.syntax import ast
from scgc.syntax.parse import parse_signature


def verify_data(program: Program, tree: ast.Program, sink: Sink) -> None:
    """Report inputs that the data sets of the train and evaluate blocks do not supply or supply otherwise."""
    uses = [program.train.data] if program.train else []
    uses += [e.data for e in program.evaluations]
    verify_factors(program, tree, sink)
    for use in uses:
        supplied = field_types(use) if use else None
        if use is None or supplied is None:
            continue
        for wanted in program.inputs:
            span = _span(tree, wanted.name)
            found = supplied.get(wanted.name)
            if found is None and not wanted.optional:
                sink.report(
                    InputWithoutData(
                        span=span,
                        data=use.name,
                        name=wanted.name,
                        supplied=", ".join(supplied),
                        nearest=nearest(wanted.name, list(supplied)),
                    )
                )
            elif found is not None and not fits(found, wanted, program):
                sink.report(
                    DataMismatch(span=span, name=wanted.name, expected=str(wanted.type), found=str(found))
                )


def verify_factors(program: Program, tree: ast.Program, sink: Sink) -> None:
    """Report measures of factors where the data has none, or nodes are drawn freely."""
    for block in program.evaluations:
        use = block.data or (program.train.data if program.train else None)
        known = field_types(use) if use else {}
        reason, advice = (
            "",
            "`dsprites`, `circles`, ... supply `factors`, and your own arrays may be called so.",
        )
        if block.free:
            reason, advice = "a free node belongs to no example", "report it in a block without `free`."
        elif known is not None and FACTORS not in known:
            reason = f"`{use.name}` supplies none" if use else "the program has no data"
        for name, span in _report(tree, block.name) if reason else ():
            if name in measures() and measures()[name].factors:
                sink.report(WithoutFactors(span=span, measure=name, reason=reason, advice=advice))


def field_types(use: Use) -> dict[str, TensorType] | None:
    """The types of a data set's fields under its options; None where the user's files decide."""
    declared = data_sets()[use.name].fields
    if declared is None:
        return None
    values = {k: v.dim for k, v in use.options.items() if isinstance(v, DimOption)}
    return {name: _type(text, values) for name, text in declared.items()}


def _type(text: str, values: dict[str, Dim]) -> TensorType:
    signature = parse_signature(f"field() -> {text}")
    assert signature.result is not None
    parsed = signature.result
    size = _dim(parsed.size, values) if parsed.size is not None else None
    shape = tuple(_dim(axis, values) for axis in parsed.shape or () if not isinstance(axis, ast.Rest))
    return TensorType(kind=KINDS[parsed.kind], size=size, shape=shape)


def _dim(expression: ast.Expression, values: dict[str, Dim]) -> Dim:
    text = expression.span.text
    return Dim.parse(text.replace("/", "//")).substitute(values)


def fits(found: TensorType, wanted: Input, program: Program) -> bool:
    """Whether a field can be an input: same kind and shape, classes within its range."""
    known = program.dim_values()
    a, b = found.substitute(known), wanted.type.substitute(known)
    kinds = {("class", "int"), ("int", "real"), ("class", "real"), ("bool", "real")}
    if a.kind != b.kind and (a.kind, b.kind) not in kinds:
        return False
    sizes = a.size is None or b.size is None or a.size.value is None or b.size.value is None
    if not sizes and a.size and b.size and (a.size.value or 0) > (b.size.value or 0):
        return False
    open_ = [d.value is None for d in (*a.shape, *b.shape)]
    return len(a.shape) == len(b.shape) and (any(open_) or a.shape == b.shape)


def _report(tree: ast.Program, block: str) -> Iterator[tuple[str, Span]]:
    """The measures that an `evaluate` block names, and where."""
    for declaration in tree.declarations:
        if isinstance(declaration, ast.Evaluate) and declaration.name == block:
            for value in (s.value for s in declaration.settings if s.key == "report"):
                for item in value.items if isinstance(value, ast.List) else (value,):
                    if isinstance(item, ast.Call) and isinstance(item.function, ast.Name):
                        yield item.function.id, item.span


def _span(tree: ast.Program, name: str) -> Span:
    for declaration in tree.declarations:
        if isinstance(declaration, ast.Input):
            for given in declaration.names:
                if given.id == name:
                    return given.span
    return Span(Source("", ""), 0, 0)
