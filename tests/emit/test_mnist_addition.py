"""The compiled model of MNIST addition is the model that a person writes by hand: on carried-over weights its
evaluation output, its loss and its gradients are the same to float precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from handwritten.mnist_addition import BY_HAND, MnistAddition
from torch import Tensor


@pytest.fixture
def both(examples: Any) -> tuple[MnistAddition, Any, dict[str, Tensor]]:
    (path,) = [p for p in examples.paths if p.stem == "mnist_addition"]
    compiled = examples.compilation(Path(path))
    compiled.passes = False  # both digits in one call are drawn in another order
    torch.manual_seed(5)
    by_hand, model = MnistAddition(), examples.model(compiled)
    weights = {BY_HAND.carried_over(k): v for k, v in by_hand.state_dict().items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected
    assert set(missing) == {"beta", "alpha"}
    batch = examples.data(compiled, batch=9)
    return by_hand, model, batch


def test_evaluation_is_the_same(both: tuple[MnistAddition, Any, dict[str, Tensor]]) -> None:
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
    both: tuple[MnistAddition, Any, dict[str, Tensor]], t: int
) -> None:
    from scgc.runtime.noise import gumbel_like

    by_hand, model, batch = both
    by_hand.noise = gumbel_like  # type: ignore[method-assign]
    by_hand.beta = by_hand.tau * (1 - torch.exp(torch.tensor(-0.008 * t)).item())
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
        torch.testing.assert_close(found[BY_HAND.carried_over(name)], value.grad)
