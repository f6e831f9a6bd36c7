"""Everything that a run is at one moment, as a checkpoint, and back: what the loop holds that changes.

Weights and buffers, optimiser, learning rate, losses that are not logged yet, random state, place in the
data, and the `State`.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from scgc.train.batches import TrainingBatches
from scgc.train.checkpoints import Checkpoint, weights
from scgc.train.randomness import random_state, set_random_state
from scgc.train.state import State
from scgc.train.updating import laid_out

if TYPE_CHECKING:
    from scgc.train.loop import Loop


def taken(loop: Loop) -> Checkpoint:
    """A copy of everything, on the CPU."""
    random = random_state()
    tensors = weights(loop.model) | random.tensors
    tensors["window:losses"] = loop.window.losses
    optimizer = loop.optimizer.state_dict()
    numbers: dict[str, dict[str, Any]] = {}
    for i, entries in optimizer["state"].items():
        for name, value in entries.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer:{i}:{name}"] = value
            else:
                numbers.setdefault(str(i), {})[name] = value
    if loop.rate.sum is not None:
        tensors["rate:sum"] = loop.rate.sum
    if isinstance(loop.batches, TrainingBatches):
        tensors["data:order"] = loop.batches.order
    facts = {
        "state": asdict(loop.state),
        "random": random.facts,
        "optimizer": {"groups": optimizer["param_groups"], "numbers": numbers},
        "reducer": None if loop.rate.reducer is None else loop.rate.reducer.state_dict(),
        "data": _place(loop),
    }
    return Checkpoint({n: t.detach().cpu().clone().contiguous() for n, t in tensors.items()}, facts)


def restore(loop: Loop, checkpoint: Checkpoint) -> None:
    """Make a loop, made as that of the checkpoint was, go on from there. Raises ValueError where it does not
    fit."""
    tensors, facts = checkpoint.tensors, checkpoint.facts
    if facts["data"].get("examples") != _place(loop).get("examples"):
        raise ValueError(f"the data had {facts['data'].get('examples')} examples then")
    try:
        loop.model.load_state_dict(checkpoint.weights)
    except RuntimeError as error:
        raise ValueError(" ".join(str(error).split())) from None
    _restore_optimizer(loop, checkpoint)
    for loss in tensors["window:losses"].to(loop.fabric.device):
        loop.window.add(loss)
    if "rate:sum" in tensors:
        loop.rate.sum = tensors["rate:sum"].to(loop.fabric.device)
    if loop.rate.reducer is not None:
        loop.rate.reducer.load_state_dict(facts["reducer"])
    if isinstance(loop.batches, TrainingBatches):
        loop.batches.go_on(tensors["data:order"], facts["data"]["position"])
    for known in fields(State):
        setattr(loop.state, known.name, facts["state"][known.name])
    loop.state.saved = loop.state.step
    set_random_state(Checkpoint(tensors, facts["random"]))


def not_finite(checkpoint: Checkpoint, loop: Loop) -> str | None:
    """The first trained parameter that is not finite, or None."""
    for name, parameter in loop.model.named_parameters():
        if parameter.requires_grad and not bool(torch.isfinite(checkpoint.tensors[name]).all()):
            return name
    return None


def _restore_optimizer(loop: Loop, checkpoint: Checkpoint) -> None:
    kept, parameters = checkpoint.facts["optimizer"], loop.update.parameters
    state: dict[int, dict[str, Any]] = {int(i): dict(values) for i, values in kept["numbers"].items()}
    for name, tensor in checkpoint.tensors.items():
        if name.startswith("optimizer:"):
            _, i, entry = name.split(":")
            parameter = parameters[int(i)]
            fits = tensor.shape == parameter.shape
            state.setdefault(int(i), {})[entry] = laid_out(tensor, parameter) if fits else tensor
    groups = loop.optimizer.state_dict()["param_groups"]
    for group, found in zip(groups, kept["groups"], strict=True):
        for name, value in found.items():  # JSON knows no tuples
            group[name] = tuple(value) if isinstance(group.get(name), tuple) else value
    loop.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _place(loop: Loop) -> dict[str, int]:
    if not isinstance(loop.batches, TrainingBatches):
        return {}
    return {"position": loop.batches.position, "examples": loop.batches.count}
