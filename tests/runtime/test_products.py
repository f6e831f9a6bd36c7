"""Products by oneDNN are PyTorch's own: values, gradients, second derivatives, and runs side by side."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, jvp, vmap

from scgc.runtime import GRUCell, Linear, linear, products
from scgc.runtime.products import matmul

N, M, B = 192, 176, 64
assert B * N * M > products.SMALL


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often oneDNN is called, whatever processor this is."""
    if not torch._C._has_mkldnn:
        pytest.skip("PyTorch is without oneDNN")
    called: list[int] = []
    by_onednn = products.by_onednn

    def counted(*args: Tensor | None) -> Tensor:
        called.append(1)
        return by_onednn(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(products, "ONEDNN", True)
    monkeypatch.setattr(products, "by_onednn", counted)
    return called


FACTORS = {
    "plain": lambda: (torch.randn(B, N), torch.randn(M, N)),
    "axes in front": lambda: (torch.randn(8, 8, N), torch.randn(M, N)),
    "expanded": lambda: (torch.randn(1, N).expand(B, N), torch.randn(M, N)),
    "slices": lambda: (torch.randn(B, N + 7)[:, 7:], torch.randn(M, 2 * N)[:, ::2]),
    "transposed": lambda: (torch.randn(N, B).t(), torch.randn(N, M).t()),
    "a slice, transposed": lambda: (torch.randn(N, B + 3).t()[3:], torch.randn(N, M + 2).t()[2:]),
}


@pytest.mark.parametrize("which", FACTORS)
@pytest.mark.parametrize("biased", [True, False])
def test_linear(which: str, biased: bool, calls: list[int]) -> None:
    torch.manual_seed(0)
    x, weight = (t.requires_grad_() for t in FACTORS[which]())
    given = [x, weight, *([torch.randn(M, requires_grad=True)] if biased else [])]
    found, expected = linear(*given), F.linear(*given)
    torch.testing.assert_close(found, expected)
    direction = torch.randn_like(found)
    first = [torch.autograd.grad(y, given, direction, create_graph=True) for y in (found, expected)]
    torch.testing.assert_close(*first)
    second = [torch.autograd.grad([(g**2).sum() for g in gs[:2]], given[:2]) for gs in first]
    torch.testing.assert_close(*second, rtol=1e-4, atol=0.1)
    assert len(calls) >= 5


def test_matmul(calls: list[int]) -> None:
    x, y = torch.randn(N, B).t(), torch.randn(N, M)
    torch.testing.assert_close(matmul(x, y), x @ y)
    assert len(calls) == 1


def test_what_is_left_to_pytorch(calls: list[int]) -> None:
    """Few numbers, one vector, another precision, autocast."""
    layer, x = Linear(N, M), torch.randn(B, N)
    linear(x[:2], layer.weight), linear(x[0].repeat(B), torch.randn(M, B * N))
    linear(x.double(), layer.weight.double())
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(x).dtype is torch.bfloat16
    assert not calls
    assert layer(x).dtype is torch.float32 and calls


NAMES = ("weight", "bias")


def test_runs_side_by_side(calls: list[int]) -> None:
    layers, x = [Linear(N, M) for _ in range(3)], torch.randn(3, B, N)
    stacked = {
        n: torch.stack([getattr(layer, n).detach() for layer in layers]).requires_grad_() for n in NAMES
    }

    def one(held: dict[str, Tensor], x: Tensor) -> Tensor:
        return functional_call(layers[0], held, (x,))  # type: ignore[no-any-return]

    out = vmap(one)(stacked, x)
    torch.testing.assert_close(out, torch.stack([layer(row) for layer, row in zip(layers, x, strict=True)]))
    out.square().sum().backward()  # type: ignore[no-untyped-call]
    for i, layer in enumerate(layers):
        layer(x[i]).square().sum().backward()
        for name in NAMES:
            torch.testing.assert_close(stacked[name].grad[i], getattr(layer, name).grad)  # type: ignore[index]
    assert calls


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_forward_derivatives(calls: list[int]) -> None:
    given = torch.randn(B, N), torch.randn(M, N), torch.randn(M)
    directions = tuple(map(torch.randn_like, given))
    torch.testing.assert_close(jvp(linear, given, directions), jvp(F.linear, given, directions))
    assert calls


def test_recurrent_cell(calls: list[int]) -> None:
    own = GRUCell(N, M)
    other = nn.GRUCell(N, M)
    other.load_state_dict(own.state_dict())
    for x, h in ((torch.randn(B, N), torch.randn(B, M)), (torch.randn(N), torch.randn(M))):
        results = []
        for cell in (own, other):
            state = cell(x, h)
            results.append((state, *torch.autograd.grad(state.square().sum(), tuple(cell.parameters()))))
        torch.testing.assert_close(*results)
    torch.testing.assert_close(own(torch.ones(B, N)), other(torch.ones(B, N)))
    assert calls
