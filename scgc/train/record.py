"""`settings.json` of a run: everything that it takes to do it again."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from scgc.train.compiled import Compiled
from scgc.train.plan import Plan, Wishes, describe


def settings(
    compiled: Compiled, plan: Plan, wishes: Wishes, dims: dict[str, int], device: torch.device
) -> dict[str, Any]:
    """Settled numbers, the machine and the versions; `wishes` as the command line had them."""
    program = compiled.program
    train = program.train
    assert train is not None
    clock = plan.clock
    return {
        "program": program.name,
        "variant": program.variant,
        "set": compiled.overrides,
        "seed": plan.seed,
        "data": describe(train.data, program),
        "dims": dims,
        "batch": plan.batch,
        "steps": clock.total,
        "steps_per_epoch": clock.per_epoch,
        "players": [
            {"losses": p.losses, "times": p.times, "optimizer": describe(p.optimizer, program)}
            for p in train.players
        ],
        "together": train.together,
        "reduce_lr": describe(train.reduce_lr, program),
        "ticks": vars(train.ticks),
        "evaluate": vars(clock.evaluate) if clock.evaluate else None,
        "select": vars(plan.select),
        "device": str(device),
        "precision": wishes.precision,
        "threads": torch.get_num_threads(),
        "wishes": wished(wishes),
        "machine": platform.platform(),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Of what the numbers of a run depend on."""
    return {
        "python": platform.python_version(),
        "scgc": version("scg-compiler"),
        "torch": str(torch.__version__),
        "lightning-fabric": version("lightning-fabric"),
    }


def wished(wishes: Wishes) -> dict[str, Any]:
    """Wishes as JSON, but for the run's own directory."""
    found = asdict(wishes)
    del found["out"]
    return {name: str(value.resolve()) if isinstance(value, Path) else value for name, value in found.items()}


def wishes_of(settings: dict[str, Any], out: Path) -> Wishes:
    """The wishes in the settings of a run in a directory. Raises KeyError, TypeError where there are none."""
    found = dict(settings["wishes"])
    for name in ("data", "base"):
        found[name] = None if found[name] is None else Path(found[name])
    return Wishes(**found, out=out)
