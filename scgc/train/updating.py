"""What a step does to the parameters, given the gradients: the update of PyTorch's optimiser.

PyTorch's `step` looks at all parameters, options and hooks anew each time, which takes longer than to update
a small model. What it comes to for Adam and AdamW, one kernel for all parameters, is called here on the state
that the optimiser holds: its own steps and these may take turns, and checkpoints are the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam, Optimizer

Gradients = Sequence[Tensor | None]
"""Of the parameters in their order; None where the loss does not depend on one."""


def laid_out(tensor: Tensor, like: Tensor) -> Tensor:
    """The tensor, its numbers in memory as those of another of its shape: fused updates look at nothing but
    the memory."""
    return tensor if tensor.stride() == like.stride() else torch.empty_like(like).copy_(tensor)


class AdamUpdate:
    """Adam's update, or AdamW's; the state is that of an optimiser with one group, which has made a step for
    every parameter."""

    def __init__(self, optimizer: Optimizer) -> None:
        (group,) = optimizer.param_groups
        states = [optimizer.state[p] for p in group["params"]]
        self.state: dict[str, list[Tensor]] = {name: [s[name] for s in states] for name in states[0]}
        beta1, beta2 = group["betas"]
        self.constants: dict[str, Any] = {"beta1": beta1, "beta2": beta2, "maximize": False}
        self.constants |= {name: group[name] for name in ("amsgrad", "weight_decay", "eps")}
        self.decoupled: bool = group["decoupled_weight_decay"]
        self.largest = self.state.get("max_exp_avg_sq", [])

    @torch.no_grad()
    def __call__(self, parameters: list[Tensor], gradients: list[Tensor], lr: float) -> None:
        """By one kernel, for parameters that have a device and a type in common."""
        state = self.state
        torch._foreach_add_(state["step"], 1)
        kernel = torch._fused_adamw_ if self.decoupled else torch._fused_adam_
        kernel(
            parameters,
            gradients,
            state["exp_avg"],
            state["exp_avg_sq"],
            self.largest,
            state["step"],
            lr=lr,
            grad_scale=None,
            found_inf=None,
            **self.constants,
        )

    @torch.no_grad()
    def written_out(self, parameters: list[Tensor], gradients: list[Tensor], lr: Tensor) -> None:
        """In operations that PyTorch's compiler can join with others."""
        state, options = self.state, self.constants
        for step in state["step"]:
            step += 1
        # exponentials, which the compiler computes once and not again for every number
        steps = torch.stack(state["step"]).double()
        first, second = (1 - (steps * math.log(options[b])).exp() for b in ("beta1", "beta2"))
        sizes, roots = (lr / first).float(), second.sqrt().float()
        rows = zip(parameters, gradients, state["exp_avg"], state["exp_avg_sq"], strict=True)
        for i, (parameter, gradient, mean, square) in enumerate(rows):
            if self.decoupled:
                parameter *= 1 - lr * options["weight_decay"]
            elif options["weight_decay"]:
                gradient = gradient + options["weight_decay"] * parameter
            mean.lerp_(gradient, 1 - options["beta1"])
            square.lerp_(gradient * gradient, 1 - options["beta2"])
            if options["amsgrad"]:
                square = self.largest[i].copy_(torch.maximum(self.largest[i], square))
            parameter -= sizes[i] * mean / (square.sqrt() / roots[i] + options["eps"])


class Updating:
    """Updates the parameters of an optimiser, which are given in its order."""

    def __init__(self, optimizer: Optimizer, parameters: Sequence[Tensor]) -> None:
        self.optimizer = optimizer
        self.parameters = list(parameters)
        self._adam: AdamUpdate | None = None
        self._read: object = None

    def __call__(self, gradients: Gradients) -> None:
        pairs = zip(self.parameters, gradients, strict=True)
        laid = [None if g is None else laid_out(g, p) for p, g in pairs]
        found = [g for g in laid if g is not None]
        adam = self._kernel() if len(found) == len(laid) else None
        if adam is None:
            self._step(laid)
        else:
            adam(self.parameters, found, self.optimizer.param_groups[0]["lr"])

    def _kernel(self) -> AdamUpdate | None:
        """Adam's kernel, where the optimiser is one and has made its first step."""
        state = self.optimizer.state
        if self._read is not state:  # loading a checkpoint gives another one
            alike = len({(p.device, p.dtype) for p in self.parameters}) == 1
            known = alike and isinstance(self.optimizer, Adam) and len(state) == len(self.parameters)
            self._adam = AdamUpdate(self.optimizer) if known else None
            self._read = state if known else None
        return self._adam

    def _step(self, gradients: Gradients) -> None:
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        self.optimizer.step()
        for parameter in self.parameters:
            parameter.grad = None
