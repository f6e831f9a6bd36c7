"""Evaluation: the means of losses and metrics over a data set, and the measures of `evaluate` blocks.

The model is in evaluation mode: stochastic nodes draw hard samples, shortcuts are gone. The draws come from a
random state of their own, so that evaluating more or less often does not change the training.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import signature
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from scgc.data.lengths import follows, present
from scgc.diagnostics.base import CompilerBug
from scgc.ir.graph import Use, shown
from scgc.ir.types import TensorType
from scgc.metrics import measures
from scgc.runtime import Model
from scgc.syntax import ast
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


def generated(
    model: Model, batches: Iterable[Batch], free: Sequence[str], draws: int
) -> Iterator[tuple[Batch, Any]]:
    """Batches with what a model gives for them, every example `draws` times, with free nodes."""
    if set(free) == set(model.generated) and "batch" in signature(model.generate).parameters:
        for start in range(0, draws, DRAWS):
            size = min(DRAWS, draws - start)
            yield {"batch": size}, model.sample(size, free)
        return
    for batch in batches:
        for _ in range(draws):
            yield batch, model.sample(1, free, **batch)


def report(
    model: Model,
    batches: Iterable[Batch],
    uses: Sequence[Use],
    types: Mapping[str, TensorType] | None = None,
    free: Sequence[str] = (),
    draws: int = 1,
    factors: Tensor | None = None,
) -> dict[str, float]:
    """Measures over the whole data set, by their text: `matched_accuracy(left.z, digit_a)`.

    factors: of the examples, in their order, `[examples, f]`, for the measures that take them.
    types: of the values that are measured. Where axes follow a size and a measure takes any shape (`[*s]`),
    it is given the entries of all examples in a row, without padding; else whole examples, padded with zeros.
    """
    taken = [_arguments(use) for use in uses]
    parts: dict[tuple[str, bool], list[Tensor]] = {key: [] for keys in taken for key, _ in keys}
    with evaluating(model):
        given = generated(model, batches, free, draws) if free else ((b, model(**b)) for b in batches)
        for batch, out in given:
            for name, flat in parts:
                value = batch[name] if name in model.inputs else getattr(out, field_of(model, name))
                whole = value.expand(batch_size(batch), *value.shape[1:])
                kept = unpadded(whole, (types or {}).get(name), batch) if flat else whole
                parts[name, flat].append(kept.cpu())
    gathered = {key: joined(values) for key, values in parts.items()}
    results: dict[str, float] = {}
    for use, keys in zip(uses, taken, strict=True):
        arguments = [converted(gathered[key], kind) for key, kind in keys]
        measure = measures()[use.name]
        found = measure.compute(*arguments, factors) if measure.factors else measure.compute(*arguments)
        results |= _named(measure_text(use), found)
    return results


def _named(text: str, found: float | Mapping[str, float]) -> dict[str, float]:
    """The values of a measure: `dci(v)` and what it tells besides, `dci(v).completeness`."""
    if not isinstance(found, Mapping):
        return {text: found}
    return {f"{text}.{part}" if part else text: value for part, value in found.items()}


def _arguments(use: Use) -> list[tuple[tuple[str, bool], str]]:
    """Of each slot that is given: the value, whether it may have any shape, and the kind asked for."""
    given = [slot for slot in measures()[use.name].parsed.slots if slot.name in use.inputs]
    flat = [any(isinstance(axis, ast.Rest) for axis in slot.type.shape or ()) for slot in given]
    return [((str(use.inputs[s.name]), f), s.type.kind) for s, f in zip(given, flat, strict=True)]


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
    """Values of several batches, one after the other, with zeros where one is less wide than another."""
    widths = [max(sizes) for sizes in zip(*(p.shape[1:] for p in parts), strict=True)]

    def padded(part: Tensor) -> Tensor:
        missing = [wide - width for wide, width in zip(widths, part.shape[1:], strict=True)]
        return F.pad(part, [n for m in reversed(missing) for n in (0, m)]) if any(missing) else part

    return torch.cat([padded(part) for part in parts])


def converted(value: Tensor, kind: str) -> Tensor:
    """A gathered value as a measure's slot of that kind asks for it: draws are vectors `[..., k]` or bits."""
    if kind == "class" and value.is_floating_point():
        return value.argmax(-1)
    return value.bool() if kind == "bool" else value


def measure_text(use: Use) -> str:
    """As the program writes it."""
    return f"{use.name}({', '.join(shown(str(operand)) for operand in use.inputs.values())})"


def field_of(model: Model, name: str) -> str:
    """The output field that holds a value of the program. Raises CompilerBug where there is none."""
    for known in (name, shown(name)):
        if known in model.fields:
            return model.fields[known]
    raise CompilerBug(f"the generated module of {model.program} does not give out `{name}`")


def batch_size(batch: Batch) -> int:
    """Examples in a batch; a program without inputs is given `batch` itself."""
    size = batch.get("batch")
    return int(size) if size is not None else len(next(iter(batch.values())))
