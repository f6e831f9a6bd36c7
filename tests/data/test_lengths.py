"""Examples of different lengths: where the lengths come from, what is padding, what does not fit."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from scgc.data.columns import Axis, Column, Loaded, Split, lengths
from scgc.data.fit import fit
from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.ir.dims import Dim
from scgc.ir.graph import Input, SizeDecl
from scgc.ir.types import TensorType

N, ROUNDS = Dim.of("n"), Dim.of("m")
LENGTHS = torch.tensor([2, 4, 3])
TOKENS = torch.tensor([[5, 6, 0, 0, 0], [1, 2, 3, 4, 0], [7, 8, 9, 0, 0]])


def kind(kind: str, *shape: int | Dim, size: int | Dim | None = None, optional: bool = False) -> TensorType:
    dims = tuple(Dim.of(d) for d in shape)
    return TensorType(kind=kind, size=None if size is None else Dim.of(size), shape=dims)  # type: ignore[arg-type]


def fitted(split: Split, most: int | str = 5, **types: TensorType) -> Split:
    inputs = [Input(name=name, type=type_) for name, type_ in types.items()]
    sizes = (SizeDecl(name="n", most=Dim.of(most)), SizeDecl(name="m", most=Dim.of(9)))
    return fit(Loaded({"train": split}, {"longest": 5}), inputs, {}, data="mine", sizes=sizes).splits["train"]


def fault(split: Split, most: int = 5, **types: TensorType) -> tuple[str, str]:
    with pytest.raises(ProgramError) as caught:
        fitted(split, most, **types)
    (found,) = caught.value.diagnostics
    return found.code, told(found)


def told(found: Diagnostic) -> str:
    return " ".join(found.words(t) for t in (found.title, found.label, found.help) if t)


def column(values: Any, own: Any = None, rows: Sequence[int] | None = None) -> Column:
    def tensor(given: Any) -> Tensor | None:
        return None if given is None else torch.as_tensor(given)

    table = tensor(values)
    assert table is not None
    return Column(table, tensor(rows), tensor(own))


def every(one: Column) -> list[Any]:
    return one.take(torch.arange(len(one))).tolist()


def test_lengths_from_an_array_of_their_name():
    found = fitted({"tokens": column(TOKENS), "n": column(LENGTHS)}, tokens=kind("class", N, size=10))
    assert found["n"].table.tolist() == [2, 4, 3] and found["n"].table.dtype == torch.int64
    assert found["tokens"].table.tolist() == [[5, 6, 0, 0], [1, 2, 3, 4], [7, 8, 9, 0]]
    assert found["tokens"].axes == (Axis("n"),)
    assert lengths(found)["n"].tolist() == [2, 4, 3]


def test_lengths_from_a_column():
    split = {"label": column([0, 1, 0]), "tokens": column(TOKENS, LENGTHS)}
    found = fitted(split, label=kind("class", size=2), tokens=kind("class", N, size=10))
    assert found["n"].table.tolist() == [2, 4, 3]
    assert found["label"].axes == ()


def test_without_lengths_every_example_is_full():
    found = fitted({"tokens": column(TOKENS)}, tokens=kind("class", N, size=10))
    assert found["n"].table.tolist() == [5, 5, 5] and found["tokens"].table.tolist() == TOKENS.tolist()


def test_the_bound_may_come_from_the_data():
    fitted({"tokens": column(TOKENS)}, "data.longest", tokens=kind("class", N, size=10))
    with pytest.raises(ProgramError, match="SCG506"):
        fitted({"tokens": column(TOKENS)}, "data.shortest", tokens=kind("class", N, size=10))


def test_padding_is_never_looked_at_and_becomes_zero():
    values = torch.tensor([[1.0, 2.0, float("nan")], [1.0, 2.0, 3.0]])
    classes = torch.tensor([[1, 0, -1], [1, 2, 0]])
    split = {"x": column(values), "parent": column(classes), "n": column([2, 3])}
    found = fitted(split, x=kind("real", N), parent=kind("class", N, size=N))
    assert found["x"].table.tolist() == [[1, 2, 0], [1, 2, 3]]
    assert found["parent"].table.tolist() == [[1, 0, 0], [1, 2, 0]]


def test_classes_below_the_own_length():
    split = {"parent": column([[0, 2, 0], [1, 2, 0]]), "n": column([2, 3])}
    code, text = fault(split, parent=kind("class", N, size=N))
    assert code == "SCG504" and "holds 2 (example 0 " in text and "below the example's n" in text


def test_every_axis_of_a_size_is_padded():
    edge = torch.ones(2, 4, 4, dtype=torch.bool)
    found = fitted({"edge": column(edge), "n": column([2, 3])}, edge=kind("bool", N, N))
    assert found["edge"].table.shape == (2, 3, 3) and found["edge"].table.sum((1, 2)).tolist() == [4, 9]
    found = fitted({"edge": column(edge), "n": column([2, 3])}, edge=kind("bool", N, 4))
    assert found["edge"].table.shape == (2, 3, 4) and found["edge"].table.sum((1, 2)).tolist() == [8, 12]


def test_a_size_plus_or_minus_a_number():
    types = {"entities": kind("int", N), "path": kind("int", N - 1)}
    split = {"entities": column(TOKENS, LENGTHS), "path": column(TOKENS[:, 1:] - 1, LENGTHS - 1)}
    found = fitted(split, **types)
    assert found["path"].table.tolist() == [[5, 0, 0], [1, 2, 3], [7, 8, 0]]
    assert fitted(dict(reversed(split.items())), **dict(reversed(types.items())))["n"].table.tolist() == [
        2,
        4,
        3,
    ]
    split["path"] = column(TOKENS[:, 1:] - 1, LENGTHS)
    code, text = fault(split, **types)
    assert code == "SCG503" and "1 entries in example 0 of the train data" in text
    assert fault({"x": column(TOKENS)}, x=kind("int", N * 2))[0] == "SCG506"


def test_one_hot_vectors_of_a_size():
    classes = {"tree": column([[0, 0, 9], [2, 1, 0]]), "n": column([2, 3])}
    vectors = fitted(classes, tree=kind("onehot", N, size=N))["tree"]
    assert vectors.table.tolist() == [
        [[1, 0, 0], [1, 0, 0], [0, 0, 0]],
        [[0, 0, 1], [0, 1, 0], [1, 0, 0]],
    ]
    assert vectors.axes == (Axis("n"), Axis("n"))
    again = fitted({**classes, "tree": column(vectors.table)}, tree=kind("onehot", N, size=N))
    assert torch.equal(again["tree"].table, vectors.table)
    beyond = vectors.table.clone()
    beyond[0, 0] = torch.tensor([0, 0, 1])
    assert fault({**classes, "tree": column(beyond)}, tree=kind("onehot", N, size=N))[0] == "SCG504"


def test_two_sizes():
    split = {"x": column(torch.ones(2, 3, 4)), "n": column([2, 3]), "m": column([4, 1])}
    found = fitted(split, x=kind("real", N, ROUNDS))
    assert found["x"].table.sum(2).tolist() == [[4, 4, 0], [1, 1, 1]]


def test_examples_that_share_rows():
    shared = {"tokens": column(TOKENS, LENGTHS, rows=[2, 0, 2]), "label": column([1, 2, 3])}
    types = {"tokens": kind("class", N, size=10), "label": kind("int")}
    found = fitted(shared, **types)
    assert found["n"].table.tolist() == [3, 2, 3] and len(found["tokens"].table) == 3
    assert every(found["tokens"]) == [[7, 8, 9], [5, 6, 0], [7, 8, 9]]
    cut = fitted({"tokens": column(TOKENS, rows=[2, 0, 2]), "n": column([3, 2, 1])}, tokens=types["tokens"])
    assert every(cut["tokens"]) == [[7, 8, 9], [5, 6, 0], [7, 0, 0]]


@pytest.mark.parametrize(
    ("split", "code", "text"),
    [
        ({"x": column(TOKENS), "n": column([2, 0, 3])}, "SCG504", "length 0 (example 1 of the train"),
        ({"x": column(TOKENS), "n": column([2, 2, 7])}, "SCG504", "`n` goes from 1 to 5"),
        ({"x": column(TOKENS[:, :3]), "n": column([2, 4, 3])}, "SCG503", "4 entries in example 1"),
        ({"x": column(TOKENS), "n": column([2.0, 4.0, 3.0])}, "SCG503", "fractional numbers"),
        ({"x": column(TOKENS), "n": column([[2], [4], [3]])}, "SCG503", "one whole number an example"),
        ({"x": column(TOKENS, [2, 4, 2]), "n": column([2, 4, 3])}, "SCG503", "3 entries in example 2"),
        ({"x": column(torch.zeros(3, 6))}, "SCG504", "length 6 (example 0"),
        ({"x": column(TOKENS, LENGTHS), "y": column(TOKENS[:, :3])}, "SCG503", "4 entries in example 1"),
        ({"x": column(TOKENS), "y": column(torch.zeros(3, 4))}, "SCG503", "5 entries in example 0"),
        ({"x": column(torch.zeros(3, 5, 2)), "n": column([2, 4, 3])}, "SCG503", "shape [5, 2]"),
    ],
)
def test_what_does_not_fit(split: Split, code: str, text: str):
    types = {name: kind("real", N) for name in split if name != "n"}
    found, words = fault(split, **types)
    assert found == code and text in words


def test_a_size_that_nothing_tells():
    code, text = fault({"root": column([0, 1])}, root=kind("class", size=N))
    assert code == "SCG506" and "an array named `n`" in text


def test_lengths_for_an_input_that_has_none():
    code, text = fault({"x": column(TOKENS, LENGTHS)}, x=kind("int", 5))
    assert code == "SCG503" and "5 entries in example 0" in text
    fitted({"x": column(TOKENS[:, :2], [2, 2, 2])}, x=kind("int", 2))


def test_a_part_without_examples():
    found = fitted({"x": column(TOKENS[:0], LENGTHS[:0])}, x=kind("onehot", N, size=N))
    assert len(found["x"]) == len(found["n"]) == 0
