"""The optimisers that a train block may name, with PyTorch's names of their options. Imports no torch.

`build` makes one when training starts, fused where PyTorch offers it: one kernel for all parameters instead
of one each. The learning rate may be a schedule of the program; `reducers` lower it by how training goes.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from scgc.declared import COUNT, PROBABILITY, Declared, Range

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer as TorchOptimizer
    from torch.optim.lr_scheduler import ReduceLROnPlateau


class Optimizer(Declared):
    """An optimiser: `signature` as in the registries' notation, `torch` the class in torch.optim."""

    torch: str
    doc: str
    source: str


class Reducer(Declared):
    """What lowers the learning rate by how training goes; `torch` the class in torch.optim.lr_scheduler."""

    torch: str
    doc: str


_LIMITS = {
    "lr": COUNT,
    "eps": COUNT,
    "weight_decay": COUNT,
    "momentum": COUNT,
    "alpha": PROBABILITY,
    "betas": Range(0, 0.999999),
}

_ALL = (
    Optimizer(
        "adam(lr : real[] = 1e-3, betas : number[2] = [0.9, 0.999], eps : number = 1e-8, "
        "weight_decay : number = 0, amsgrad : flag = false)",
        "Adam",
        "Steps scaled by running means of the gradient and its square.",
        "Kingma and Ba 2015",
        limits=_LIMITS,
    ),
    Optimizer(
        "adamw(lr : real[] = 1e-3, betas : number[2] = [0.9, 0.999], eps : number = 1e-8, "
        "weight_decay : number = 1e-2, amsgrad : flag = false)",
        "AdamW",
        "Adam with weight decay apart from the gradient.",
        "Loshchilov and Hutter 2019",
        limits=_LIMITS,
    ),
    Optimizer(
        "sgd(lr : real[] = 1e-3, momentum : number = 0, dampening : number = 0, weight_decay : number = 0, "
        "nesterov : flag = false)",
        "SGD",
        "Plain gradient descent on batches, with momentum if wanted.",
        "Robbins and Monro 1951",
        limits=_LIMITS,
    ),
    Optimizer(
        "rmsprop(lr : real[] = 1e-2, alpha : number = 0.99, eps : number = 1e-8, weight_decay : number = 0, "
        "momentum : number = 0, centered : flag = false)",
        "RMSprop",
        "Steps scaled by a running mean of the squared gradient.",
        "Tieleman and Hinton 2012, lecture 6.5",
        limits=_LIMITS,
    ),
)

_REDUCERS = (
    Reducer(
        "on_plateau(factor : number = 0.1, patience : dim = 10, threshold : number = 1e-4)",
        "ReduceLROnPlateau",
        "Multiplies the learning rate by `factor` when the mean training loss of an epoch has not fallen, "
        "by a share of `threshold`, for more than `patience` epochs.",
        limits={"factor": Range(0, 1, open=True), "patience": COUNT, "threshold": COUNT},
    ),
)

FUSED = ("Adam", "AdamW", "SGD")
WRAPPED = ("add_param_group", "state_dict", "load_state_dict", "step")
"""The methods of PyTorch's optimisers that training calls and that its compiler is kept out of."""


def optimizers() -> dict[str, Optimizer]:
    """Every optimiser by name."""
    return {o.name: o for o in _ALL}


def reducers() -> dict[str, Reducer]:
    """Everything that may lower the learning rate, by name."""
    return {r.name: r for r in _REDUCERS}


def build(name: str, options: Mapping[str, Any], parameters: Iterable[Parameter]) -> TorchOptimizer:
    """The torch optimiser. Raises ValueError where PyTorch refuses an option's value."""
    import torch

    declared = optimizers()[name]
    given = {k: v for k, v in options.items() if v is not None}
    if declared.torch in FUSED:
        given["fused"] = True
    optimizer: TorchOptimizer = uncompiled(getattr(torch.optim, declared.torch))(list(parameters), **given)
    return optimizer


@cache
def uncompiled(optimizer: type[TorchOptimizer]) -> type[TorchOptimizer]:
    """The optimiser without what PyTorch's wrappers do around its methods: they import its compiler when
    first called, which takes as long as importing PyTorch, to keep the methods out of what it compiles."""
    import torch

    plain = {name: inspect.unwrap(getattr(optimizer, name)) for name in WRAPPED}
    return type(optimizer.__name__, (optimizer,), plain | {"step": torch.no_grad()(plain["step"])})


def build_reducer(name: str, options: Mapping[str, Any], optimizer: TorchOptimizer) -> ReduceLROnPlateau:
    """What lowers the optimiser's learning rate; its `step` is given the mean loss of an epoch."""
    from torch.optim import lr_scheduler

    reducer: ReduceLROnPlateau = getattr(lr_scheduler, reducers()[name].torch)(optimizer, **options)
    return reducer
