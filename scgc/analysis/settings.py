"""The train and evaluate blocks: every setting known, of the right sort, with its defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from scgc.analysis import matching, members
from scgc.analysis.binding import Arguments
from scgc.analysis.minimizing import Owned, player
from scgc.analysis.overrides import TRAIN_SETTINGS
from scgc.analysis.scope import DimSymbol, Region, ValueSymbol
from scgc.declared import Declared
from scgc.diagnostics import names as codes
from scgc.diagnostics.base import Label, nearest
from scgc.ir.dims import Dim
from scgc.ir.graph import Evaluate, Operand, Player, Rate, Sample, Select, Train, Use, shown
from scgc.source import Span
from scgc.syntax import ast

if TYPE_CHECKING:
    from scgc.analysis.expressions import Inference

EVALUATE_SETTINGS = {
    "data": "other data than the test data of the training",
    "batch": "examples at once; the result does not depend on it but for the draws",
    "examples": "how many examples of the data, from the first on; all without it",
    "free": "nodes that are drawn freely, `[z, k]`",
    "draws": "how often each example is drawn with free nodes",
    "report": "measures of values of the program; the means of losses and metrics without it",
}
"""What each means, for editors."""


class Settings:
    """Reads the blocks of one program, after its body."""

    def __init__(self, inference: Inference, region: Region) -> None:
        self.inference = inference
        self.region = region
        self.sink = inference.sink

    # ---- blocks

    def train(
        self, block: ast.Train, losses: Sequence[str], metrics: Sequence[str], owned: Owned
    ) -> Train | None:
        """The train block of a program with these losses and metrics, whose values own these parts; None
        where something it cannot do without is missing or wrong."""
        given = self._by_key("train", block.settings, tuple(TRAIN_SETTINGS))
        data = self._data(given.get("data"))
        epochs, steps = self._whole(given.get("epochs")), self._whole(given.get("steps"))
        if epochs is None and steps is None and not {"epochs", "steps"} & set(given):
            self.sink.report(
                codes.MissingSetting(span=block.span, block="train", key="epochs", example="epochs = 30")
            )
        if epochs is not None and steps is not None:
            self._bad(given["steps"], "given beside `epochs`", "one of the two", "epochs = 30")
        players = self._players(block, given, losses, owned)
        if players is None or (epochs is None) == (steps is None):
            return None
        return Train(
            data=data,
            batch=self._whole(given.get("batch")) or 1,
            epochs=epochs,
            steps=steps,
            players=players,
            together=self._together(given.get("turns"), block.players),
            reduce_lr=self._reducer(given.get("reduce_lr"), players, data),
            ticks=self._rate(given.get("ticks")) or Rate(count=1, per="step"),
            evaluate=self._rate(given.get("evaluate")),
            select=self._select(given.get("select"), losses, metrics),
            checkpoint=self._rate(given.get("checkpoint")),
        )

    def evaluate(self, block: ast.Evaluate) -> Evaluate:
        """An evaluate block."""
        declared = [n for n, s in self.region.scope.symbols.items() if isinstance(s, DimSymbol)]
        given = self._by_key("evaluate", block.settings, (*EVALUATE_SETTINGS, *declared))
        return Evaluate(
            name=block.name,
            dims={n: d for n in declared if n in given and (d := self._dim(given[n])) is not None},
            free=self._free(given.get("free")),
            draws=self._whole(given.get("draws")),
            data=self._data(given.get("data")),
            batch=self._whole(given.get("batch")),
            examples=self._whole(given.get("examples")),
            report=self._report(given.get("report")),
            doc=block.doc,
        )

    # ---- settings

    def _by_key(
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
                self._bad(setting, f"a rate, `per {setting.per}`", "one value", f"{setting.key} = 16")
            found[setting.key] = setting
        return found

    def _dim(self, setting: ast.Setting) -> Dim | None:
        return self.inference.constants.size(setting.value, self.region.scope)

    def _bad(
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

    def _whole(self, setting: ast.Setting | None) -> int | None:
        if setting is None:
            return None
        number = self.inference.constants.number(setting.value, self.region.scope)
        if not isinstance(number, int) or number < 1:
            self._bad(
                setting, f"`{setting.value.span.text}`", "a whole number above 0", f"{setting.key} = 16"
            )
            return None
        return number

    def _rate(self, setting: ast.Setting | None) -> Rate | None:
        if setting is None:
            return None
        number = self.inference.constants.number(setting.value, self.region.scope)
        example = f"{setting.key} = 2 per epoch"
        if number is None or number <= 0:
            self._bad(setting, f"`{setting.value.span.text}`", "a number above 0", example)
        elif setting.per == "epoch":
            return Rate(count=number, per="epoch")
        elif setting.per == "step":
            return Rate(count=number, per="step")
        else:
            self._bad(
                setting,
                f"`per {setting.per}`" if setting.per else "given without `per`",
                "`per epoch` or `per step`",
                example,
            )
        return None

    def _players(
        self, block: ast.Train, given: Mapping[str, ast.Setting], losses: Sequence[str], owned: Owned
    ) -> tuple[Player, ...] | None:
        """The players: one with the optimiser of the block, or those that are declared; None after a
        mistake."""
        if block.players:
            if "optimizer" in given:
                self._bad(
                    given["optimizer"], "given beside `minimize`", "one of the two", "optimizer = adam()"
                )
            found = [self._player(p, losses, owned) for p in block.players]
            return tuple(p for p in found if p is not None) if all(found) else None
        if given.get("optimizer") is None:
            example = "optimizer = adam(lr = 1e-3)"
            self.sink.report(
                codes.MissingSetting(span=block.span, block="train", key="optimizer", example=example)
            )
        optimizer = self._optimizer(given.get("optimizer"))
        return None if optimizer is None else (Player(losses=tuple(losses), optimizer=optimizer),)

    def _player(self, statement: ast.Minimize, losses: Sequence[str], owned: Owned) -> Player | None:
        optimizer = self._optimizer(ast.Setting("with", statement.optimizer, None, span=statement.span))
        times = 1
        if statement.times is not None:
            times = self._whole(ast.Setting("times", statement.times, None, span=statement.span)) or 0
        if optimizer is None or not times:
            return None
        return player(self.inference, self.region, statement, losses, owned, optimizer, times)

    def _together(self, setting: ast.Setting | None, players: Sequence[ast.Minimize]) -> bool:
        """Whether the players move all at once."""
        if setting is None:
            return False
        word = setting.value.id if isinstance(setting.value, ast.Name) else ""
        if word not in ("alternate", "together"):
            found = f"`{setting.value.span.text}`"
            self._bad(setting, found, "`alternate` or `together`", "turns = together")
        elif len(players) < 2:
            expected = "more than one `minimize`"
            self._bad(setting, f"`{word}` without players", expected, "minimize a over f with adam()")
        elif word == "together" and any(p.times is not None for p in players):
            self._bad(setting, "`together` where one moves several times", "alternate", "turns = alternate")
        return word == "together"

    def _optimizer(self, setting: ast.Setting | None) -> Use | None:
        """The optimiser; its learning rate is a number or the name of a schedule."""
        from scgc.train.optimizers import optimizers

        example = "adam(lr = 1e-3)"
        use = self._use(setting, "optimizer", optimizers(), example)
        if setting is None or use is None:
            return use
        inputs = dict(use.inputs)
        for slot, value in inputs.items():
            if not isinstance(value, str):
                continue
            symbol = self.region.scope.find(value)
            if not isinstance(symbol, ValueSymbol) or symbol.region != "schedule":
                expected, at = "a number or the name of a schedule", _argument(setting.value, slot)
                self._bad(setting, f"`{at.text}`", expected, f"optimizer = {example}", at, slot)
                return None
            if not symbol.value.changes and symbol.value.start is not None:
                inputs[slot] = symbol.value.start
        return use.replace(inputs=inputs)

    def _reducer(
        self, setting: ast.Setting | None, players: tuple[Player, ...], data: Use | None
    ) -> Use | None:
        """What lowers a learning rate that is a plain number, by the losses of epochs."""
        from scgc.train.optimizers import reducers

        if setting is not None and isinstance(setting.value, ast.Name) and setting.value.id == "none":
            return None
        example = "on_plateau(factor = 0.1, patience = 10)"
        use = self._use(setting, "way to lower the learning rate", reducers(), example)
        if setting is None or use is None:
            return None
        if len(players) > 1:
            self._bad(setting, "used beside several players", "a schedule as `lr`", "with adam(lr = rate)")
        elif isinstance(players[0].optimizer.inputs.get("lr"), str):
            self._bad(
                setting, "used beside a schedule as `lr`", "one of the two", "optimizer = adam(lr = 1e-3)"
            )
        if data is None:
            self._bad(
                setting, "used without data", "a program with data: epochs are counted", "data = mnist()"
            )
        return use

    def _data(self, setting: ast.Setting | None) -> Use | None:
        from scgc.data import data_sets

        return self._use(setting, "data set", data_sets(), "mnist_addition(pairs = 30000)")

    def _use(
        self, setting: ast.Setting | None, kind: str, known: Mapping[str, Declared], example: str
    ) -> Use | None:
        """A call of something a registry declares, with its options."""
        if setting is None:
            return None
        target = setting.value
        function = target.function if isinstance(target, ast.Call) else target
        if not isinstance(function, ast.Name):
            self._bad(setting, f"`{target.span.text}`", f"a {kind}", f"{setting.key} = {example}")
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

    def _select(self, setting: ast.Setting | None, losses: Sequence[str], metrics: Sequence[str]) -> Select:
        if setting is None or (isinstance(setting.value, ast.Name) and setting.value.id == "last"):
            return Select()
        match setting.value:
            case ast.Call(function=ast.Name(id="best"), args=(ast.Name(id=target) as cost,), named=named) if (
                target in (*losses, *metrics)
            ):
                self.region.scope.read(cost)
                mode = "min" if target in losses else "max"
                for option in named:
                    word = option.value.id if isinstance(option.value, ast.Name) else ""
                    if option.name != "mode" or word not in ("min", "max"):
                        self._bad(
                            setting,
                            f"`{option.span.text}`",
                            "`mode = min` or `mode = max`",
                            "select = best(error, mode = min)",
                            option.span,
                        )
                    else:
                        mode = word
                return Select(rule="best", target=target, mode="min" if mode == "min" else "max")
            case _:
                names = ", ".join((*metrics, *losses)) or "none"
                self._bad(
                    setting,
                    f"`{setting.value.span.text}`",
                    f"`last` or `best(...)` of a loss or metric ({names})",
                    "select = best(accuracy)",
                )
                return Select()

    def _free(self, setting: ast.Setting | None) -> tuple[str, ...]:
        """The nodes that an evaluation sets free: each has a prior or an observed value."""
        if setting is None:
            return ()
        items = setting.value.items if isinstance(setting.value, ast.List) else (setting.value,)
        found: list[str] = []
        for item in items:
            value = self.inference.named(item, self.region)
            if value.type is None:
                continue
            node = members.find(str(value.operand), self.region)
            sample = node[0] if node is not None else None
            if not isinstance(sample, Sample) or (sample.prior is None and sample.observe is None):
                expected = "stochastic nodes with a prior or an observed value"
                self._bad(setting, f"`{item.span.text}`", expected, "free = [k, link]")
                continue
            found.append(shown(str(value.operand)))
        return tuple(found)

    def _report(self, setting: ast.Setting | None) -> tuple[Use, ...]:
        if setting is None:
            return ()
        items = setting.value.items if isinstance(setting.value, ast.List) else (setting.value,)
        found = [self._measure(setting, item) for item in items]
        return tuple(f for f in found if f is not None)

    def _measure(self, setting: ast.Setting, item: ast.Expression) -> Use | None:
        from scgc.metrics import measures

        if not isinstance(item, ast.Call) or not isinstance(item.function, ast.Name):
            self._bad(setting, f"`{item.span.text}`", "a list of measures", "report = [used(z)]")
            return None
        measure = measures().get(item.function.id)
        if measure is None:
            self.inference.unknown_name(item.function, self.region, "measure", tuple(measures()))
            return None
        arguments = Arguments.of(item, measure.name, measure.signature)
        _, fitted = matching.choose(self.inference, [measure.parsed], arguments, self.region)
        if fitted is None:
            return None
        inputs: dict[str, Operand] = {}
        for slot, pairs in fitted.values.items():
            inputs[slot] = pairs[0][0].operand
        return Use(name=measure.name, inputs=inputs, options=dict(fitted.match.options))


def _argument(call: ast.Expression, name: str) -> Span:
    """Where a call gives an argument by name; the call, where it gives it by place."""
    named = call.named if isinstance(call, ast.Call) else ()
    return next((a.value.span for a in named if a.name == name), call.span)
