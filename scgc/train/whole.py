"""The whole training step as one compiled function: forward, gradient and the optimiser's update.

The gradient is a function of the parameters (torch.func), the update PyTorch's own in its functional form,
on the state that the optimiser holds: eager steps and compiled ones may take turns, and checkpoints are the
same. Schedules are buffers and the learning rate a tensor, so that nothing that changes in training compiles
anew.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from inspect import signature
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, grad
from torch.optim import Adam, Optimizer

from scgc.runtime import Model
from scgc.train.batches import Batch
from scgc.train.evaluation import field_of
from scgc.train.randomness import random_state, set_random_state
from scgc.train.updating import AdamUpdate

BACKEND = "inductor"
"""Of torch.compile."""

OPTIONS: dict[str, Any] = {"cpp_wrapper": True}
"""Of torch's compiler on a processor: the calls between kernels are compiled too."""


APART = "isolate_recompiles" in signature(torch.compile).parameters
"""Whether this PyTorch can keep what it compiled for one model apart from another's; 2.6 cannot yet."""


class WholeStep:
    """A training step that is compiled the first time it is called; `failed` is why it could not be.

    batch: examples of the batches that it is compiled for; others are not its own.
    low: in autocast to bfloat16. settled: nothing but tensors changes between steps, so that nothing is
    looked at again before each: for a small model that takes a tenth of the step. Not so where Python code of
    the user's may hold what changes. tell: is told once, in a sentence, why steps stay eager.
    """

    def __init__(
        self,
        model: Model,
        optimizer: Optimizer,
        batch: int,
        low: bool = False,
        settled: bool = False,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.model, self.optimizer, self.batch, self.low, self.tell = model, optimizer, batch, low, tell
        self.names = [n for n, p in model.named_parameters() if p.requires_grad]
        self.parameters: list[Tensor] = [p for p in model.parameters() if p.requires_grad]
        self.fields = [field_of(model, n) for n in (*model.losses, *model.metrics)]
        device = self.parameters[0].device
        self.rate = torch.zeros((), device=device)
        self.done = False
        self.adam: AdamUpdate | None = None
        options = OPTIONS if device.type == "cpu" and BACKEND == "inductor" else {}
        apart: dict[str, Any] = {}
        if settled and APART:
            options = options | {"guard_filter_fn": torch.compiler.skip_all_guards_unsafe}
            apart = {"isolate_recompiles": True}
        self.compiled = torch.compile(
            self._step, fullgraph=True, dynamic=False, options=options, backend=BACKEND, **apart
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
        self.rate.fill_(self.optimizer.param_groups[0]["lr"])
        if self.done:
            return self._output(self.compiled(self.parameters, batch))
        # the optimiser's own dictionary, in which the rate stands, would be looked at at every step
        self.adam = AdamUpdate(self.optimizer)
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
        assert self.adam is not None
        self.adam(parameters, gradients, foreach=False, capturable=True, lr=self.rate)


def has_compiler() -> bool:
    """Whether torch's compiler finds one for C++."""
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        return bool(get_cpp_compiler())
    except Exception:  # it says so in several ways
        return False
