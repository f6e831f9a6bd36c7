"""Functions for which PyTorch has no call that is right for any number of leading dimensions.

Tensors are [lead..., example...]: the per-example axes come last, and the dimensions in front (batch, sample
axes, mapped axes) of several arguments broadcast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import zip_longest

import torch
import torch.nn.functional as F
from torch import Size, Tensor, nn

from scgc.runtime.products import linear

SMALL_WINDOW = 4
"""The side of the largest window that is pooled slice by slice."""


def broadcast_shapes(*shapes: Sequence[int]) -> Size:
    """The shape to which all of them broadcast; they do.

    PyTorch's own takes as long as a small operator, and imports SymPy the first time.
    """
    if all(shape == shapes[0] for shape in shapes):
        return Size(shapes[0])
    sizes = zip_longest(*map(reversed, shapes), fillvalue=1)
    return Size([next((size for size in axis if size != 1), 1) for axis in sizes][::-1])


def cross_entropy(logits: Tensor, target: Tensor | int) -> Tensor:
    """Minus the log-probability of the target classes: [lead..., k] and [lead...] to [lead...]."""
    return nll_loss(logits.log_softmax(-1), target)


def nll_loss(log_probs: Tensor, target: Tensor | int) -> Tensor:
    """Minus the entry of `log_probs` at the target: [lead..., k] and [lead...] to [lead...]."""
    if not isinstance(target, Tensor):
        return -log_probs[..., target]
    lead = broadcast_shapes(log_probs.shape[:-1], target.shape)
    log_probs = log_probs.expand(*lead, log_probs.shape[-1])
    return -log_probs.gather(-1, target.expand(lead).unsqueeze(-1)).squeeze(-1)


def take(table: Tensor, index: Tensor, rest: int = 0, axes: int = 0) -> Tensor:
    """Rows of tables: [lead..., k, rest...] and [lead..., axes...] to [lead..., axes..., rest...].

    rest: how many axes a row has. axes: how many axes the index of one example has. A negative index counts
    from the end, as it does in `table[index]`.
    """
    row = table.shape[table.dim() - rest :]
    table = table.flatten(table.dim() - rest) if rest else table.unsqueeze(-1)
    shape = index.shape[index.dim() - axes :]
    index = index.flatten(index.dim() - axes) if axes else index.unsqueeze(-1)
    index = torch.where(index < 0, index + table.shape[-2], index)
    lead = broadcast_shapes(table.shape[:-2], index.shape[:-1])
    places = index.expand(*lead, -1).unsqueeze(-1).expand(*lead, -1, table.shape[-1])
    found = table.expand(*lead, *table.shape[-2:]).gather(-2, places)
    return found.reshape(*lead, *shape, *row)


def concat(parts: Sequence[Tensor], dim: int) -> Tensor:
    """Joined along a dimension counted from the end; the dimensions in front broadcast."""
    widest = max(part.dim() for part in parts)
    parts = [part.reshape((1,) * (widest - part.dim()) + part.shape) for part in parts]
    shapes = [(*part.shape[: widest + dim], 1, *part.shape[widest + dim + 1 :]) for part in parts]
    shape = broadcast_shapes(*shapes)
    sizes = [part.shape[dim] for part in parts]
    return torch.cat(
        [
            part.expand(*shape[: widest + dim], size, *shape[widest + dim + 1 :])
            for part, size in zip(parts, sizes, strict=True)
        ],
        dim,
    )


def stack(parts: Sequence[Tensor], dim: int) -> Tensor:
    """Side by side along a new dimension counted from the end of the result; the others broadcast."""
    return torch.stack(torch.broadcast_tensors(*parts), dim)  # type: ignore[no-untyped-call]


def expand(x: Tensor, shape: Sequence[int], rank: int) -> Tensor:
    """[lead..., the last `rank` axes] to [lead..., shape...], as torch's expand does with one example."""
    lead = x.shape[: x.dim() - rank]
    ones = (1,) * (len(shape) - rank)
    return x.reshape(*lead, *ones, *x.shape[x.dim() - rank :]).expand(*lead, *shape)


def spread(x: Tensor, sizes: Sequence[int], rank: int) -> Tensor:
    """The same for every element of mapped axes: [lead..., `rank` axes] to [lead..., sizes..., those]."""
    return expand(x, (*sizes, *x.shape[x.dim() - rank :]), rank)


def over_leading(function: Callable[..., Tensor], x: Tensor, rank: int, *args: int, **named: int) -> Tensor:
    """A function of one batch of examples with `rank` axes each, on any number of leading dimensions."""
    lead = x.shape[: x.dim() - rank]
    flat = function(x.reshape(-1, *x.shape[x.dim() - rank :]), *args, **named)
    flat = flat[0] if isinstance(flat, tuple) else flat  # a recurrent layer gives its last state besides
    return flat.reshape(*lead, *flat.shape[1:])


def max_pool2d(x: Tensor, kernel_size: int, stride: int | None = None, padding: int = 0) -> Tensor:
    """F.max_pool2d. On a CPU PyTorch's compiler gets small windows that touch as maxima of rows and columns:
    what it makes of the operator itself has a slow backward pass, which looks for the place of each number.

    Of equal numbers in a window each has a share of the gradient then, and not the first all of it.
    """
    touching = stride in (None, kernel_size) and not padding
    if not (torch.compiler.is_compiling() and touching and kernel_size <= SMALL_WINDOW and x.is_cpu):
        return F.max_pool2d(x, kernel_size, stride, padding)
    height, width = (n - n % kernel_size for n in x.shape[-2:])
    rows = reduce(torch.maximum, [x[..., i:height:kernel_size, :] for i in range(kernel_size)])
    return reduce(torch.maximum, [rows[..., i:width:kernel_size] for i in range(kernel_size)])


def perturbed(logits: Tensor, noise: Tensor, scale: Tensor | float) -> Tensor:
    """logits + scale * noise."""
    if isinstance(scale, Tensor):
        return logits + scale * noise
    return torch.add(logits, noise, alpha=scale)


def cooled(x: Tensor, tau: Tensor | float) -> Tensor:
    """x / tau, which is x where tau is the number 1."""
    return x if not isinstance(tau, Tensor) and tau == 1 else x / tau


def recurrent(cell: Callable[[Tensor, Tensor], Tensor], x: Tensor, h: Tensor) -> Tensor:
    """A recurrent cell on inputs [lead..., n] and states [lead..., m]."""
    lead = broadcast_shapes(x.shape[:-1], h.shape[:-1])
    x, h = x.expand(*lead, x.shape[-1]), h.expand(*lead, h.shape[-1])
    return cell(x.reshape(-1, x.shape[-1]), h.reshape(-1, h.shape[-1])).reshape(*lead, -1)


def stack_rounds(parts: Sequence[Tensor | None], dim: int) -> Tensor | None:
    """What a loop's rounds left, side by side along a new dimension counted from the end of the result; None
    of no rounds, and where a round left out its draw (`select_row`)."""
    found = [part for part in parts if part is not None]
    return stack(found, dim) if found and len(found) == len(parts) else None


def linear_of(layer: nn.Linear, parts: Sequence[Tensor]) -> Tensor:
    """`layer` of values side by side along the last axis, their other dimensions broadcast: the sum of what
    it makes of each, so that nothing is computed twice for what they do not share. Neighbours with the same
    dimensions are joined."""
    groups: list[list[Tensor]] = []
    for part in parts:
        if groups and groups[-1][0].shape[:-1] == part.shape[:-1]:
            groups[-1].append(part)
        else:
            groups.append([part])
    joined = [group[0] if len(group) == 1 else torch.cat(group, -1) for group in groups]
    if len(joined) == 1:
        return linear(joined[0], layer.weight, layer.bias)
    # split at once: of slices, autograd would make a gradient of the whole weight each, mostly zeros
    weights = torch.split(layer.weight, [part.shape[-1] for part in joined], 1)
    products = [linear(part, weight) for part, weight in zip(joined, weights, strict=True)]
    products.sort(key=torch.numel)  # what is small is added up first
    total = products[0] if layer.bias is None else products[0] + layer.bias
    for product in products[1:]:
        total = total + product
    return total


def put(x: Tensor, index: int, value: Tensor, dim: int) -> Tensor:
    """x with `value` at an index along `dim`, counted from the end; the dimensions in front broadcast. Of two
    precisions the wider."""
    if x.is_floating_point() and value.is_floating_point():
        x = x.to(torch.promote_types(x.dtype, value.dtype))
    shape = broadcast_shapes(x.select(dim, index).shape, value.shape)
    axis = len(shape) + 1 + dim
    x = x.expand(*shape[:axis], x.shape[dim], *shape[axis:])
    return torch.select_scatter(x, value.expand(shape).to(x.dtype), axis, index)


def active(values: Tensor, m: int) -> Tensor:
    """Which of m categories stand for the values of a factor, [...] -> [..., m] (thesis 5.4.3).

    Value k is the category nearest to k (m - 1) / (values - 1), halves upwards; 0 values are continuous.
    """
    values = values.unsqueeze(-1)
    steps = (values - 1).clamp_min(1)
    category = torch.arange(m, device=values.device)
    nearest = (category * steps / (m - 1) + 0.5).floor()
    hit = ((nearest * (m - 1) / steps + 0.5).floor() == category) & (nearest < values)
    return hit | (values == 0) | (values >= m)
