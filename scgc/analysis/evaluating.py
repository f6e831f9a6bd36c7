"""Evaluate blocks: what is measured, on what data, with which nodes drawn freely."""

from __future__ import annotations

from scgc.analysis import matching, members
from scgc.analysis.binding import Arguments
from scgc.analysis.scope import DimSymbol
from scgc.analysis.settings import Settings
from scgc.ir.graph import Evaluate, Operand, Sample, Use, shown
from scgc.syntax import ast

EVALUATE_SETTINGS = {
    "data": "other data than the test data of the training",
    "batch": "examples at once; the result does not depend on it but for the draws",
    "examples": "how many examples of the data, from the first on; all without it",
    "free": "nodes that are drawn freely, `[z, k]`",
    "draws": "how often each example is drawn with free nodes",
    "report": "measures of values of the program; the means of losses and metrics without it",
}
"""What each means, for editors."""


class Evaluation(Settings):
    """Reads evaluate blocks."""

    def evaluate(self, block: ast.Evaluate) -> Evaluate:
        """An evaluate block."""
        declared = [n for n, s in self.region.scope.symbols.items() if isinstance(s, DimSymbol)]
        given = self.by_key("evaluate", block.settings, (*EVALUATE_SETTINGS, *declared))
        return Evaluate(
            name=block.name,
            dims={n: d for n in declared if n in given and (d := self.dim(given[n])) is not None},
            free=self._free(given.get("free")),
            draws=self.whole(given.get("draws")),
            data=self.data(given.get("data")),
            batch=self.whole(given.get("batch")),
            examples=self.whole(given.get("examples")),
            report=self._report(given.get("report")),
            doc=block.doc,
        )

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
                self.bad(setting, f"`{item.span.text}`", expected, "free = [k, link]")
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
            self.bad(setting, f"`{item.span.text}`", "a list of measures", "report = [used(z)]")
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
