"""The whole training step as one compiled function: forward, gradient and the optimiser's update.

The gradient is a function of the parameters (torch.func), the update Adam's on the state that the optimiser
holds: eager steps and compiled ones may take turns, and checkpoints are the same. Schedules are buffers and
the learning rate a tensor, so that nothing that changes in training compiles anew.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, grad
from torch.optim import Adam, Optimizer

from scgc.runtime import Model
from scgc.train.batches import Batch
from scgc.train.evaluation import field_of
from scgc.train.randomness import random_state, set_random_state

BACKEND = "inductor"
"""Of torch.compile."""

OPTIONS: dict[str, Any] = {"cpp_wrapper": True}
"""Of torch's compiler on a processor: the calls between kernels are compiled too."""


class WholeStep:
    """A training step that is compiled the first time it is called; `failed` is why it could not be.

    batch: examples of the batches that it is compiled for; others are not its own.
    low: in autocast to bfloat16. tell: is told once, in a sentence, why steps stay eager.
    """

    def __init__(
        self,
        model: Model,
        optimizer: Optimizer,
        batch: int,
        low: bool = False,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.model, self.optimizer, self.batch, self.low, self.tell = model, optimizer, batch, low, tell
        self.names = [n for n, p in model.named_parameters() if p.requires_grad]
        self.parameters: list[Tensor] = [p for p in model.parameters() if p.requires_grad]
        self.fields = [field_of(model, n) for n in (*model.losses, *model.metrics)]
        device = self.parameters[0].device
        self.rate, self.length, self.spread = (torch.zeros((), device=device) for _ in range(3))
        self.done = False
        self.state: dict[str, list[Tensor]] = {}
        self.constants: dict[str, Any] = {}
        options = OPTIONS if device.type == "cpu" and BACKEND == "inductor" else None
        self.compiled = torch.compile(
            self._step, fullgraph=True, dynamic=False, options=options, backend=BACKEND
        )
        self.failed = self._problem()
        if self.failed:
            tell(f"steps are not compiled: {self.failed}")

    def takes(self, batch: Batch) -> bool:
        """Whether this step is its own: a whole batch, and an optimiser that knows every parameter."""
        if self.failed or len(self.optimizer.state) < len(self.parameters):
            return False
        first = next(iter(batch.values()))
        return (len(first) if isinstance(first, Tensor) else first) == self.batch

    def __call__(self, batch: Batch) -> Any | None:
        """The model's output, of which there are the loss, its parts and the metrics; None where the step
        cannot be compiled: then nothing was done."""
        if self.done:
            self._correct()
            return self._output(self.compiled(self.parameters, batch))
        self._take_over()
        self._correct()
        random, before = random_state(), [p.detach().clone() for p in self.parameters]
        try:
            values = self.compiled(self.parameters, batch)
        except Exception as error:  # torch's compiler raises what it likes
            self._undo(random, before)
            self.failed = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
            self.tell(f"steps are not compiled: {self.failed}")
            return None
        self.done = True
        return self._output(values)

    def _undo(self, random: Any, before: list[Tensor]) -> None:
        set_random_state(random)
        with torch.no_grad():
            for parameter, value in zip(self.parameters, before, strict=True):
                parameter.copy_(value)

    def _problem(self) -> str:
        """Why there is nothing to compile; "" where there is."""
        if not isinstance(self.optimizer, Adam):
            return f"the update of {type(self.optimizer).__name__} has no form for it"
        if self.model.sizes:
            return "every batch has lengths of its own"
        if self.parameters[0].device.type == "cpu" and not has_compiler():
            return "there is no C++ compiler"
        return ""

    def _output(self, values: tuple[Tensor, ...]) -> Any:
        output: Any = self.model.Output
        found: dict[str, Tensor | None] = dict.fromkeys(output._fields)
        given = zip(("loss", *self.fields), values, strict=True)
        found |= {name: value if value.numel() else None for name, value in given}
        return output(**found)

    # ---- what is compiled

    def _step(self, parameters: list[Tensor], batch: Batch) -> tuple[Tensor, ...]:
        gradients, values = grad(self._loss, has_aux=True)([p.detach() for p in parameters], batch)
        self._update(parameters, list(gradients))
        return values  # type: ignore[no-any-return]

    def _loss(self, parameters: list[Tensor], batch: Batch) -> tuple[Tensor, tuple[Tensor, ...]]:
        low = torch.autocast(self.rate.device.type, dtype=torch.bfloat16) if self.low else nullcontext()
        with low:
            out = functional_call(self.model, dict(zip(self.names, parameters, strict=True)), (), batch)
        loss = out.loss.float()
        shown = [getattr(out, field) for field in self.fields]
        return loss, (loss, *(loss.new_empty(0) if v is None else v for v in shown))

    def _update(self, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        """Adam's step (Kingma and Ba 2015, algorithm 1, in the order of its section 2), as PyTorch has it.

        The corrections of the start are the same for all numbers. Within the function the compiler would
        compute their powers again for every parameter's every number, which took half of a step.
        """
        decay, decoupled = self.constants["weight_decay"], self.constants["decoupled_weight_decay"]
        beta1, beta2, state = self.constants["beta1"], self.constants["beta2"], self.state
        with torch.no_grad():
            for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
                state["step"][i].add_(1)
                if decay and decoupled:
                    p.mul_(1 - self.rate * decay)
                elif decay:
                    g = g + decay * p
                mean = state["exp_avg"][i].lerp_(g, 1 - beta1)
                square = state["exp_avg_sq"][i].mul_(beta2).addcmul_(g, g, value=1 - beta2)
                if self.constants["amsgrad"]:
                    largest = state["max_exp_avg_sq"][i]
                    square = largest.copy_(torch.maximum(largest, square))
                p.sub_(self.length * mean / (square.sqrt() / self.spread + self.constants["eps"]))

    def _correct(self) -> None:
        """The learning rate and the corrections for the step that comes."""
        rate, step = self.optimizer.param_groups[0]["lr"], self.state["step"][0]
        count = (step if step.is_cuda else float(step)) + 1
        self.rate.fill_(rate)
        self.length.fill_(rate / (1 - self.constants["beta1"] ** count))
        self.spread.fill_((1 - self.constants["beta2"] ** count) ** 0.5)

    def _take_over(self) -> None:
        """The optimiser's state and what does not change: its own dictionary, in which the rate stands, would
        be looked at again at every step, and every change of it compiled anew."""
        group = self.optimizer.param_groups[0]
        states = [self.optimizer.state[p] for p in self.parameters]
        self.state = {name: [s[name] for s in states] for name in states[0]}
        beta1, beta2 = group["betas"]
        self.constants = {"beta1": beta1, "beta2": beta2}
        self.constants |= {n: group[n] for n in ("amsgrad", "weight_decay", "eps", "decoupled_weight_decay")}


def has_compiler() -> bool:
    """Whether torch's compiler finds one for C++."""
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        return bool(get_cpp_compiler())
    except Exception:  # it says so in several ways
        return False
