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
    from scgc.train.players import Player


def taken(loop: Loop) -> Checkpoint:
    """A copy of everything, on the CPU."""
    random = random_state()
    tensors = weights(loop.model) | random.tensors
    tensors["window:losses"] = loop.window.losses
    optimizers = [_optimizer(player, tensors) for player in loop.players]
    rate = loop.players[0].rate
    if rate.sum is not None:
        tensors["rate:sum"] = rate.sum
    tensors |= loop.usage.tensors() if loop.usage is not None else {}
    if isinstance(loop.batches, TrainingBatches):
        tensors["data:order"] = loop.batches.order
    facts = {
        "state": asdict(loop.state),
        "random": random.facts,
        "optimizers": optimizers,
        "reducer": None if rate.reducer is None else rate.reducer.state_dict(),
        "data": _place(loop),
    }
    return Checkpoint({n: t.detach().cpu().clone().contiguous() for n, t in tensors.items()}, facts)


def _optimizer(player: Player, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """The numbers of a player's optimiser; its tensors join the others."""
    optimizer = player.optimizer.state_dict()
    numbers: dict[str, dict[str, Any]] = {}
    for i, entries in optimizer["state"].items():
        for name, value in entries.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer:{player.number}:{i}:{name}"] = value
            else:
                numbers.setdefault(str(i), {})[name] = value
    return {"groups": optimizer["param_groups"], "numbers": numbers}


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
    for player, kept in zip(loop.players, facts["optimizers"], strict=True):
        _restore_optimizer(player, kept, tensors)
    rate = loop.players[0].rate
    loop.window.restore(tensors["window:losses"].to(loop.machine.device))
    if "rate:sum" in tensors:
        rate.sum = tensors["rate:sum"].to(loop.machine.device)
    if loop.usage is not None:
        loop.usage.restore(tensors, loop.machine.device)
    if rate.reducer is not None:
        rate.reducer.load_state_dict(facts["reducer"])
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


def _restore_optimizer(player: Player, kept: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Any]] = {int(i): dict(values) for i, values in kept["numbers"].items()}
    for name, tensor in tensors.items():
        if name.startswith(f"optimizer:{player.number}:"):
            _, _, i, entry = name.split(":")
            parameter = player.parameters[int(i)]
            fits = tensor.shape == parameter.shape
            state.setdefault(int(i), {})[entry] = laid_out(tensor, parameter) if fits else tensor
    groups = player.optimizer.state_dict()["param_groups"]
    for group, found in zip(groups, kept["groups"], strict=True):
        for name, value in found.items():  # JSON knows no tuples
            group[name] = tuple(value) if isinstance(group.get(name), tuple) else value
    player.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _place(loop: Loop) -> dict[str, int]:
    if not isinstance(loop.batches, TrainingBatches):
        return {}
    return {"position": loop.batches.position, "examples": loop.batches.count}
