"""One statement to one Python expression: what the templates and lowering functions of declarations are given.

A lowering function returns a template for this statement. Axes count from the end, because any number of
dimensions (batch, samples, mapped axes) may stand in front of an example's shape.
"""

from __future__ import annotations

import ast as py
from collections.abc import Callable
from dataclasses import dataclass

from scgc.emit import expressions
from scgc.emit.expressions import Filling
from scgc.emit.regions import plates
from scgc.ir.dims import Dim
from scgc.ir.graph import DimOption, Option, TextOption, WordOption
from scgc.ir.types import DistType, TensorType, Type
from scgc.ops.signature import VALUE_KINDS, Match
from scgc.syntax import ast


@dataclass(frozen=True)
class Value:
    """An operand: its expression, its type, its lead (0, 1 or many), and whether it is a plain Python number."""

    tree: py.expr
    type: Type
    lead: int
    number: bool = False


@dataclass
class Surroundings:
    """What a lowering may ask of the place where the expression stands."""

    dim: Callable[[Dim], py.expr]
    device: py.expr | None
    summand: bool = False
    sample_of: Callable[[], py.expr | None] = lambda: None


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

    stored = rank

    def lead(self, slot: str) -> int:
        """0 for no dimensions in front of the example's, 1 for the batch, 2 for many or an unknown number."""
        return self.value(slot).lead

    def given(self, slot: str) -> bool:
        """Whether an option was given."""
        return self.options.get(slot) is not None

    def integer(self, slot: str) -> int | None:
        """An option known now."""
        option = self.options.get(slot)
        if isinstance(option, DimOption):
            return option.dim.substitute(self.match.known).value
        return option if isinstance(option, int) else None

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

    def axes(self, found: list[int]) -> str:
        """Axes as an argument."""
        return str(found[0]) if len(found) == 1 else f"({', '.join(map(str, found))})"

    # ---- templates that several declarations share

    def bounded(self, side: str, both: str) -> str:
        """The smaller or larger of two, where one may be a number."""
        if self.value("x").number and self.value("y").number:
            return "min({x}, {y})" if side == "max" else "max({x}, {y})"
        if self.value("y").number:
            return f"{{x}}.clamp({side}={{y}})"
        return f"{{y}}.clamp({side}={{x}})" if self.value("x").number else both

    def reduced(self) -> list[int]:
        """The axes of a reduction."""
        if self.given("axis"):
            return [self.axis()]
        return list(range(-self.rank("x"), 0))

    def of_scalar(self, method: str) -> str:
        """A reduction of a single number."""
        return method.replace("{x}", "{x}.unsqueeze(-1)").replace("AXES", "-1")

    def elements(self) -> list[int]:
        """The axes of an example over all inputs, to reduce."""
        return list(range(-max(self.rank(slot) for slot in self.values), 0))

    def expanded_dims(self, base: str) -> str:
        """A single number reshaped to axes of length 1."""
        shape = self.options["shape"]
        count = len(shape) if isinstance(shape, tuple) else 1
        return f"{base}[..., {', '.join(['None'] * count)}]" if count else base

    def _joined(self, torch: str, ours: str, axis: int) -> str:
        leads = {value.lead for value in self.values["xs"]}
        plain = len(leads) == 1 and leads <= {0, 1}
        return f"{torch}([{{xs}}], {axis})" if plain else f"{ours}([{{xs}}], {axis})"

    def _part(self) -> TensorType:
        parts = self.match.types["xs"]
        assert isinstance(parts, tuple)
        return parts[0]

    def concatenation(self) -> str:
        part = self._part()
        axis = self.integer("axis") or 0
        axis = (axis if axis < 0 else axis - len(part.shape)) - (part.kind == "onehot")
        return self._joined("torch.cat", "concat", axis)

    def stacking(self) -> str:
        part = self._part()
        axis = self.integer("axis") or 0
        axis = (axis if axis < 0 else axis - len(part.shape) - 1) - (part.kind == "onehot")
        return self._joined("torch.stack", "stack", axis)

    def new_axis(self, slot: str) -> int:
        return self.axis(slot, more=1)

    def squeezing(self) -> str:
        if self.given("axis"):
            return f"{{x}}.squeeze({self.axis()})"
        x = self.type("x")
        hidden = int(x.kind == "onehot")
        ones = [i - len(x.shape) - hidden for i, d in enumerate(x.shape) if d.value == 1]
        return f"{{x}}.squeeze({self.axes(ones)})" if ones else "{x}"

    def permutation(self) -> str:
        x = self.type("x")
        order = self.options["order"]
        assert isinstance(order, tuple)
        found = [o.dim.value for o in order if isinstance(o, DimOption)]
        hidden = int(x.kind == "onehot")
        source = [(i or 0) - len(x.shape) - hidden for i in found]
        if self.lead("x") == 0 and not hidden:
            return "{x}.permute({order})"
        target = [i - len(x.shape) - hidden for i in range(len(x.shape))]
        return f"{{x}}.movedim(({', '.join(map(str, source))}), ({', '.join(map(str, target))}))"

    def expansion(self) -> str:
        if self.lead("x") == 0:
            return "{x}.expand({shape})"
        return f"expand({{x}}, ({{shape}},), {self.rank('x')})"

    def lookup(self) -> str:
        if self.lead("x") == 0:
            return "{x}[{index}]"
        rest, axes = self.rank("x") - 1, self.rank("index")
        more = (f", rest={rest}" if rest else "") + (f", axes={axes}" if axes else "")
        return f"take({{x}}, {{index}}{more})"

    def class_count(self) -> str:
        if self.given("size"):
            return "{size}"
        size = self.type("x").size
        assert size is not None
        return self.dim(size)

    def folded(self, function: str, rank: int, more: str = "") -> str:
        """A call of what takes a batch of examples with `rank` axes each, on any number of leading axes."""
        plain = self.lead("x") == 1 or ((self.lead("x") == 0 and function != "{layer}") or rank == 3)
        tail = f", {more})" if more else ")"
        if self.lead("x") <= 1 and plain and self.rank("x") == rank and (rank == 3 or self.lead("x") == 1):
            return f"{function}({{x}}{tail}"
        return f"over_leading({function}, {{x}}, {rank}{tail}"

    def folded_pair(self, function: str) -> str:
        plain = self.lead("x") == self.lead("h") <= 1 and self.rank("x") == self.rank("h") == 1
        return f"{function}({{x}}, {{h}})" if plain else f"recurrent({function}, {{x}}, {{h}})"

    def plates(self, slot: str) -> int:
        found = self.match.types[slot]
        assert isinstance(found, DistType)
        return plates(found)

    def event_value(self, slot: str, q: str = "q") -> str:
        """A value as the distribution holds it: classes as one-hot vectors, truth values as numbers."""
        dist, value = self.match.types[q], self.type(slot)
        assert isinstance(dist, DistType)
        if dist.event.kind == "onehot" and value.kind in ("class", "int"):
            assert dist.event.size is not None
            return f"F.one_hot({{{slot}}}, {self.dim(dist.event.size)}).float()"
        if value.kind in ("bool", "int") and not self.value(slot).number:
            return f"{{{slot}}}.float()"
        return f"{{{slot}}}"

    def drawn(self) -> str:
        """The draw from which a divergence without a closed form is estimated."""
        q, p = self.match.types["q"], self.match.types["p"]
        assert isinstance(q, DistType) and isinstance(p, DistType)
        sample = self.around.sample_of() if q.family != p.family else None
        if sample is None:
            return ""
        self.fillings["sample"] = sample
        return ", sample={sample}"

    def shortcut(self) -> str:
        """dropres; a bare zero in evaluation will do where it is added to something."""
        word = self.options.get("per")
        rank = f", rank={self.rank('x')}" if isinstance(word, WordOption) and word.word == "example" else ""
        text = f"dropres({{x}}, drop={{drop}}, per={{per}}{rank}, training=self.training)"
        return text if self.around.summand else f"{text}.expand_as({{x}})"

    def shuffled(self) -> str:
        rank = self.rank("x")
        return "permute_batch({x})" if rank == 1 else f"permute_batch({{x}}, rank={rank})"

    # ---- the expression

    def expression(self, template: str | Callable[[Lowering], str], numbers: bool = False) -> py.expr:
        """The filled template; with `numbers` one of plain Python numbers."""
        text = template if isinstance(template, str) else template(self)
        left_out = self._fill_options() | self._fill_dims()
        if self.around.device is not None:
            self.fillings["device"] = self.around.device
        else:
            left_out |= {"device"}
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

    def _fill_dims(self) -> set[str]:
        for name, dim in self.match.dims.items():
            self.fillings.setdefault(name, self.around.dim(dim))
        return set()

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
        """Numbers made tensors where PyTorch takes nothing else."""
        for slot, values in self.values.items():
            if len(values) == 1 and values[0].number and _needs_tensor(text, slot):
                self.fillings[slot] = tensor_of(values[0].tree, self.around.device)


def with_axes(tree: py.expr, rank: int, count: int) -> py.expr:
    """With `count` axes of length 1 in front of the last `rank`."""
    if count <= 0:
        return tree
    if rank == 0:
        return expressions.fill("{x}[..., " + ", ".join(["None"] * count) + "]", {"x": tree})
    for _ in range(count):
        tree = expressions.fill(f"{{x}}.unsqueeze({-rank - 1})", {"x": tree})
    return tree


def tensor_of(tree: py.expr, device: py.expr | None) -> py.expr:
    """A number as a tensor."""
    if device is None:
        return expressions.call("torch.tensor", tree)
    return expressions.call("torch.tensor", tree, device=device)


_NUMBERS_WELCOME = ("cross_entropy", "nll_loss", "dropres", "torch.where", "min", "max")


def _needs_tensor(text: str, slot: str) -> bool:
    """Whether a slot of a template stands where PyTorch wants a tensor: before a dot, or as an argument."""
    tree = expressions.parse(text.replace("{", "_slot_").replace("}", ""))
    wanted = f"_slot_{slot}"
    for node in py.walk(tree):
        if isinstance(node, py.Attribute) and isinstance(node.value, py.Name) and node.value.id == wanted:
            return True
        if isinstance(node, py.Call) and py.unparse(node.func) not in _NUMBERS_WELCOME:
            if any(isinstance(a, py.Name) and a.id == wanted for a in node.args):
                return not py.unparse(node.func)[:1].isupper() or py.unparse(node.func)[:2] == "F."
    return False


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
