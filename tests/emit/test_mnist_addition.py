"""The compiled model of MNIST addition is the model that a person writes by hand: on carried-over weights its
evaluation output, its loss and its gradients are the same to float precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

TAU = 8.0


class ByHand(nn.Module):
    """Thesis A.1.3, with its own noise source so that both models see the same."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2), nn.ReLU()
        )
        self.mlp = nn.Sequential(
            nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 84)
        )
        self.C = nn.Parameter(torch.randn(19, 84) * 0.3)
        self.addition = nn.Sequential(nn.Linear(168, 168), nn.ReLU(), nn.Linear(168, 84), nn.ReLU())
        self.beta, self.alpha = 0.0, 0.0

    def digit(self, image: Tensor) -> tuple[Tensor, Tensor]:
        u = self.mlp(self.features(image).flatten(1))
        logits = u @ self.C.t()
        if not self.training:
            z = F.one_hot(logits.argmax(-1), 19).float()
            return z @ self.C, z
        z = ((logits + self.beta * self.noise(logits)) / TAU).softmax(-1)
        return self.shortcut(u) + z @ self.C, z

    def noise(self, logits: Tensor) -> Tensor:
        raise NotImplementedError

    def shortcut(self, u: Tensor) -> Tensor:
        return u * (torch.rand(()) >= self.alpha)

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        left, left_z = self.digit(a)
        right, right_z = self.digit(b)
        logits = self.addition(torch.cat([left, right], 1)) @ self.C.t()
        return logits, left_z, right_z


RENAMED = {
    "features.0": "encode.conv1",
    "features.3": "encode.conv2",
    "mlp.0": "encode.linear1",
    "mlp.2": "encode.linear2",
    "mlp.4": "encode.linear3",
    "addition.0": "add.linear1",
    "addition.2": "add.linear2",
}


def carried_over(name: str) -> str:
    """The compiled model's name of a parameter."""
    layer, _, rest = name.rpartition(".")
    return f"{RENAMED[layer]}.{rest}" if layer else name


@pytest.fixture
def both(examples: Any) -> tuple[ByHand, Any, dict[str, Tensor]]:
    (path,) = [p for p in examples.paths if p.stem == "mnist_addition"]
    compiled = examples.compilation(Path(path))
    torch.manual_seed(5)
    by_hand, model = ByHand(), examples.model(compiled)
    weights = {carried_over(k): v for k, v in by_hand.state_dict().items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected
    assert set(missing) == {"beta", "alpha"}
    batch = examples.data(compiled, batch=9)
    return by_hand, model, batch


def test_evaluation_is_the_same(both: tuple[ByHand, Any, dict[str, Tensor]]) -> None:
    by_hand, model, batch = both
    by_hand.eval()
    out = model.eval().set_sampling("mode")(**batch)
    logits, left, right = by_hand(batch["a"], batch["b"])
    torch.testing.assert_close(out.logits, logits)
    torch.testing.assert_close((out.left_z, out.right_z), (left, right))
    torch.testing.assert_close(out.loss, F.cross_entropy(logits, batch["total"]))
    torch.testing.assert_close(out.accuracy, logits.argmax(1) == batch["total"])


@pytest.mark.parametrize("t", [0, 30, 500])
def test_training_loss_and_gradients_are_the_same(
    both: tuple[ByHand, Any, dict[str, Tensor]], t: int
) -> None:
    from scgc.runtime.noise import gumbel_like

    by_hand, model, batch = both
    by_hand.noise = gumbel_like  # type: ignore[method-assign]
    by_hand.beta = TAU * (1 - torch.exp(torch.tensor(-0.008 * t)).item())
    by_hand.alpha = min(1, 0.002 * t)
    model.train().advance(t=t)
    torch.manual_seed(11)
    out = model(**batch)
    out.loss.backward()
    torch.manual_seed(11)
    loss = F.cross_entropy(by_hand.train()(batch["a"], batch["b"])[0], batch["total"])
    loss.backward()
    torch.testing.assert_close(out.loss, loss)
    found = {n: p.grad for n, p in model.named_parameters()}
    for name, value in by_hand.named_parameters():
        torch.testing.assert_close(found[carried_over(name)], value.grad)
