"""What `scgc sample` shows of examples of different lengths."""

import torch

from scgc.data.columns import Axis, Column, Loaded
from scgc.ir.dims import Dim
from scgc.ir.graph import Input, Program, SizeDecl
from scgc.ir.types import TensorType
from scgc.runtime import Model
from scgc.train.sampling import draw

N = Dim.of("n")


class Nothing(Model):
    def forward(self, **inputs: torch.Tensor) -> None:
        return None


def test_every_example_in_its_own_length():
    shapes = {"word": (N,), "path": (N - 1,), "edge": (N, N), "pair": (Dim.of(2),)}
    inputs = tuple(Input(name=k, type=TensorType(kind="int", shape=s)) for k, s in shapes.items())
    program = Program(name="p", sizes=(SizeDecl(name="n", most=Dim.of(9)),), inputs=inputs)
    word = torch.tensor([[1, 0, 0, 0], [1, 2, 3, 0], [1, 2, 3, 4]])
    split = {
        "n": Column(torch.tensor([1, 3, 4])),
        "word": Column(word, axes=(Axis("n"),)),
        "path": Column(word[:, 1:], axes=(Axis("n", -1),)),
        "edge": Column(word[:, :, None] * word[:, None], axes=(Axis("n"), Axis("n"))),
        "pair": Column(word[:, :2]),
    }
    found = draw(Nothing(), program, Loaded({"test": split}), 2, seed=0).rows()
    assert found == [
        {"n": 1, "word": [1], "path": [], "edge": [[1]], "pair": [1, 0]},
        {
            "n": 3,
            "word": [1, 2, 3],
            "path": [2, 3],
            "edge": [[1, 2, 3], [2, 4, 6], [3, 6, 9]],
            "pair": [1, 2],
        },
    ]
