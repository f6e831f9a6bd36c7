"""Typed programs with hand-written modules, such as the compiler would give."""

from collections.abc import Callable
from typing import Any

import pytest

from scgc.ir.dims import Dim
from scgc.ir.graph import (
    Argument,
    Cost,
    Evaluate,
    Input,
    Invoke,
    Net,
    Option,
    Places,
    Player,
    Program,
    Rate,
    Sample,
    Schedule,
    Select,
    Train,
    Use,
)
from scgc.ir.types import TensorType
from scgc.train.compiled import Compiled
from scgc.train.probing import Probe

Make = Callable[..., Compiled]

ADDITION = '''
"""Digit addition, written by hand."""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Categorical, Model, dropres, gumbel_softmax


class DigitAddition(Model):
    class Output(NamedTuple):
        left_z: Tensor
        right_z: Tensor
        logits: Tensor
        sum_error: Tensor | None
        accuracy: Tensor | None
        loss: Tensor | None

    program = "addition"
    inputs = {"a": "real[1, 8, 8]", "b": "real[1, 8, 8]", "total": "class(19)", "digit_a": "class(19)"}
    fields = {"left.z": "left_z", "right.z": "right_z", "logits": "logits", "sum_error": "sum_error",
              "accuracy": "accuracy"}
    losses = ("sum_error",)
    metrics = ("accuracy",)
    schedules = ("beta", "alpha")
    nodes = ("left.z", "right.z")

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("beta", torch.zeros(()))
        self.register_buffer("alpha", torch.zeros(()))
        self.C = nn.Parameter(torch.randn(19, 32) * 0.1)
        self.encode = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32))
        self.add = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.advance()

    def advance(self, t=0.0, step=0, epoch=0.0, progress=0.0):
        self.beta.fill_(1 * (1 - math.exp(-0.008 * t)))
        self.alpha.fill_(min(1.0, 0.002 * t))

    def digit(self, x):
        u = self.encode(x)
        z = gumbel_softmax(Categorical(logits=F.linear(u, self.C)), tau=1.0, scale=self.beta, mode=self.mode)
        return dropres(u, drop=self.alpha, training=self.training) + z @ self.C, z

    def forward(self, a, b, total=None, digit_a=None):
        left, left_z = self.digit(a)
        right, right_z = self.digit(b)
        logits = F.linear(self.add(torch.cat([left, right], -1)), self.C)
        sum_error = accuracy = loss = None
        if total is not None:
            sum_error = F.cross_entropy(logits, total, reduction="none")
            accuracy = (logits.argmax(-1) == total)
            loss = sum_error.mean()
        return self.Output(left_z, right_z, logits, sum_error, accuracy, loss)
'''

TOY = '''
"""A Gaussian without data: its mean moves to 3."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from scgc.runtime import Model


class Toy(Model):
    class Output(NamedTuple):
        error: Tensor
        loss: Tensor

    program = "toy"
    fields = {"error": "error"}
    losses = ("error",)

    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(()))

    def forward(self, batch=1):
        error = (self.mean + 0.01 * torch.randn(batch) - 3) ** 2
        return self.Output(error, error.mean())
'''


def image(side: int) -> TensorType:
    return TensorType(kind="real", shape=(Dim.of(1), Dim.of(side), Dim.of(side)))


DIGIT = TensorType(kind="onehot", size=Dim.of(19))
NINETEEN = TensorType(kind="class", size=Dim.of(19))


def make_addition(**train: Any) -> Compiled:
    """Digit addition on 600 pairs, two epochs; `train` replaces settings."""
    settings: dict[str, Any] = {
        "data": Use(name="digit_addition", options={"pairs": 600}),
        "batch": 50,
        "epochs": 2,
        "optimizer": use("adam", lr=1e-3),
        "ticks": Rate(count=8, per="epoch"),
        "evaluate": Rate(count=2, per="epoch"),
        "select": Select(rule="best", target="accuracy", mode="max"),
    }
    z = Sample(result="z", distribution="%1", estimator=Use(name="gumbel_softmax"), type=DIGIT)
    digit = Net(
        kind="net",
        name="digit",
        args=(Argument(name="x", type=image(8)),),
        body=(z,),
        result="z",
        result_type=DIGIT,
    )
    program = Program(
        name="addition",
        nets=(digit,),
        body=tuple(
            Invoke(result=result, net="digit", args=(image_,), type=DIGIT)
            for result, image_ in (("left", "a"), ("right", "b"))
        ),
        inputs=(
            Input(name="a", type=image(8)),
            Input(name="b", type=image(8)),
            Input(name="total", type=NINETEEN),
            Input(name="digit_a", type=NINETEEN, optional=True),
        ),
        schedules=(Schedule(name="beta", body=(), result="t"), Schedule(name="alpha", body=(), result="t")),
        losses=(Cost(name="sum_error", value="sum_error"),),
        metrics=(Cost(name="accuracy", value="accuracy"),),
        train=block(("sum_error",), settings | train),
        evaluations=(
            Evaluate(
                name="digits",
                report=(
                    Use(name="matched_accuracy", inputs={"z": "left.z", "target": "digit_a"}),
                    Use(name="used", inputs={"z": "right.z"}),
                ),
            ),
        ),
    )
    return Compiled(program, ADDITION, "program addition\n", Places())


def block(losses: tuple[str, ...], settings: dict[str, Any]) -> Train:
    """A train block with one player; `optimizer` among the settings is its own."""
    optimizer = settings.pop("optimizer")
    return Train(players=(Player(losses=losses, optimizer=optimizer),), **settings)


def make_toy(**train: Any) -> Compiled:
    """A program without data, 150 steps."""
    settings: dict[str, Any] = {"batch": 4, "steps": 150, "optimizer": use("sgd", lr=0.1)}
    program = Program(
        name="toy", losses=(Cost(name="error", value="error"),), train=block(("error",), settings | train)
    )
    return Compiled(program, TOY, "program toy\n", Places())


def use(name: str, lr: float, **options: Option) -> Use:
    """An optimiser."""
    return Use(name=name, inputs={"lr": lr}, options=options)


@pytest.fixture
def addition(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Its graph holds only what training reads, so that no module that tells can be written of it."""
    monkeypatch.setattr(Probe, "of", lambda *_: None)
    return make_addition


@pytest.fixture
def toy() -> Make:
    return make_toy
