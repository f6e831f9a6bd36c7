"""The state of everything that draws in a run: PyTorch on every device, numpy and Python, which a program's
own Python code may use."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor

from scgc.train.checkpoints import Checkpoint


def seed_everything(seed: int) -> None:
    """Begin to draw as every run with this seed does."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def random_state() -> Checkpoint:
    """Tensors `random:*` and the facts that go with them."""
    tensors = {"random:cpu": torch.get_rng_state()}
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        for i, state in enumerate(torch.cuda.get_rng_state_all()):
            tensors[f"random:cuda:{i}"] = state
    if torch.backends.mps.is_available():
        tensors["random:mps"] = torch.mps.get_rng_state()
    numpy: Any = np.random.get_state(legacy=False)
    tensors["random:numpy"] = torch.from_numpy(numpy["state"]["key"].astype(np.int64))
    version, python, pending = random.getstate()
    tensors["random:python"] = torch.tensor(python)
    facts = {
        "numpy": [numpy["state"]["pos"], numpy["has_gauss"], numpy["gauss"]],
        "python": [version, pending],
    }
    return Checkpoint({name: tensor.clone() for name, tensor in tensors.items()}, facts)


def set_random_state(state: Checkpoint) -> None:
    """Go on drawing from there; devices that are not on this machine are left out."""
    tensors, facts = state.tensors, state.facts
    torch.set_rng_state(tensors["random:cpu"])
    for i in range(torch.cuda.device_count()):
        if f"random:cuda:{i}" in tensors:
            torch.cuda.set_rng_state(tensors[f"random:cuda:{i}"], i)
    if torch.backends.mps.is_available() and "random:mps" in tensors:
        torch.mps.set_rng_state(tensors["random:mps"])
    position, has_gauss, gauss = facts["numpy"]
    key = tensors["random:numpy"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", key, position, has_gauss, gauss))
    version, pending = facts["python"]
    random.setstate((version, tuple(_numbers(tensors["random:python"])), pending))


def _numbers(tensor: Tensor) -> list[int]:
    found: list[int] = tensor.tolist()
    return found
