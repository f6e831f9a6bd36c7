"""The statements in the text of an IR, with what stands inside of loops and choices."""

from __future__ import annotations

from typing import Any, cast

from lark import Token, v_args

from scgc.ir import graph
from scgc.ir.dims import Dim
from scgc.ir.reader_parts import Part, PartReader
from scgc.ir.types import TensorType, Type

STATEMENTS = (graph.Apply, graph.Invoke, graph.Propagate, graph.Sample, graph.Loop, graph.Choice)


@v_args(inline=True)
class StatementReader(PartReader):
    """One method a grammar rule."""

    def apply(self, result: str, type_: Type, function: str, arguments: Any, *layer: str) -> graph.Apply:
        inputs, options = arguments
        return graph.Apply(
            result=result,
            function=function,
            inputs=inputs,
            options=options,
            type=type_,
            layer=next(iter(layer), None),
        )

    def layer(self, name: str) -> str:
        return name

    def invoke(self, result: str, type_: TensorType, net: Part, *items: Any) -> graph.Invoke:
        parts = dict(i for i in items if isinstance(i, Part))
        return graph.Invoke(
            result=result,
            net=net.value,
            copy_index=parts.get("copies"),
            args=tuple(i for i in items if not isinstance(i, Part)),
            mapped=parts.get("mapped", ()),
            spread=parts.get("spread", ()),
            type=type_,
        )

    def path(self, *names: str) -> Part:
        return Part("net", "/".join(names))

    def mapped(self, *dims: Dim) -> Part:
        return Part("mapped", dims)

    def spread(self, *flags: bool) -> Part:
        return Part("spread", flags)

    def sample(
        self, result: str, type_: TensorType, distribution: str, estimator: graph.Use, *clauses: Part
    ) -> graph.Sample:
        return graph.Sample(
            result=result, distribution=distribution, estimator=estimator, type=type_, **dict(clauses)
        )

    def prior(self, name: str) -> Part:
        return Part("prior", name)

    def observe(self, operand: graph.Operand) -> Part:
        return Part("observe", operand)

    def propagate(self, result: str, type_: TensorType, net: Part, *items: Any) -> graph.Propagate:
        parts = dict(i for i in items if isinstance(i, Part))
        dst, src, along = [i for i in items if not isinstance(i, Part)]
        return graph.Propagate(
            result=result,
            net=net.value,
            copy_index=parts.get("copies"),
            dst=dst,
            src=src,
            along=along,
            where=parts.get("where"),
            type=type_,
        )

    def where(self, name: str) -> Part:
        return Part("where", name)

    def only(self, name: str) -> Part:
        return Part("where", name)

    # ---- loops and choices

    def loop(self, result: str, index: str, counted: tuple[Dim, Dim], *items: Any) -> graph.Loop:
        start, stop = counted
        return graph.Loop(
            result=result,
            index=index,
            start=start,
            count=stop - start,
            carried=tuple(i for i in items if isinstance(i, graph.Carry)),
            body=body(items),
            **dict(i for i in items if isinstance(i, Part)),
        )

    def range(self, start: Dim, stop: Dim) -> tuple[Dim, Dim]:
        return start, stop

    def over(self, name: str) -> Part:
        return Part("over", name)

    def entry(self, name: str) -> Part:
        return Part("item", name)

    def alive(self, name: str) -> Part:
        return Part("alive", name)

    def halt(self, name: str) -> Part:
        return Part("halt", name)

    def carry(
        self, name: str, type_: TensorType, start: graph.Operand, following: graph.Operand, result: str
    ) -> graph.Carry:
        return graph.Carry(name=name, start=start, next=following, result=result, type=type_)

    def choice(self, result: str, test: graph.Test, *items: Any) -> graph.Choice:
        return graph.Choice(
            result=result,
            test=test,
            body=body(items),
            merges=tuple(i for i in items if isinstance(i, graph.Merge)),
            **dict(i for i in items if isinstance(i, Part)),
        )

    def orelse(self, *items: Any) -> Part:
        return Part("orelse", body(items))

    def merge(
        self, result: str, type_: TensorType, then: graph.Operand, orelse: graph.Operand
    ) -> graph.Merge:
        return graph.Merge(result=result, then=then, orelse=orelse, type=type_)

    def comparison(self, left: Dim, sign: Token, right: Dim) -> graph.Test:
        return graph.Test(op=cast(Any, str(sign)), left=left, right=right)

    def both(self, left: graph.Test, right: graph.Test) -> graph.Test:
        return graph.Test(op="and", left=left, right=right)

    def either(self, left: graph.Test, right: graph.Test) -> graph.Test:
        return graph.Test(op="or", left=left, right=right)

    def opposite(self, _: Token, test: graph.Test) -> graph.Test:
        return graph.Test(op="not", left=test)

    def training(self, _: Token) -> graph.Test:
        return graph.Test(op="training")


def body(items: tuple[Any, ...]) -> tuple[graph.Statement, ...]:
    """The statements among the items of a rule."""
    return tuple(item for item in items if isinstance(item, STATEMENTS))
