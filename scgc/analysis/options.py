"""The arguments that are known before running, by the kind of their slot."""

from __future__ import annotations

from collections.abc import Mapping

from scgc.analysis.binding import Bound, Given
from scgc.analysis.constants import Constants
from scgc.analysis.numbers import problem_of, report
from scgc.analysis.scope import Scope
from scgc.diagnostics import arguments as codes
from scgc.diagnostics.base import nearest
from scgc.ir.graph import DimOption, Option, Setting, TextOption, WordOption
from scgc.ops.signature import VALUE_KINDS
from scgc.syntax import ast

Words = Mapping[str, tuple[str, ...]]


class Options:
    """Reads the options of one call; mistakes are reported and read as None."""

    def __init__(self, constants: Constants, scope: Scope, function: str, words: Words) -> None:
        self.constants = constants
        self.scope = scope
        self.function = function
        self.words = words

    def read(self, slots: tuple[ast.Slot, ...], bound: Bound) -> dict[str, Option]:
        """Every option of the signature, given or by default."""
        options: dict[str, Option] = {}
        for slot in slots:
            if slot.type.kind in VALUE_KINDS:
                continue
            given = bound.get(slot.name)
            if given is None:
                options[slot.name] = self._default(slot)
            elif slot.variadic or slot.type.shape or len(given) != 1:
                options[slot.name] = self._several(slot, given)
            else:
                options[slot.name] = self._one(slot, given[0])
        free = next((s for s in slots if s.variadic and s.type.kind == "any"), None)
        for name in bound.keys() - {s.name for s in slots}:
            assert free is not None
            options[name] = self._one(free, bound[name][0])
        return options

    def _default(self, slot: ast.Slot) -> Option:
        if slot.variadic:
            return ()
        default = slot.default
        assert default is not None
        if isinstance(default, ast.List):
            return self._several(slot, [Given(i, i.span) for i in default.items])
        if isinstance(default, ast.Name) and default.id == "none" and slot.type.kind != "word":
            return None
        return self._one(slot, Given(default, default.span))

    def _several(self, slot: ast.Slot, given: list[Given]) -> Option:
        if not slot.variadic and not slot.type.shape and slot.type.kind != "any":
            return self._wrong(slot, given[0], f"one {slot.type.kind}, not a list")
        length = slot.type.shape[0] if slot.type.shape and not slot.variadic else None
        if isinstance(length, ast.Number) and length.value != len(given):
            return self._wrong(slot, given[0], f"a list of {length.value} numbers")
        items = [self._one(slot, g) for g in given]
        return tuple(i for i in items if i is not None and not isinstance(i, tuple))

    def _one(self, slot: ast.Slot, given: Given) -> Setting | None:
        expression = given.what
        if not isinstance(expression, ast.Expression):
            return self._wrong(slot, given, "known before running")
        match slot.type.kind:
            case "dim" | "axis":
                dim = self.constants.dim(expression, self.scope)
                return None if dim is None else DimOption(dim=dim)
            case "number":
                return self._number(slot, given, expression, "a number")
            case "flag":
                if isinstance(expression, ast.Name) and expression.id in ("true", "false"):
                    return expression.id == "true"
                advice = f"write `{slot.name} = true` or `{slot.name} = false`."
                return self._wrong(slot, given, "true or false", advice)
            case "text":
                if isinstance(expression, ast.Text):
                    return TextOption(text=expression.value)
                return self._wrong(slot, given, 'a text such as "train.npz"')
            case "word":
                return self._word(slot, given, expression)
            case _:
                return self._anything(slot, given, expression)

    def _word(self, slot: ast.Slot, given: Given, expression: ast.Expression) -> Setting | None:
        choices = self.words.get(slot.name, ())
        if not isinstance(expression, ast.Name):
            listed = f"one of {', '.join(choices)}"
            return self._wrong(slot, given, listed, f"write {listed}, without quotes.")
        if choices and expression.id not in choices:
            self.constants.sink.report(
                codes.UnknownWord(
                    span=given.span,
                    function=self.function,
                    option=slot.name,
                    found=expression.id,
                    choices=", ".join(choices),
                    nearest=nearest(expression.id, choices),
                )
            )
            return None
        return WordOption(word=expression.id)

    def _anything(self, slot: ast.Slot, given: Given, expression: ast.Expression) -> Setting | None:
        match expression:
            case ast.Text(value=text):
                return TextOption(text=text)
            case ast.Name(id="true" | "false"):
                return expression.id == "true"
            case ast.Name(id=word) if self.scope.find(word) is None:
                return WordOption(word=word)
            case _:
                return self._number(slot, given, expression, "known before running")

    def _number(
        self, slot: ast.Slot, given: Given, expression: ast.Expression, expected: str
    ) -> Setting | None:
        try:
            number = self.constants.calculated(expression, self.scope)
        except (ArithmeticError, ValueError) as error:
            report(self.constants.sink, problem_of(error), given.span)
            return None
        return self._wrong(slot, given, expected) if number is None else number

    def _wrong(
        self, slot: ast.Slot, given: Given, expected: str, advice: str = codes.BadOption.advice
    ) -> Setting | None:
        """Report; there is no option then."""
        self.constants.sink.report(
            codes.BadOption(
                span=given.span,
                function=self.function,
                option=slot.name,
                expected=expected,
                found=f"`{given.span.text}`",
                advice=advice,
            )
        )
        return None
