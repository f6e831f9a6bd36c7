"""The device of a run, by the name the user gave: `cpu`, `cuda`, `cuda:1`, `mps`, or `auto` for the best
there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from torch import nn

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import UnknownDevice
from scgc.runtime import Model


def devices() -> list[str]:
    """The devices of this machine, the best first."""
    found = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def make_fabric(device: str, precision: str = "32-true", count: int = 1) -> Fabric:
    """Fabric on one device, or on `count` of a kind with a process each, which it starts unless torchrun did.

    Raises ProgramError (SCG512) for devices that are not there.
    """
    known = devices()
    name = known[0] if device == "auto" else f"{device}:0" if device == "cuda" else device
    if name not in known:
        fault = UnknownDevice(span=None, device=device, available=", ".join(known))
        raise ProgramError((fault,))
    kind, _, index = name.partition(":")
    if kind == "cuda":
        torch.set_float32_matmul_precision("high")  # TF32: as good for training, several times as fast
    if count > 1:
        if kind != "cpu" and count > known.index("cpu"):
            fault = UnknownDevice(span=None, device=f"{count} x {kind}", available=", ".join(known))
            raise ProgramError((fault,))
        fabric = Fabric(accelerator=kind, devices=count, strategy="ddp", precision=cast(Any, precision))
        fabric.launch()
        return fabric
    chosen: Any = [int(index)] if index else 1
    return Fabric(accelerator=kind, devices=chosen, precision=cast(Any, precision))


def placed(model: Model, device: torch.device) -> Model:
    """The model on a device, and the weights of its convolutions with the channels last in memory.

    PyTorch lays out what a convolution gives as its weights are, and computes it faster so. Values, names and
    shapes are as before.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model.to(device)


def in_precision(model: Model, fabric: Fabric) -> Callable[..., Any]:
    """The model as a function that computes in Fabric's precision."""

    def forward(**inputs: Any) -> Any:
        with fabric.autocast():
            return model(**inputs)

    return forward
