"""Transposed convolutions: what they give and their derivatives are those of PyTorch's own layer."""

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import gradgradcheck
from torch.func import functional_call, vmap

from scgc.runtime.convolutions import FEW, ConvTranspose2d

WINDOWS = [(2, 3, 0), (3, 1, 1), (3, 2, 1), (4, 2, 1), (5, 2, 0), (5, 3, 2)]
"""Kernel, stride and padding."""


def layers(out: int, window: tuple[int, int, int], bias: bool = True) -> tuple[nn.Module, nn.Module]:
    """Ours and PyTorch's with the same parameters, from five channels, in double precision."""
    kernel, stride, padding = window
    ours = ConvTranspose2d(5, out, kernel_size=kernel, stride=stride, padding=padding, bias=bias)
    theirs = nn.ConvTranspose2d(5, out, kernel, stride, padding, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    return ours.double(), theirs.double()


def with_gradients(layer: nn.Module, x: Tensor) -> list[Tensor]:
    y = layer(x.requires_grad_())
    grad = torch.linspace(-1, 2, y.numel(), dtype=y.dtype).view_as(y)
    return [y, *torch.autograd.grad(y, [x, *layer.parameters()], grad)]


@pytest.mark.parametrize("out", [1, FEW, FEW + 1])
@pytest.mark.parametrize("window", WINDOWS)
def test_values_and_gradients(out: int, window: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    memory = (torch.contiguous_format, torch.channels_last)
    for bias, shape, laid_out in product((True, False), ((2, 5, 4, 3), (5, 3, 4)), memory):
        x = torch.randn(shape, dtype=torch.float64)
        ours, theirs = layers(out, window, bias)
        ours.to(memory_format=laid_out)  # type: ignore[call-overload]
        torch.testing.assert_close(with_gradients(ours, x), with_gradients(theirs, x))


@pytest.mark.parametrize("out", [1, FEW + 1])
def test_changed_in_place(out: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 5, 4, 3, dtype=torch.float64)
    found, expected = (
        with_gradients(nn.Sequential(layer, nn.ReLU(inplace=True)), x) for layer in layers(out, (4, 2, 1))
    )
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("out", [2, FEW + 1])
def test_second_derivatives(out: int) -> None:
    torch.manual_seed(0)
    layer, _ = layers(out, (4, 2, 1))
    names, parameters = zip(*layer.named_parameters(), strict=True)
    x = torch.randn(2, 5, 2, 3, dtype=torch.float64, requires_grad=True)

    def convolved(x: Tensor, *values: Tensor) -> Tensor:
        found: Tensor = functional_call(layer, dict(zip(names, values, strict=True)), (x,))
        return found

    assert gradgradcheck(convolved, (x, *parameters))


@pytest.mark.parametrize("out", [2, FEW + 1])
def test_runs_side_by_side(out: int) -> None:
    """Several layers at once: their gradients are each one's own."""
    torch.manual_seed(0)
    x = torch.randn(3, 2, 5, 4, 3, dtype=torch.float64)
    both = [layers(out, (4, 2, 1)) for _ in range(3)]
    alone = [with_gradients(theirs, one) for (_, theirs), one in zip(both, x, strict=True)]
    first = both[0][0]
    held = {
        name: torch.stack([dict(ours.named_parameters())[name].detach() for ours, _ in both]).requires_grad_()
        for name, _ in first.named_parameters()
    }
    y = vmap(lambda held, x: functional_call(first, held, (x,)))(held, x.requires_grad_())
    grad = torch.linspace(-1, 2, y[0].numel(), dtype=y.dtype).view_as(y[0]).expand_as(y)
    found = [y, *torch.autograd.grad(y, [x, *held.values()], grad)]
    torch.testing.assert_close(found, [torch.stack(parts) for parts in zip(*alone, strict=True)])


@pytest.mark.parametrize("out", [1, FEW + 1])
def test_in_bfloat16(out: int) -> None:
    """Autocast's precision for the products, that of the parameters for their gradients."""
    torch.manual_seed(0)
    ours, theirs = (layer.float() for layer in layers(out, (4, 2, 1)))
    x = torch.randn(2, 5, 4, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, expected = with_gradients(ours, x), with_gradients(theirs, x)
    assert [t.dtype for t in found] == [t.dtype for t in expected] == [torch.bfloat16, *[torch.float32] * 3]
    torch.testing.assert_close(found, expected, rtol=0.02, atol=0.05)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*")
@pytest.mark.parametrize("out", [1, FEW + 1])
def test_compiled(out: int) -> None:
    torch.manual_seed(0)
    ours, theirs = layers(out, (4, 2, 1))
    x = torch.randn(2, 5, 4, 3, dtype=torch.float64)
    compiled: Any = torch.compile(ours, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(with_gradients(compiled, x), with_gradients(theirs, x))


def test_other_devices() -> None:
    """They are left PyTorch's own layer: what is computed in another form is a Function of ours."""
    ours, _ = layers(1, (4, 2, 1))
    y = ours.to("meta")(torch.empty(2, 5, 4, 3, dtype=torch.float64, device="meta"))
    assert y.shape == (2, 1, 8, 6)
    assert y.grad_fn is not None and y.grad_fn.name() == "ConvolutionBackward0"
