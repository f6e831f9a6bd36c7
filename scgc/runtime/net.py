"""The base classes of generated modules: `Net` has stochastic nodes, `Model` is a whole program."""

from __future__ import annotations

from inspect import signature
from typing import Any, ClassVar, Literal, Self

import torch
from torch import Tensor, nn

Sampling = Literal["sample", "mode"]
Mode = Literal["train", "sample", "mode"]


class Net(nn.Module):
    """A module that contains stochastic nodes.

    `mode` tells the estimators what to draw: in training what they draw for the gradient, in evaluation what
    `sampling` says, a hard sample of the distribution or its mode.
    """

    sampling: Sampling = "sample"

    @property
    def mode(self) -> Mode:
        return "train" if self.training else self.sampling


class Model(Net):
    """A program as a module; generated classes fill in what stands here.

    program: its name.
    inputs: name -> type, for one example.
    sizes: name -> bound of the lengths that differ between examples; `forward` takes each as [B] integers.
    fields: the program's name of a value (`left.z`) -> the field of the output that holds it.
    losses, metrics: names of costs, reported as means over examples.
    schedules: attributes that `advance` sets.
    nodes: names of the stochastic nodes.
    """

    program: ClassVar[str] = ""
    inputs: ClassVar[dict[str, str]] = {}
    sizes: ClassVar[dict[str, str]] = {}
    fields: ClassVar[dict[str, str]] = {}
    losses: ClassVar[tuple[str, ...]] = ()
    metrics: ClassVar[tuple[str, ...]] = ()
    schedules: ClassVar[tuple[str, ...]] = ()
    nodes: ClassVar[tuple[str, ...]] = ()

    def advance(self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0) -> None:
        """Set the schedules to their values at clock `t` (ticks), step, epoch and progress (0 to 1)."""

    def schedule_values(self) -> dict[str, float]:
        """The schedules' current values by name."""
        return {name: float(getattr(self, name)) for name in self.schedules}

    def set_sampling(self, sampling: Sampling) -> Self:
        """Choose what stochastic nodes give in evaluation, here and in every net inside.

        Raises ValueError for any word but "sample" and "mode".
        """
        if sampling not in ("sample", "mode"):
            raise ValueError(f'sampling is "sample" or "mode", not {sampling!r}')
        for module in self.modules():
            if isinstance(module, Net):
                module.sampling = sampling
        return self

    @torch.no_grad()
    def sample(self, n: int = 1, /, **inputs: Tensor) -> Any:
        """n evaluation-mode draws of the program for each example of `inputs` ([B, ...] each).

        The output's batch has n * B entries: those of the first example, then those of the second. Without
        inputs it has n, for a program that needs none. The model's modes and its choice of sampling are as
        before afterwards.
        """
        before = [(m, m.training, getattr(m, "sampling", None)) for m in self.modules()]
        try:
            self.eval().set_sampling("sample")
            if not inputs and "batch" in signature(self.forward).parameters:
                return self(batch=n)
            return self(**{name: value.repeat_interleave(n, 0) for name, value in inputs.items()})
        finally:
            for module, training, sampling in before:
                module.training = training
                if isinstance(module, Net) and sampling is not None:
                    module.sampling = sampling
