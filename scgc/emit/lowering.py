"""One statement to one Python expression: what the templates and functions of declarations are given.

A lowering function returns a template for this statement. Axes count from the end, because any number of
dimensions (batch, samples, mapped axes) may stand in front of an example's shape.
"""

from __future__ import annotations

import ast as py
from collections.abc import Callable
from dataclasses import dataclass

from scgc.emit import expressions
from scgc.emit.expressions import Filling
from scgc.emit.nodes import plates
from scgc.emit.tensors import needs_tensor, tensor_of, with_axes
from scgc.ir.dims import Dim
from scgc.ir.graph import DimOption, Option, TextOption, WordOption
from scgc.ir.types import DistType, TensorType, Type
from scgc.ops.signature import VALUE_KINDS, Match
from scgc.syntax import ast


@dataclass(frozen=True)
class Value:
    """An operand: expression, type, lead (0, 1 or many), and whether it is a plain Python number."""

    tree: py.expr
    type: Type
    lead: int
    number: bool = False


@dataclass
class Surroundings:
    """What a lowering may ask of the place where the expression stands.

    repeated: whether it is in the message of a graph, which is computed again in the backward pass.
    like: whose precision numbers made of classes and the like have; None for float32.
    calls: of how many calls' examples the batch consists; None for one.
    """

    dim: Callable[[Dim], py.expr]
    device: py.expr | None
    mask: Callable[[Dim], py.expr]
    counted: Callable[[Dim], py.expr]
    repeated: bool = False
    like: py.expr | None = None
    calls: py.expr | None = None


class Lowering:
    """The inputs and options of one statement, by slot of its signature."""

    def __init__(
        self,
        signature: ast.Signature,
        match: Match,
        values: dict[str, tuple[Value, ...]],
        options: dict[str, Option],
        around: Surroundings,
        layer: py.expr | None = None,
    ) -> None:
        self.signature = signature
        self.match = match
        self.values = values
        self.options = options
        self.around = around
        self.fillings: dict[str, Filling] = {}
        if layer is not None:
            self.fillings["layer"] = layer

    # ---- facts

    def value(self, slot: str) -> Value:
        return self.values[slot][0]

    def type(self, slot: str) -> TensorType:
        """The type that the signature sees."""
        return self.match.tensor(slot)

    def rank(self, slot: str) -> int:
        """The axes of one example of the stored tensor."""
        return self.type(slot).rank

    def lead(self, slot: str) -> int:
        """0 for no dimensions in front of the example's, 1 for the batch, 2 for many or an unknown number."""
        return self.value(slot).lead

    def joined(self, slot: str) -> str:
        """A place for the parts of a value that is `concat([...], -1)` of them; "" where it is none."""
        match self.value(slot).tree:
            case py.Call(func=py.Name(id="concat"), args=[py.List() as parts, last]) if (
                py.unparse(last) == "-1"
            ):
                self.fillings["parts"] = parts
                return "{parts}"
        return ""

    def has(self, slot: str) -> bool:
        """Whether a value was given."""
        return bool(self.values.get(slot))

    def where(self, of: str = "x") -> str:
        """The mask `where` as it broadcasts with another slot's value: one of its axes, or of its shape."""
        value, found = self.value("where"), self.match.types[of]
        rank = self.plates(of) if isinstance(found, DistType) else self.rank(of)
        own, behind = self.rank("where"), 0
        if own == 1 and self.given("axis"):
            behind = -self.axis("axis", of) - 1
        tree = value.tree
        if value.lead and not value.number:
            tree = with_axes(tree, own, rank - own - behind)
        self.fillings["chosen"] = with_axes(tree, 0, behind)
        return "{chosen}"

    def given(self, slot: str) -> bool:
        """Whether an option was given."""
        return self.options.get(slot) is not None

    def integer(self, slot: str) -> int | None:
        """An option known now."""
        option = self.options.get(slot)
        if isinstance(option, DimOption):
            return option.dim.substitute(self.match.known).value
        return option if isinstance(option, int) else None

    def word(self, slot: str) -> str:
        """An option that is a word."""
        option = self.options.get(slot)
        return option.word if isinstance(option, WordOption) else ""

    def mask(self, slot: str) -> str:
        """A place in a template for the mask of a length."""
        option = self.options[slot]
        assert isinstance(option, DimOption)
        self.fillings["mask"] = self.around.mask(option.dim)
        return "{mask}"

    def length(self, slot: str) -> str:
        """A length that differs between examples as a number: counted in its mask."""
        option = self.options[slot]
        assert isinstance(option, DimOption)
        tree = self.around.counted(option.dim)
        fixed = option.dim.substitute(self.match.known).value is not None
        self.fillings["length"] = tensor_of(tree, self.around.device) if fixed else tree
        return "{length}"

    def tensor(self, slot: str) -> str:
        """A place for a value as a tensor, also where it is a number."""
        value = self.value(slot)
        tree = tensor_of(value.tree, self.around.device) if value.number else value.tree
        self.fillings[f"{slot}_tensor"] = tree
        return f"{{{slot}_tensor}}"

    def as_numbers(self, text: str) -> str:
        """Classes, truth values or integers as numbers."""
        if self.around.like is None:
            return f"{text}.float()"
        self.fillings["like"] = self.around.like
        return f"{text}.to({{like}}.dtype)"

    def dim(self, size: Dim) -> str:
        """A place in a template for a dimension."""
        name = f"dim{len(self.fillings)}"
        self.fillings[name] = self.around.dim(size)
        return f"{{{name}}}"

    def axis(self, slot: str = "axis", of: str = "x", more: int = 0) -> int:
        """An axis option counted from the end of the stored tensor; `more` axes than it are counted in."""
        found = self.integer(slot)
        assert found is not None
        hidden = int(self.type(of).kind == "onehot")
        length = len(self.type(of).shape) + more
        return (found if found < 0 else found - length) - hidden

    def over(self, number: str, slot: str) -> str:
        """A number for each example as it broadcasts with the axes of another slot's value."""
        rank = self.rank(slot) if self.lead(number) else 0
        return f"{{{number}}}[..., {', '.join(['None'] * rank)}]" if rank else f"{{{number}}}"

    def behind(self, vector: str, count: int) -> str:
        """A vector with `count` axes of length 1 between what stands in front of the example and its axis."""
        return f"{{{vector}}}[..., {'None, ' * count}:]" if count > 0 else f"{{{vector}}}"

    def axes(self, found: list[int]) -> str:
        """Axes as an argument."""
        return str(found[0]) if len(found) == 1 else f"({', '.join(map(str, found))})"

    # ---- templates that several declarations share

    def reduced(self) -> list[int]:
        """The axes of a reduction."""
        return [self.axis()] if self.given("axis") else list(range(-self.rank("x"), 0))

    def elements(self) -> list[int]:
        """The axes of an example over all inputs, to reduce."""
        ranks = [self.rank(slot) for slot in self.values if slot != "where" and self.has(slot)]
        return list(range(-max(ranks), 0))

    def plates(self, slot: str) -> int:
        """The axes of a distribution that are independent elements of one example."""
        found = self.match.types[slot]
        assert isinstance(found, DistType)
        return plates(found)

    # ---- the expression

    def expression(self, template: str | Callable[[Lowering], str], numbers: bool = False) -> py.expr:
        """The filled template; with `numbers` one of plain Python numbers."""
        text = template if isinstance(template, str) else template(self)
        left_out = self._fill_options()
        if self.around.device is not None:
            self.fillings["device"] = self.around.device
        else:
            left_out |= {"device"}
        asked = expressions.slots(text)
        for name, dim in self.match.dims.items():
            if name in asked and name not in self.fillings:
                self.fillings[name] = self.around.dim(dim)
        aligned = self._alignment()
        for slot, values in self.values.items():
            trees = [self._aligned(slot, v, aligned) for v in values]
            variadic = next((s.variadic for s in self.signature.slots if s.name == slot), False)
            if trees or variadic:
                self.fillings[slot] = trees if variadic else trees[0]
            else:
                left_out |= {slot}
        if not numbers:
            self._with_tensors(text)
        return expressions.fill(text, self.fillings, frozenset(left_out))

    def _fill_options(self) -> set[str]:
        left_out: set[str] = set()
        for slot in self.signature.slots:
            if slot.type.kind in VALUE_KINDS:
                continue
            option = self.options.get(slot.name)
            if slot.type.kind == "axis" and option is not None and "x" in self.match.types:
                self.fillings[slot.name] = expressions.constant(self.axis(slot.name))
            elif slot.variadic:
                items = option if isinstance(option, tuple) else ()
                self.fillings[slot.name] = [self._option(o) for o in items]
            else:
                self.fillings[slot.name] = self._option(option)
            if _is_default(slot.default, option):
                left_out.add(slot.name)
        return left_out

    def _option(self, option: Option) -> py.expr:
        match option:
            case DimOption(dim=dim):
                return self.around.dim(dim)
            case WordOption(word=text) | TextOption(text=text):
                return expressions.constant(text)
            case _:
                return expressions.constant(option)

    def _alignment(self) -> dict[str, tuple[int, int]]:
        """For slots whose leading axes `*s` broadcast: how many axes come behind them, how many there are."""
        named: dict[str, list[tuple[str, int]]] = {}
        for slot in self.signature.slots:
            shape = slot.type.shape or ()
            if shape and isinstance(shape[0], ast.Rest) and slot.type.kind in VALUE_KINDS:
                named.setdefault(shape[0].name, []).append((slot.name, len(shape) - 1))
        found: dict[str, tuple[int, int]] = {}
        for slots in named.values():
            ranks = [
                len(self.type(s).shape) - fixed
                for s, fixed in slots
                if isinstance(self.match.types.get(s), TensorType)
            ]
            if len(slots) > 1 and ranks:
                found |= {s: (fixed, max(ranks)) for s, fixed in slots}
        return found

    def _aligned(self, slot: str, value: Value, aligned: dict[str, tuple[int, int]]) -> py.expr:
        """An operand with axes of length 1 between what stands in front of the example and its own axes."""
        if slot not in aligned or value.lead == 0 or value.number or isinstance(value.type, DistType):
            return value.tree
        fixed, widest = aligned[slot]
        missing = widest - (len(self.type(slot).shape) - fixed)
        return with_axes(value.tree, self.rank(slot), missing)

    def _with_tensors(self, text: str) -> None:
        """Numbers made tensors where PyTorch takes nothing else: by themselves too, for nothing would make
        a tensor of the result."""
        kinds = [v.type for values in self.values.values() for v in values]
        alone = all(isinstance(k, TensorType) for k in kinds)
        alone = alone and all(v.number for values in self.values.values() for v in values)
        for slot, values in self.values.items():
            types = self.match.types.get(slot)
            filling = self.fillings.get(slot)
            if isinstance(filling, list) and isinstance(types, tuple):
                self.fillings[slot] = [
                    tensor_of(tree, self.around.device, type_) if value.number else tree
                    for tree, value, type_ in zip(filling, values, types, strict=True)
                ]
            elif len(values) == 1 and values[0].number and (alone or needs_tensor(text, slot)):
                type_ = None if isinstance(types, tuple) else types
                self.fillings[slot] = tensor_of(values[0].tree, self.around.device, type_)


def _is_default(default: ast.Expression | None, option: Option) -> bool:
    """Whether an option is what its signature says it is if it is left out."""
    match default:
        case ast.Number(value=value):
            found = option.dim.value if isinstance(option, DimOption) else option
            return found == value and not isinstance(option, bool)
        case ast.Name(id="none"):
            return option is None or option == WordOption(word="none")
        case ast.Name(id="true" | "false"):
            return option is (default.id == "true")
        case ast.Name(id=word):
            return option == WordOption(word=word)
        case _:
            return False
