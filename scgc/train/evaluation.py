"""Evaluation: the means of losses and metrics over a data set, and the measures of `evaluate` blocks.

The model is in evaluation mode: stochastic nodes draw hard samples, shortcuts are gone. The draws come from a
random state of their own, so that evaluating more or less often does not change the training.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor

from scgc.data.lengths import follows, present
from scgc.diagnostics.base import CompilerBug
from scgc.ir.graph import Use
from scgc.ir.types import TensorType
from scgc.metrics import measures
from scgc.runtime import Model
from scgc.train.batches import Batch

SEED = 0
DRAWS = 1000
"""How many draws stand for a data set where a program has no inputs."""


@contextmanager
def evaluating(model: Model) -> Iterator[None]:
    """Evaluation mode without gradients, with random numbers that always start the same."""
    before = model.training
    model.eval()
    device = next(model.parameters()).device
    devices = [device] if device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices), torch.no_grad():
            torch.manual_seed(SEED)
            yield
    finally:
        model.train(before)


def means(model: Model, batches: Iterable[Batch]) -> dict[str, float]:
    """The mean over examples of every loss and metric that the data suffices for."""
    sums: dict[str, Tensor] = {}
    count = 0
    with evaluating(model):
        for batch in batches:
            out = model(**batch)
            size = batch_size(batch)
            count += size
            for name in (*model.losses, *model.metrics):
                value = getattr(out, field_of(model, name))
                if value is not None:
                    sums[name] = sums.get(name, 0) + value.detach().float().mean() * size
    if not sums:
        return {}
    return dict(zip(sums, (torch.stack(list(sums.values())) / count).tolist(), strict=True))


def report(
    model: Model, batches: Iterable[Batch], uses: Sequence[Use], types: Mapping[str, TensorType] | None = None
) -> dict[str, float]:
    """Measures over the whole data set, by their text: `matched_accuracy(left.z, digit_a)`.

    types: of the values that are measured; where an axis follows a size, a measure is given the entries of
    all examples in a row, without padding.
    """
    wanted = {str(operand) for use in uses for operand in use.inputs.values()}
    parts: dict[str, list[Tensor]] = {name: [] for name in wanted}
    with evaluating(model):
        for batch in batches:
            out = model(**batch)
            for name in wanted:
                value = batch[name] if name in model.inputs else getattr(out, field_of(model, name))
                whole = value.expand(batch_size(batch), *value.shape[1:])
                parts[name].append(unpadded(whole, (types or {}).get(name), batch).cpu())
    gathered = {name: joined(values) for name, values in parts.items()}
    results = {}
    for use in uses:
        slots = [slot.name for slot in measures()[use.name].parsed.slots]
        arguments = [gathered[str(use.inputs[slot])] for slot in slots if slot in use.inputs]
        results[measure_text(use)] = measures()[use.name].compute(*arguments)
    return results


def unpadded(value: Tensor, type_: TensorType | None, batch: Batch) -> Tensor:
    """What is no padding of a value `[b, ...]`: `[entries, ...]`, the batch and all axes that follow sizes as
    one. One without such axes as it is."""
    axes = [follows(d, batch.keys()) for d in type_.shape] if type_ is not None else []
    sized = [i for i, axis in enumerate(axes) if axis is not None]
    if not sized:
        return value
    fronted = value.movedim([i + 1 for i in sized], list(range(1, len(sized) + 1)))
    leading = fronted.shape[: len(sized) + 1]
    mask = present(leading[1:], [axes[i] for i in sized], batch)
    assert mask is not None
    return fronted[mask.expand(leading)]


def joined(parts: Sequence[Tensor]) -> Tensor:
    """Values of several batches, one after the other; with zeros where one has fewer classes, as those of
    `onehot(n)`."""
    classes = max((p.shape[-1] for p in parts if p.dim() > 1), default=0)
    return torch.cat([F.pad(p, (0, classes - p.shape[-1])) if p.dim() > 1 else p for p in parts])


def measure_text(use: Use) -> str:
    """As the program writes it."""
    return f"{use.name}({', '.join(str(operand) for operand in use.inputs.values())})"


def field_of(model: Model, name: str) -> str:
    """The output field that holds a value of the program. Raises CompilerBug where there is none."""
    if name in model.fields:
        return model.fields[name]
    raise CompilerBug(f"the generated module of {model.program} does not give out `{name}`")


def batch_size(batch: Batch) -> int:
    """Examples in a batch; a program without inputs is given `batch` itself."""
    size = batch.get("batch")
    return int(size) if size is not None else len(next(iter(batch.values())))
