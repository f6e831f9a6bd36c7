"""Measures of values of different lengths: padding is not measured."""

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.data.columns import Axis, Column
from scgc.ir.dims import Dim
from scgc.ir.graph import Use
from scgc.ir.types import TensorType
from scgc.metrics.declare import Measure
from scgc.runtime import Model
from scgc.train import evaluation
from scgc.train.batches import ordered_batches
from scgc.train.evaluation import joined, report, unpadded

N = Dim.of("n")


def kind(kind: str, *shape: Dim, size: Dim | int | None = None) -> TensorType:
    return TensorType(kind=kind, size=None if size is None else Dim.of(size), shape=shape)  # type: ignore[arg-type]


class Echo(Model):
    """Knows the true parents, and says anything at padding."""

    class Output(NamedTuple):
        tree: Tensor

    fields: ClassVar = {"tree": "tree"}
    inputs: ClassVar = {"parent": "class(n)[n]"}

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(()))

    def forward(self, parent: Tensor, n: Tensor) -> Any:
        width = parent.shape[1]
        beyond = torch.arange(width) >= n[:, None]
        return self.Output(F.one_hot(parent.masked_fill(beyond, width - 1), width).float())


def test_measures_over_batches_of_different_widths():
    lengths = torch.randint(2, 20, (200,), generator=torch.Generator().manual_seed(0))
    parent = (torch.arange(20) // 2).expand(200, 20).clone()
    split = {"n": Column(lengths), "parent": Column(parent, axes=(Axis("n"),))}
    types = {"tree": kind("onehot", N, size=N), "parent": kind("class", N, size=N)}
    uses = [
        Use(name="matched_accuracy", inputs={"z": "tree", "target": "parent"}),
        Use(name="used", inputs={"z": "tree"}),
    ]
    found = report(Echo(), ordered_batches(split, 16, torch.device("cpu")), uses, types)
    most = int(lengths.max())
    assert found == {"matched_accuracy(tree, parent)": 1.0, "used(tree)": (most + 1) // 2}


def test_a_measure_of_whole_examples_gets_them_whole(monkeypatch: pytest.MonkeyPatch):
    seen = []

    def compute(kind: Tensor, edge: Tensor) -> float:
        seen.extend((kind, edge))
        return 0.0

    cells = Measure("cells(kind : class(k)[n], edge : bool[n, n]) -> real[]", "", True, compute)
    monkeypatch.setattr(evaluation, "measures", lambda: {"cells": cells})
    split = {
        "n": Column(torch.tensor([2, 3])),
        "kind": Column(torch.tensor([[1, 1, 0], [1, 1, 1]]), axes=(Axis("n"),)),
        "edge": Column(torch.ones(2, 3, 3).bool(), axes=(Axis("n"), Axis("n"))),
    }

    class Given(Echo):
        inputs = dict.fromkeys(("kind", "edge"), "")

        def forward(self, **inputs: Tensor) -> None:
            return None

    types = {"kind": kind("class", N, size=3), "edge": kind("bool", N, N)}
    uses = [Use(name="cells", inputs={"kind": "kind", "edge": "edge"})]
    report(Given(), ordered_batches(split, 1, torch.device("cpu")), uses, types)
    assert seen[0].tolist() == [[1, 1, 0], [1, 1, 1]] and seen[1].shape == (2, 3, 3)


@pytest.fixture
def batch() -> Iterator[dict[str, Tensor]]:
    yield {"n": torch.tensor([1, 3]), "x": torch.zeros(2)}


def test_entries_without_padding(batch: dict[str, Tensor]):
    value = torch.arange(6).reshape(2, 3)
    assert unpadded(value, kind("int", N), batch).tolist() == [0, 3, 4, 5]
    assert unpadded(value[:, 1:], kind("int", N - 1), batch).tolist() == [4, 5]
    assert unpadded(value, kind("int", Dim.of(3)), batch) is value
    assert unpadded(value, None, batch) is value
    square = torch.arange(18).reshape(2, 3, 3)
    assert unpadded(square, kind("int", N, N), batch).tolist() == [0, *range(9, 18)]
    behind = unpadded(square, kind("int", Dim.of(3), N), batch)
    assert behind.tolist() == [[0, 3, 6], [9, 12, 15], [10, 13, 16], [11, 14, 17]]


def test_what_a_batch_lacks_is_zero():
    found = joined([torch.ones(1, 2), torch.ones(2, 3)])
    assert found.tolist() == [[1, 1, 0], [1, 1, 1], [1, 1, 1]]
    assert joined([torch.ones(2), torch.ones(1)]).tolist() == [1, 1, 1]
    square = joined([torch.ones(1, 1, 1), torch.ones(1, 2, 3)])
    assert square.tolist() == [[[1, 0, 0], [0, 0, 0]], [[1, 1, 1], [1, 1, 1]]]
