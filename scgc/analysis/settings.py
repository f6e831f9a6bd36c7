"""The settings of a block, each known and of the right sort: for `training` and `evaluating`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scgc.analysis import matching
from scgc.analysis.binding import Arguments
from scgc.analysis.scope import Region
from scgc.declared import Declared
from scgc.diagnostics import names as codes
from scgc.diagnostics.base import Label, nearest
from scgc.ir.dims import Dim
from scgc.ir.graph import Rate, Use
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference


class Settings:
    """Reads the settings of blocks of one program, after its body."""

    def __init__(self, inference: Inference, region: Region) -> None:
        self.inference = inference
        self.region = region
        self.sink = inference.sink

    def by_key(
        self, block: str, settings: Iterable[ast.Setting], known: tuple[str, ...]
    ) -> dict[str, ast.Setting]:
        found: dict[str, ast.Setting] = {}
        for setting in settings:
            if setting.key not in known:
                self.sink.report(
                    codes.UnknownSetting(
                        span=setting.span,
                        block=block,
                        key=setting.key,
                        known=f"it has {', '.join(known)}.",
                        nearest=nearest(setting.key, known),
                    )
                )
            elif setting.key in found:
                label = Label(found[setting.key].span, "first set here")
                self.sink.report(codes.DuplicateSetting(span=setting.span, key=setting.key, others=(label,)))
            if setting.per is not None and setting.key not in ("ticks", "evaluate", "checkpoint"):
                self.bad(setting, f"a rate, `per {setting.per}`", "one value", f"{setting.key} = 16")
            found[setting.key] = setting
        return found

    def dim(self, setting: ast.Setting) -> Dim | None:
        return self.inference.constants.size(setting.value, self.region.scope)

    def bad(
        self,
        setting: ast.Setting,
        found: str,
        expected: str,
        example: str,
        span: Span | None = None,
        key: str = "",
    ) -> None:
        """A setting, or the part of it at a place and of a name, that cannot be what it is."""
        place, name = span or setting.value.span, key or setting.key
        self.sink.report(
            codes.BadSetting(span=place, key=name, found=found, expected=expected, example=example)
        )

    def whole(self, setting: ast.Setting | None) -> int | None:
        if setting is None:
            return None
        number = self.inference.constants.number(setting.value, self.region.scope)
        if not isinstance(number, int) or number < 1:
            self.bad(setting, f"`{setting.value.span.text}`", "a whole number above 0", f"{setting.key} = 16")
            return None
        return number

    def rate(self, setting: ast.Setting | None) -> Rate | None:
        if setting is None:
            return None
        number = self.inference.constants.number(setting.value, self.region.scope)
        example = f"{setting.key} = 2 per epoch"
        if number is None or number <= 0:
            self.bad(setting, f"`{setting.value.span.text}`", "a number above 0", example)
        elif setting.per == "epoch":
            return Rate(count=number, per="epoch")
        elif setting.per == "step":
            return Rate(count=number, per="step")
        else:
            self.bad(
                setting,
                f"`per {setting.per}`" if setting.per else "given without `per`",
                "`per epoch` or `per step`",
                example,
            )
        return None

    def data(self, setting: ast.Setting | None) -> Use | None:
        from scgc.data import data_sets

        return self.use(setting, "data set", data_sets(), "mnist_addition(pairs = 30000)")

    def use(
        self, setting: ast.Setting | None, kind: str, known: Mapping[str, Declared], example: str
    ) -> Use | None:
        """A call of something a registry declares, with its options."""
        if setting is None:
            return None
        target = setting.value
        function = target.function if isinstance(target, ast.Call) else target
        if not isinstance(function, ast.Name):
            self.bad(setting, f"`{target.span.text}`", f"a {kind}", f"{setting.key} = {example}")
            return None
        declared = known.get(function.id)
        if declared is None:
            self.inference.unknown_name(function, self.region, kind, tuple(known))
            return None
        arguments = Arguments.of(target, declared.name, declared.signature)
        _, fitted = matching.choose(
            self.inference, [declared.parsed], arguments, self.region, limits=declared.limits
        )
        if fitted is None:
            return None
        values = fitted.convert(self.inference, self.region)
        inputs = {s: v for s, v in values.items() if v is not None and not isinstance(v, tuple)}
        return Use(name=declared.name, inputs=inputs, options=dict(fitted.match.options))
