"""The base classes of generated modules: `Net` has stochastic nodes, `Model` is a whole program."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any, ClassVar, Literal, Self

import torch
from torch import Tensor, nn

Sampling = Literal["sample", "mode"]
Mode = Literal["train", "sample", "mode"]


class Learned(nn.Module):
    """An estimator that learns something itself, as an attribute of the module that draws with it."""

    def close(self, loss: Tensor) -> Tensor:
        """The loss, and terms of value 0 by which the estimator is trained; called once a training step."""
        raise NotImplementedError


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
    players: for each of several players the attributes whose parameters it trains; empty for one that trains
        all. Each minimises the entry of its number in the output's `losses`; `loss`, their sum, is minimised
        by none of them.
    nodes: names of the stochastic nodes. generated: those of them with a prior or an observed value.
    """

    program: ClassVar[str] = ""
    inputs: ClassVar[dict[str, str]] = {}
    sizes: ClassVar[dict[str, str]] = {}
    fields: ClassVar[dict[str, str]] = {}
    losses: ClassVar[tuple[str, ...]] = ()
    metrics: ClassVar[tuple[str, ...]] = ()
    schedules: ClassVar[tuple[str, ...]] = ()
    players: ClassVar[tuple[tuple[str, ...], ...]] = ()
    nodes: ClassVar[tuple[str, ...]] = ()
    generated: ClassVar[tuple[str, ...]] = ()

    def advance(self, t: float = 0.0, step: int = 0, epoch: float = 0.0, progress: float = 0.0) -> None:
        """Set the schedules to their values at clock `t` (ticks), step, epoch and progress (0 to 1)."""

    def schedule_values(self) -> dict[str, float]:
        """The schedules' current values by name."""
        return {name: float(getattr(self, name)) for name in self.schedules}

    def trained_by(self, player: int = 0) -> list[nn.Parameter]:
        """The parameters of a player, which are all of them where there is but one."""
        mine = self.players[player] if self.players else None
        named = self.named_parameters()
        return [p for name, p in named if mine is None or name.partition(".")[0] in mine]

    def close(self, loss: Tensor, player: int = 0) -> Tensor:
        """The loss of a player in training, with what its estimators that learn are trained by."""
        mine = self.players[player] if self.players else None
        for name, module in self.named_modules():
            if isinstance(module, Learned) and (mine is None or name.partition(".")[0] in mine):
                loss = module.close(loss)
        return loss

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

    def generate(self, *args: Any, **named: Any) -> Any:
        """Draws of nodes from their priors and of what is observed in training; programs that have either
        have a method of their own.

        Raises TypeError where a program has none.
        """
        raise TypeError(
            f"{self.program} has neither a prior nor an observed node: there is nothing to generate"
        )

    @torch.no_grad()
    def sample(self, n: int = 1, /, free: Sequence[str] = (), **inputs: Tensor) -> Any:
        """n evaluation-mode draws of the program for each example of `inputs` ([B, ...] each).

        The output's batch has n * B entries: those of the first example, then those of the second. Without
        inputs it has n, for a program that needs none. The model's modes and its choice of sampling are as
        before afterwards.

        free: nodes of `generated` that are drawn as a generator draws them: from their prior, or in place of
            what they observe; the others are as the inputs make them. With all of them free only the inputs
            of `generate` are asked for; with a latent node kept, this decodes what the inputs encode.

        Raises ValueError for a node that cannot be free, or that has to be because it stands in a loop.
        """
        before = [(m, m.training, getattr(m, "sampling", None)) for m in self.modules()]
        try:
            self.eval().set_sampling("sample")
            if free:
                return self._generated(n, set(free), inputs)
            if not inputs and "batch" in signature(self.forward).parameters:
                return self(batch=n)
            return self(**{name: value.repeat_interleave(n, 0) for name, value in inputs.items()})
        finally:
            for module, training, sampling in before:
                module.training = training
                if isinstance(module, Net) and sampling is not None:
                    module.sampling = sampling

    def _generated(self, n: int, free: set[str], inputs: dict[str, Tensor]) -> Any:
        """What `sample` gives where nodes are free."""
        unknown = sorted(free - set(self.generated))
        if unknown:
            known = ", ".join(self.generated) or "none"
            raise ValueError(
                f"{unknown[0]!r} cannot be free: it has no prior and observes nothing ({known} do)"
            )
        asked = signature(self.generate).parameters
        kept = [node for node in self.generated if node not in free]
        bound = [node for node in kept if node not in asked]
        if bound:
            raise ValueError(f"{bound[0]!r} stands in a loop or a net: it has to be free as well")
        repeated = {name: value.repeat_interleave(n, 0) for name, value in inputs.items()}
        given = {name: value for name, value in repeated.items() if name in asked}
        if kept:
            out = self(**repeated)
            given |= {node: getattr(out, self.fields[node]) for node in kept}
        return self.generate(**given) if given or "batch" not in asked else self.generate(batch=n)
