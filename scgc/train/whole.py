"""The whole training step as one compiled function: forward, gradient and the optimiser's update.

The gradient is a function of the parameters (torch.func), the update PyTorch's own in its functional form,
on the state that the optimiser holds: eager steps and compiled ones may take turns, and checkpoints are the
same. Schedules are buffers and the learning rate a tensor, so that nothing that changes in training compiles
anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, vjp
from torch.optim import Adam

from scgc.runtime import Model
from scgc.runtime.products import ONEDNN
from scgc.train.batches import Batch
from scgc.train.device import autocast
from scgc.train.evaluation import field_of
from scgc.train.players import Player
from scgc.train.randomness import random_state, set_random_state
from scgc.train.updating import AdamUpdate

BACKEND = "inductor"
"""Of torch.compile."""

APART = "isolate_recompiles" in signature(torch.compile).parameters
"""Whether this PyTorch can keep what it compiled for one model apart from another's; 2.6 cannot yet."""


class WholeStep:
    """Training steps that are compiled the first time that they are made; `failed` is why they could not be.

    turns: the players that move at once, of every turn. batch: examples of the batches that it is compiled
    for; others are not its own. low: in autocast to bfloat16. settled: nothing but tensors changes between
    steps, so that nothing is looked at again before each: for a small model that takes a tenth of the step.
    Not so where Python code of the user's may hold what changes. tell: is told once, in a sentence, why steps
    stay eager.
    """

    def __init__(
        self,
        model: Model,
        turns: Iterable[tuple[Player, ...]],
        batch: int,
        low: bool = False,
        settled: bool = False,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.model, self.batch, self.tell = model, batch, tell
        self.moves = {players: Move(model, players, low, settled) for players in turns}
        self.failed = self._problem()
        if self.failed:
            tell(f"steps are not compiled: {self.failed}")

    def takes(self, players: tuple[Player, ...], batch: Batch) -> bool:
        """Whether a move is its own: a whole batch, and optimisers that know all their parameters."""
        if self.failed or any(len(p.optimizer.state) < len(p.parameters) for p in players):
            return False
        first = next(iter(batch.values()))
        return (len(first) if isinstance(first, Tensor) else first) == self.batch

    def __call__(self, players: tuple[Player, ...], batch: Batch) -> Any | None:
        """The model's output, of which there are the losses and the metrics; None where the move is not its
        own or cannot be compiled: then nothing was done."""
        if not self.takes(players, batch):
            return None
        move = self.moves[players]
        if move.done:
            return move(batch)
        random, before = random_state(), [p.detach().clone() for p in move.parameters]
        try:
            return move.first(batch)
        except Exception as error:  # torch's compiler raises what it likes
            self._undo(random, move.parameters, before)
            self.failed = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
            self.tell(f"steps are not compiled: {self.failed}")
            return None

    def _undo(self, random: Any, parameters: list[Tensor], before: list[Tensor]) -> None:
        set_random_state(random)
        with torch.no_grad():
            for parameter, value in zip(parameters, before, strict=True):
                parameter.copy_(value)

    def _problem(self) -> str:
        """Why there is nothing to compile; "" where there is."""
        for player in (p for players in self.moves for p in players):
            if not isinstance(player.optimizer, Adam):
                return f"the update of {type(player.optimizer).__name__} has no form for it"
        if self.model.sizes:
            return "every batch has lengths of its own"
        if next(self.model.parameters()).device.type == "cpu" and not has_compiler():
            return "there is no C++ compiler"
        return ""


class Move:
    """A move of players on one batch, as one compiled function."""

    def __init__(self, model: Model, players: tuple[Player, ...], low: bool, settled: bool) -> None:
        self.model, self.players, self.low = model, players, low
        self.parameters: list[Tensor] = [p for player in players for p in player.parameters]
        names = {id(p): name for name, p in model.named_parameters()}
        self.names = [names[id(p)] for p in self.parameters]
        self.fields = [field_of(model, n) for n in (*model.losses, *model.metrics)]
        device = self.parameters[0].device
        self.rates = [torch.zeros((), device=device) for _ in players]
        self.updates: list[AdamUpdate] = []
        options = compiler_options() if device.type == "cpu" and BACKEND == "inductor" else {}
        apart: dict[str, Any] = {}
        if settled and APART:
            options = options | {"guard_filter_fn": torch.compiler.skip_all_guards_unsafe}
            apart = {"isolate_recompiles": True}
        self.compiled = torch.compile(
            self._step, fullgraph=True, dynamic=False, options=options, backend=BACKEND, **apart
        )

    @property
    def done(self) -> bool:
        """Whether it was made before."""
        return bool(self.updates)

    def first(self, batch: Batch) -> Any:
        """The first time, when it is compiled."""
        # the optimiser's own dictionary, in which the rate stands, would be looked at at every step
        self.updates = [AdamUpdate(player.optimizer) for player in self.players]
        try:
            return self(batch)
        except Exception:
            self.updates = []
            raise

    def __call__(self, batch: Batch) -> Any:
        for rate, player in zip(self.rates, self.players, strict=True):
            rate.fill_(player.rate.value)
        return self._output(self.compiled(self.parameters, batch))

    def _output(self, values: tuple[Tensor, ...]) -> Any:
        output: Any = self.model.Output
        found: dict[str, Any] = dict.fromkeys(output._fields)
        given = zip(("loss", *self.fields), values, strict=True)
        found |= {name: value if value.numel() else None for name, value in given}
        return output(**found)

    # ---- what is compiled

    def _step(self, parameters: list[Tensor], batch: Batch) -> tuple[Tensor, ...]:
        held = [p.detach() for p in parameters]
        losses, back, values = vjp(  # type: ignore[misc]
            lambda *given: self._losses(given, batch), *held, has_aux=True
        )
        start = 0
        gradients: list[Tensor] = []
        for number, player in enumerate(self.players):
            ones = tuple(torch.full_like(x, float(i == number)) for i, x in enumerate(losses))
            end = start + len(player.parameters)
            gradients += back(ones)[start:end]
            start = end
        start = 0
        for player, update, rate in zip(self.players, self.updates, self.rates, strict=True):
            end = start + len(player.parameters)
            own = slice(start, end)
            update.written_out(parameters[own], gradients[own], rate)
            start = end
        return values  # type: ignore[no-any-return]

    def _losses(
        self, parameters: tuple[Tensor, ...], batch: Batch
    ) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """What the players minimise, and what is shown of the output."""
        with autocast(parameters[0].device, self.low):
            out = functional_call(self.model, dict(zip(self.names, parameters, strict=True)), (), batch)
        losses = tuple(player.loss(out).float() for player in self.players)
        shown = [out.loss.float(), *(getattr(out, field) for field in self.fields)]
        return losses, tuple(losses[0].new_empty(0) if v is None else v for v in shown)


def compiler_options() -> dict[str, Any]:
    """Of torch's compiler on a processor."""
    options: dict[str, Any] = {"cpp_wrapper": True}  # the calls between kernels are compiled too
    if torch.backends.cpu.get_cpu_capability() == "AVX512":
        # half as many numbers at once: of fewer channels than a vector holds it makes a loop without vectors
        options["cpp.simdlen"] = 256
    if ONEDNN:
        from scgc.train.multiplying import ByOnednn

        options["post_grad_custom_post_pass"] = ByOnednn()
    return options


def has_compiler() -> bool:
    """Whether torch's compiler finds one for C++."""
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        return bool(get_cpp_compiler())
    except Exception:  # it says so in several ways
        return False
