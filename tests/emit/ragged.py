"""Examples of different lengths in one padded batch, beside each of them alone without any padding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from scgc.emit.load import load_source, model_class
from scgc.ir.dims import Dim
from scgc.ir.graph import Statement, walk
from scgc.ir.types import TensorType
from scgc.pipeline import Compilation
from scgc.runtime import Model
from scgc.source import Source

LENGTHS = {"n": (3, 6, 1, 4), "m": (2, 1, 5, 3)}
"""The length of every example, by the name of the size."""
GARBAGE = 30.0
"""The standard deviation of what stands in the padding."""


def compiled(text: str) -> Compilation:
    return Compilation(Source("example.scg", text))


@dataclass
class Ragged:
    """A program whose value `y` is asked for, and its examples."""

    compilation: Compilation
    lengths: dict[str, tuple[int, ...]]

    def __post_init__(self) -> None:
        self.program = self.compilation.program
        self.sizes = [s.name for s in self.program.sizes]
        self.count = len(next(iter(self.lengths.values())))
        torch.manual_seed(0)
        self.model: Model = model_class(load_source(self.compilation.python, "example"))()
        self.model.eval()
        self.model.set_sampling("mode")
        for value in self.model.parameters():
            torch.nn.init.normal_(value, std=0.5)
        torch.manual_seed(1)
        self.examples = [
            {
                i.name: made(i.name, self.shape(i.type, e), self.classes(i.type, e))
                for i in self.program.inputs
            }
            for e in range(self.count)
        ]

    # ---- what is known of an example

    def dim(self, dim: Dim, example: int) -> int:
        known = self.program.dim_values() | {s: Dim.of(self.lengths[s][example]) for s in self.sizes}
        value = dim.substitute(known).value
        assert value is not None, dim
        return max(value, 0)  # a slice may be empty

    def shape(self, type_: TensorType, example: int) -> tuple[int, ...]:
        return tuple(self.dim(d, example) for d in type_.shape)

    def classes(self, type_: TensorType, example: int) -> int | str:
        return type_.kind if type_.size is None else self.dim(type_.size, example)

    @property
    def y(self) -> TensorType:
        found = [s for s in statements(self.program.body) if s.result == "y"]
        type_ = found[0].type  # type: ignore[union-attr]
        assert isinstance(type_, TensorType)
        return type_

    # ---- running

    def batch(self, fill: str, wider: int) -> dict[str, Tensor]:
        """All examples in one batch, the padding filled with `zeros` or `garbage`."""
        torch.manual_seed(2)
        found: dict[str, Tensor] = {}
        for given in self.program.inputs:
            shapes = [e[given.name].shape for e in self.examples]
            padded = [self.padded(d) for d in given.type.shape]
            whole = [
                max(sizes) + wider * p for sizes, p in zip(zip(*shapes, strict=True), padded, strict=True)
            ]
            one = self.examples[0][given.name]
            x = torch.zeros(self.count, *whole, dtype=one.dtype)
            if fill == "garbage":
                classes = self.classes(given.type, max(range(self.count), key=lambda e: shapes[e][:1]))
                x = made("x", tuple(x.shape), classes)
                x = GARBAGE * x if x.is_floating_point() else x
            for e, example in enumerate(self.examples):
                x[(e, *map(slice, shapes[e]))] = example[given.name]
            found[given.name] = x
        return found

    def padded(self, dim: Dim) -> bool:
        return bool(dim.symbols & set(self.sizes))

    def run(
        self, inputs: dict[str, Tensor], examples: range
    ) -> tuple[list[Tensor], dict[str, Tensor | None]]:
        """The own entries of `y` for every example; the gradients of a weighted sum of them by what they are
        with respect to, inputs and parameters."""
        leaves = {n: x.clone().requires_grad_() if x.is_floating_point() else x for n, x in inputs.items()}
        lengths = {s: torch.tensor([self.lengths[s][e] for e in examples]) for s in self.sizes}
        y = self.model(**leaves, **lengths).y
        own = [y[(i, *map(slice, self.stored(e)))] for i, e in enumerate(examples)]
        if not y.is_floating_point() or not y.requires_grad:
            return own, {}
        total = sum((part * weights(e, part.shape)).sum() for e, part in zip(examples, own, strict=True))
        asked = {n: x for n, x in leaves.items() if x.requires_grad} | dict(self.model.named_parameters())
        grads = torch.autograd.grad(total, list(asked.values()), allow_unused=True)
        return own, dict(zip(asked, grads, strict=True))

    def stored(self, example: int) -> tuple[int, ...]:
        return tuple(self.dim(d, example) for d in self.y.stored)

    def alone(self) -> list[tuple[Tensor, dict[str, Tensor | None]]]:
        """Every example by itself."""
        found = []
        for e, example in enumerate(self.examples):
            own, grads = self.run({n: x[None] for n, x in example.items()}, range(e, e + 1))
            found.append((own[0], grads))
        return found

    def verify(self) -> None:
        """The batch gives every example what it gets alone, whatever stands in the padding."""
        alone = self.alone()
        for fill, wider in (("zeros", 0), ("garbage", 0), ("garbage", 3)):
            own, grads = self.run(self.batch(fill, wider), range(self.count))
            about = f"{fill}, {wider} wider"
            for e, (value, _) in enumerate(alone):
                close(own[e], value, f"{about}: y of example {e}")
            for name, grad in grads.items():
                self.verify_gradient(name, grad, [g[name] for _, g in alone], about)

    def verify_gradient(self, name: str, grad: Tensor | None, alone: list[Tensor | None], about: str) -> None:
        about = f"{about}: gradient of {name}"
        if name not in self.examples[0]:
            parts = [g for g in alone if g is not None]
            assert grad is None or parts, about
            if grad is not None:
                close(grad, torch.stack(parts).sum(0), about)
            return
        if grad is None:
            assert all(g is None for g in alone), about
            return
        rest = grad.clone()
        for e, one in enumerate(alone):
            own = self.examples[e][name]
            place = (e, *map(slice, own.shape))
            close(grad[place], torch.zeros_like(own) if one is None else one[0], f"{about}, example {e}")
            rest[place] = 0
        assert (rest == 0).all(), f"{about}: reaches the padding"


def close(found: Tensor, wanted: Tensor, about: str) -> None:
    torch.testing.assert_close(
        found, wanted, atol=1e-5, rtol=1e-4, equal_nan=True, msg=lambda text: f"{about}\n{text}"
    )


def weights(example: int, shape: torch.Size) -> Tensor:
    """Of the own entries of an example in the sum whose gradient is asked for."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(10 + example))


def statements(body: tuple[Statement, ...]) -> Iterator[Statement]:
    return (s for s in walk(body) if hasattr(s, "type"))


def made(name: str, shape: tuple[int, ...], classes: int | str) -> Tensor:
    """Random values: positive numbers for names with `pos`, numbers below 1 for those with `unit`."""
    if classes == "bool":
        return torch.rand(shape) > 0.5
    if classes == "int":
        return torch.randint(0, 5, shape)
    if isinstance(classes, int):
        return torch.randint(0, classes, shape)
    if "unit" in name:
        return torch.rand(shape) * 0.8 + 0.1
    return torch.rand(shape) + 0.5 if "pos" in name else torch.randn(shape)
