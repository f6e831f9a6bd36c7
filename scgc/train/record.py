"""`settings.json` of a run: everything that it takes to do it again."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import torch

from scgc.ir.graph import Program
from scgc.train.plan import Plan, Wishes, describe


def settings(
    program: Program, plan: Plan, wishes: Wishes, dims: dict[str, int], device: torch.device
) -> dict[str, Any]:
    """Settled numbers, the machine and the versions."""
    train = program.train
    assert train is not None
    clock = plan.clock
    return {
        "program": program.name,
        "variant": program.variant,
        "seed": plan.seed,
        "data": describe(train.data, program),
        "dims": dims,
        "batch": plan.batch,
        "steps": clock.total,
        "steps_per_epoch": clock.per_epoch,
        "optimizer": describe(train.optimizer, program),
        "reduce_lr": describe(train.reduce_lr, program),
        "ticks": train.ticks.model_dump(),
        "evaluate": clock.evaluate.model_dump() if clock.evaluate else None,
        "select": plan.select.model_dump(),
        "device": str(device),
        "precision": wishes.precision,
        "threads": torch.get_num_threads(),
        "machine": platform.platform(),
        "versions": {
            "python": platform.python_version(),
            "scgc": version("scg-compiler"),
            "torch": str(torch.__version__),
            "lightning-fabric": version("lightning-fabric"),
        },
    }
