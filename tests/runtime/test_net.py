"""Modes, sampling and schedules of the base classes."""

from typing import ClassVar, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from scgc.runtime import Bernoulli, Model, Net, score


class Coin(Net):
    def __init__(self) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(0.3))

    def forward(self, x: Tensor) -> Tensor:
        return score(Bernoulli(logits=self.logits.expand(x.shape)), mode=self.mode)


class Toss(Model):
    inputs: ClassVar = {"x": "real[]"}
    schedules = ("tau", "beta")

    class Output(NamedTuple):
        x: Tensor
        z: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.tau = 8.0
        self.register_buffer("beta", torch.zeros(()))
        self.coin = Coin()
        self.frozen = nn.BatchNorm1d(1).eval()

    def forward(self, x: Tensor) -> Output:
        return self.Output(x, self.coin(x))


class Free(Model):
    def forward(self, batch: int = 1) -> Tensor:
        return score(Bernoulli(logits=torch.zeros(batch)), mode=self.mode)


def test_mode_follows_training_and_sampling() -> None:
    model = Toss()
    assert (model.mode, model.coin.mode) == ("train", "train")
    model.eval()
    assert (model.mode, model.coin.mode) == ("sample", "sample")
    assert model.set_sampling("mode") is model
    assert (model.mode, model.coin.mode) == ("mode", "mode")
    model.train()
    assert model.mode == "train"
    with pytest.raises(ValueError, match="relaxed"):
        model.set_sampling("relaxed")  # type: ignore[arg-type]


def test_schedule_values() -> None:
    assert Toss().schedule_values() == {"tau": 8.0, "beta": 0.0}
    assert Free().schedule_values() == {}
    Free().advance(t=3.0, step=24, epoch=1.0, progress=0.1)


def test_sample_repeats_each_example() -> None:
    torch.manual_seed(0)
    model = Toss().train().set_sampling("mode")
    model.frozen.eval()
    out = model.sample(500, x=torch.tensor([1.0, 2.0]))
    assert out.x.tolist() == [1.0] * 500 + [2.0] * 500
    assert 0 < out.z.mean() < 1  # samples, although the model is set to its mode
    assert not out.z.requires_grad
    assert model.training
    assert model.coin.training
    assert not model.frozen.training
    assert model.coin.sampling == "mode"


def test_sample_without_inputs() -> None:
    torch.manual_seed(0)
    assert Free().sample(7).shape == (7,)


def test_sample_restores_after_an_error() -> None:
    model = Toss().train()
    with pytest.raises(TypeError):
        model.sample(2, y=torch.zeros(1))
    assert model.training
