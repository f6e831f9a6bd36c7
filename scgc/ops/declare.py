"""How an operator is declared: its signature in the language's own notation is its shape rule.

In a signature a slot of a tensor kind (`real`, `int`, `bool`, `bit`, `class(k)`, `onehot(k)`, `any`) or of
kind `dist` is a value of the graph; `dim`, `number`, `flag`, `word` and `axis` are known before running.
Names in shapes are bound by the arguments and compared; `*s` stands for any leading axes, and where it
occurs twice the axes broadcast. `any` takes one kind, which the result repeats. A slot `xs... : real[*s]`
takes any number of values, `shape... : dim` any number of dimensions. Example:

    conv(x : real[c, h, w], out : dim, kernel : dim, stride : dim = 1, padding : dim = 0)
        -> real[out, (h + 2 * padding - kernel) / stride + 1, (w + 2 * padding - kernel) / stride + 1]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from scgc.declared import Declared

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering
    from scgc.ir.types import TensorType
    from scgc.ops.signature import Match
    from scgc.syntax import ast


class Operator(Declared):
    """An operator or layer of the language.

    signature: as above.
    doc: one line for the reference.
    example: an expression that compiles on its own.
    torch: the Python expression it becomes, with `{slot}`, options and bound dims in braces, or a function
    that
        writes it where leading axes (batch, samples, mapped axes) need care.
    layer: for a layer, the constructor of the submodule that owns its parameters; `{layer}` in `torch`
    calls it. weights: how many numbers its weights have, biases left out. result: the result's type where
    the notation cannot say it (reshape, concat). scalar: the expression for Python floats, where the operator
    may stand in a schedule. derivative: the slots through which a gradient passes; None for all of them.
    draws: whether it draws random numbers in training (dropout, dropres).

    What it does with the padding behind shorter examples: it mixes the entries along the axes that its
    signature names, `untouched` ones excepted; `along` "axis" says those of the option of this name instead
    (all of them where it is not given), "all" every axis. There a slot `where` leaves the padding out, or
    `padding` says what is written into it, by slot; an operator with neither refuses such axes. keeps:
    whether axes with padding (numbered from the front) stay what they are, where the signature cannot tell;
    the last argument is the number of the value in a slot of several. same: the options that must be the same
    for every example, whatever its lengths. nonempty: whether it needs an entry along every axis.
    across: whether it mixes examples with each other, and the elements that a net is mapped over.
    """

    doc: str
    example: str
    torch: str | Callable[[Lowering], str]
    layer: str | None = None
    weights: str = ""
    result: Callable[[Match], TensorType] | None = None
    scalar: str | None = None
    derivative: tuple[str, ...] | None = None
    draws: bool = False
    along: Literal["", "axis", "all"] = ""
    untouched: tuple[str, ...] = ()
    padding: Mapping[str, float] = field(default_factory=dict)
    across: bool = False
    keeps: Callable[[Match, TensorType, tuple[int, ...], int], bool] | None = None
    same: tuple[str, ...] = ()
    nonempty: bool = False

    @cached_property
    def weighed(self) -> ast.Expression:
        """The tree of `weights`."""
        from scgc.syntax.parse import parse_expression

        return parse_expression(self.weights)
