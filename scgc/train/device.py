"""Where a run computes: its device, by the name the user gave (`cpu`, `cuda`, `cuda:1`, `mps`, or `auto` for
the best there is), its precision, and Fabric where several processes train together.

Fabric is imported for several only: it takes as long as PyTorch itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import UnknownDevice
from scgc.diagnostics.running import OtherProcesses
from scgc.runtime import Model
from scgc.train.plan import FULL

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def devices() -> list[str]:
    """The devices of this machine, the best first."""
    found = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


@dataclass(frozen=True)
class Machine:
    """low: matrix products in bfloat16 (autocast). fabric: what joins the processes, None for one alone."""

    device: torch.device
    low: bool = False
    fabric: Fabric | None = None

    @classmethod
    def of(cls, device: str, precision: str = FULL, count: int = 1) -> Machine:
        """The device of that name, or `count` of its kind with a process each, which Fabric starts unless
        torchrun did.

        Raises ProgramError (SCG512) for devices that are not there, (SCG538) where torchrun started another
        number of processes.
        """
        verify_processes(count)
        name = found(device, count)
        if name.startswith("cuda"):
            torch.set_float32_matmul_precision("high")  # TF32: as good for training, several times as fast
        fabric = joined(name.partition(":")[0], count) if count > 1 else None
        return cls(fabric.device if fabric else torch.device(name), precision != FULL, fabric)

    def autocast(self) -> AbstractContextManager[Any]:
        """Around a forward pass."""
        return autocast(self.device, self.low)


def verify_processes(count: int) -> None:
    """Raises ProgramError (SCG538)."""
    started = int(os.environ["WORLD_SIZE"]) if "TORCHELASTIC_RUN_ID" in os.environ else count
    if started != count:
        raise ProgramError((OtherProcesses(span=None, started=started, devices=count),))


def named(device: str) -> str:
    """The name of the device that is meant, there or not."""
    return devices()[0] if device == "auto" else f"{device}:0" if device == "cuda" else device


def found(device: str, count: int) -> str:
    """The name of the device, or of the first of its kind. Raises ProgramError (SCG512)."""
    known, name = devices(), named(device)
    if name not in known:
        fault = UnknownDevice(span=None, device=device, available=", ".join(known))
        raise ProgramError((fault,))
    kind = name.partition(":")[0]
    if count > 1 and kind != "cpu" and count > known.index("cpu"):
        fault = UnknownDevice(span=None, device=f"{count} x {kind}", available=", ".join(known))
        raise ProgramError((fault,))
    return name


def joined(kind: str, count: int) -> Fabric:
    """The processes, each on a device of its own."""
    from lightning_fabric import Fabric

    fabric = Fabric(accelerator=kind, devices=count, strategy="ddp")
    fabric.launch()
    return fabric


def autocast(device: torch.device, low: bool) -> AbstractContextManager[Any]:
    """Around what is computed in bfloat16, if it is."""
    return torch.autocast(device.type, dtype=torch.bfloat16) if low else nullcontext()


def placed(model: Model, device: torch.device) -> Model:
    """The model on a device, and the weights of its convolutions with the channels last in memory.

    PyTorch lays out what a convolution gives as its weights are, and computes it faster so. Values, names and
    shapes are as before.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model.to(device)


def in_precision(model: Model, machine: Machine) -> Callable[..., Any]:
    """The model as a function that computes in the machine's precision."""
    if not machine.low:
        return model

    def forward(**inputs: Any) -> Any:
        with machine.autocast():
            return model(**inputs)

    return forward
