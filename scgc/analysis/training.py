"""The train block: its settings with their defaults, its players and their optimisers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scgc.analysis.minimizing import Owned, player
from scgc.analysis.overrides import TRAIN_SETTINGS
from scgc.analysis.scope import ValueSymbol
from scgc.analysis.settings import Settings
from scgc.diagnostics import names as codes
from scgc.ir.graph import Player, Rate, Select, Train, Use
from scgc.source import Span
from scgc.syntax import ast


class Training(Settings):
    """Reads train blocks."""

    def train(
        self, block: ast.Train, losses: Sequence[str], metrics: Sequence[str], owned: Owned
    ) -> Train | None:
        """The train block of a program with these losses and metrics, whose values own these parts; None
        where something it cannot do without is missing or wrong."""
        given = self.by_key("train", block.settings, tuple(TRAIN_SETTINGS))
        data = self.data(given.get("data"))
        epochs, steps = self.whole(given.get("epochs")), self.whole(given.get("steps"))
        if epochs is None and steps is None and not {"epochs", "steps"} & set(given):
            self.sink.report(
                codes.MissingSetting(span=block.span, block="train", key="epochs", example="epochs = 30")
            )
        if epochs is not None and steps is not None:
            self.bad(given["steps"], "given beside `epochs`", "one of the two", "epochs = 30")
        players = self._players(block, given, losses, owned)
        if players is None or (epochs is None) == (steps is None):
            return None
        return Train(
            data=data,
            batch=self.whole(given.get("batch")) or 1,
            epochs=epochs,
            steps=steps,
            players=players,
            together=self._together(given.get("turns"), block.players),
            reduce_lr=self._reducer(given.get("reduce_lr"), players, data),
            ticks=self.rate(given.get("ticks")) or Rate(count=1, per="step"),
            evaluate=self.rate(given.get("evaluate")),
            select=self._select(given.get("select"), losses, metrics),
            checkpoint=self.rate(given.get("checkpoint")),
        )

    def _players(
        self, block: ast.Train, given: Mapping[str, ast.Setting], losses: Sequence[str], owned: Owned
    ) -> tuple[Player, ...] | None:
        """The players: one with the optimiser of the block, or those that are declared; None after a
        mistake."""
        if block.players:
            if "optimizer" in given:
                self.bad(
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
            times = self.whole(ast.Setting("times", statement.times, None, span=statement.span)) or 0
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
            self.bad(setting, found, "`alternate` or `together`", "turns = together")
        elif len(players) < 2:
            expected = "more than one `minimize`"
            self.bad(setting, f"`{word}` without players", expected, "minimize a over f with adam()")
        elif word == "together" and any(p.times is not None for p in players):
            self.bad(setting, "`together` where one moves several times", "alternate", "turns = alternate")
        return word == "together"

    def _optimizer(self, setting: ast.Setting | None) -> Use | None:
        """The optimiser; its learning rate is a number or the name of a schedule."""
        from scgc.train.optimizers import optimizers

        example = "adam(lr = 1e-3)"
        use = self.use(setting, "optimizer", optimizers(), example)
        if setting is None or use is None:
            return use
        inputs = dict(use.inputs)
        for slot, value in inputs.items():
            if not isinstance(value, str):
                continue
            symbol = self.region.scope.find(value)
            if not isinstance(symbol, ValueSymbol) or symbol.region != "schedule":
                expected, at = "a number or the name of a schedule", _argument(setting.value, slot)
                self.bad(setting, f"`{at.text}`", expected, f"optimizer = {example}", at, slot)
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
        use = self.use(setting, "way to lower the learning rate", reducers(), example)
        if setting is None or use is None:
            return None
        if len(players) > 1:
            self.bad(setting, "used beside several players", "a schedule as `lr`", "with adam(lr = rate)")
        elif isinstance(players[0].optimizer.inputs.get("lr"), str):
            self.bad(
                setting, "used beside a schedule as `lr`", "one of the two", "optimizer = adam(lr = 1e-3)"
            )
        if data is None:
            self.bad(
                setting, "used without data", "a program with data: epochs are counted", "data = mnist()"
            )
        return use

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
                        self.bad(
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
                self.bad(
                    setting,
                    f"`{setting.value.span.text}`",
                    f"`last` or `best(...)` of a loss or metric ({names})",
                    "select = best(accuracy)",
                )
                return Select()


def _argument(call: ast.Expression, name: str) -> Span:
    """Where a call gives an argument by name; the call, where it gives it by place."""
    named = call.named if isinstance(call, ast.Call) else ()
    return next((a.value.span for a in named if a.name == name), call.span)
