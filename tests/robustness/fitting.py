"""Expressions of a wanted type, made of smaller ones: for `typed.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Protocol

from scgc.ops import operators

Shape = tuple[str, ...]
Type = tuple[str, Shape]


class Writer(Protocol):
    """What the parts of an expression are asked of."""

    random: Random
    nets: dict[str, tuple[Type, Type]]

    def value(self, wanted: Type, depth: int) -> str: ...

    def leaf(self, kind: str, shape: Shape) -> str: ...


Way = Callable[[Writer, Shape, int], str]
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


@cache
def maps() -> list[str]:
    """The operators that make a number of each number."""
    texts = {o.signature for overloads in operators().values() for o in overloads}
    return sorted(t.split("(")[0] for t in texts if t.endswith("(x : real[*s]) -> real[*s]"))


def _map(w: Writer, s: Shape, depth: int) -> str:
    x, function = w.value(("real", s), depth), w.random.choice(maps())
    return f"({x}) |> {function}" if w.random.random() < 0.3 else f"{function}({x})"


def _arithmetic(w: Writer, s: Shape, depth: int) -> str:
    other = w.random.choice((s, s, ()))
    sign = w.random.choice("+-*/^")
    return f"(({w.value(('real', s), depth)}) {sign} ({w.value(('real', other), depth)}))"


def _reduction(w: Writer, s: Shape, depth: int) -> str:
    function = w.random.choice(("sum", "mean", "max", "prod", "logsumexp"))
    return f"{function}({w.value(('real', (*s, w.random.choice('23Dn'))), depth)}, axis = -1)"


def _product(w: Writer, s: Shape, depth: int) -> str:
    k = w.random.choice("23D")
    return f"({w.value(('real', (*s[:1], k)), depth)}) @ ({w.value(('real', (k, *s[1:])), depth)})"


def _layer(w: Writer, s: Shape, depth: int) -> str:
    if not s or s[-1] == "n":
        return _map(w, s, depth)
    return f"linear({w.value(('real', (*s[:-1], w.random.choice('23D'))), depth)}, {s[-1]})"


def _entry(w: Writer, s: Shape, depth: int) -> str:
    x = w.value(("real", ("3", *s)), depth)
    if w.random.random() < 0.3 and "n" not in s:
        return f"({x})[{w.value(('class(3)', ()), depth)}]"
    return f"({x})[{w.random.choice(('0', '-1', '2'))}]"


def _loss(w: Writer, s: Shape, depth: int) -> str:
    logits, target = w.value(("real", (*s, "3")), depth), w.value(("class(3)", s), depth)
    return f"cross_entropy({logits}, {target})"


def _call(w: Writer, s: Shape, depth: int) -> str:
    nets = [(name, takes) for name, (takes, gives) in w.nets.items() if gives == ("real", s)]
    if not nets:
        return _map(w, s, depth)
    name, takes = w.random.choice(nets)
    return f"{name}({w.value(takes, depth)})"


def _joined(w: Writer, s: Shape, depth: int) -> str:
    if s[:1] not in (("2",), ("3",)):
        return _transposed(w, s, depth)
    return f"stack({', '.join(w.value(('real', s[1:]), depth) for _ in range(int(s[0])))})"


def _transposed(w: Writer, s: Shape, depth: int) -> str:
    return f"({w.value(('real', s[::-1]), depth)})'" if len(s) == 2 else _map(w, s, depth)


def _served(w: Writer, s: Shape, depth: int) -> str:
    """Other kinds serve as numbers."""
    kind = w.random.choice(("bool", "bit", "int", "class(3)"))
    return w.leaf(kind, s)


def _chosen(kind: str) -> Way:
    def way(w: Writer, s: Shape, depth: int) -> str:
        parts = (w.value((k, s), depth) for k in ("bool", kind, kind))
        return f"where({', '.join(parts)})"

    return way


def _compared(w: Writer, s: Shape, depth: int) -> str:
    kind = w.random.choice(("real", "int"))
    a, b = (w.value((kind, s), depth) for _ in "ab")
    return f"(({a}) {w.random.choice(COMPARISONS)} ({b}))"


def _logic(w: Writer, s: Shape, depth: int) -> str:
    a, b = (w.value(("bool", s), depth) for _ in "ab")
    return w.random.choice((f"(({a}) and ({b}))", f"(({a}) or ({b}))", f"(not ({a}))"))


def _largest(w: Writer, s: Shape, depth: int) -> str:
    return f"argmax({w.value(('real', (*s, '3')), depth)})"


def _marked(w: Writer, s: Shape, depth: int) -> str:
    return f"onehot({w.value(('class(3)', s), depth)})"


def _sum_of_whole(w: Writer, s: Shape, depth: int) -> str:
    a, b = (w.value(("int", s), depth) for _ in "ab")
    return f"(({a}) {w.random.choice('+-*')} ({b}))"


_NUMBERS = (
    _map, _map, _arithmetic, _arithmetic, _reduction, _product, _layer, _layer, _entry, _loss, _call, _call,
    _joined, _transposed, _served, _chosen("real"),
)  # fmt: skip
WAYS: dict[str, tuple[Way, ...]] = {
    "real": _NUMBERS,
    "bool": (_compared, _compared, _logic, _chosen("bool")),
    "class(3)": (_largest, _chosen("class(3)")),
    "onehot(3)": (_marked,),
    "int": (_sum_of_whole, _chosen("int")),
}
"""How a value of each kind may be made."""
