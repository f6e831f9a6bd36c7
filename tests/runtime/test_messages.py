"""Message passing in chunks, over edges and to parents equals the sum over all pairs, gradients included."""

from collections.abc import Sequence

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from scgc.runtime import pairs
from scgc.runtime.dropout import dropout, keep_masks, same_masks
from scgc.runtime.functions import linear_of
from scgc.runtime.messages import propagate_affine, propagate_edges, propagate_to_parents
from scgc.runtime.pairs import propagate

N, D, D2, K = 5, 3, 4, 6


class Net:
    """A message function of two layers, with dropout between them."""

    def __init__(self, p: float = 0.0, dtype: torch.dtype = torch.float64) -> None:
        self.p = p
        self.first = torch.randn(K, D, dtype=dtype, requires_grad=True)
        self.second = torch.randn(K, D2, dtype=dtype, requires_grad=True)
        self.last = torch.randn(K, K, dtype=dtype, requires_grad=True)
        self.parameters = (self.first, self.second, self.last)

    def __call__(self, dst: Tensor, src: Tensor) -> Tensor:
        hidden = F.relu(dst @ self.first.T + src @ self.second.T)
        return F.relu(dropout(hidden, self.p, training=True) @ self.last.T)


def plainly(net: Net, dst: Tensor, src: Tensor, along: Tensor) -> Tensor:
    return torch.einsum("...uv,...vuk->...vk", along, net(dst.unsqueeze(-2), src.unsqueeze(-3)))


def arguments(*leads: Sequence[int], dtype: torch.dtype = torch.float64) -> list[Tensor]:
    shapes = ((N, D), (N, D2), (N, N))
    return [
        torch.randn(*lead, *shape, dtype=dtype).requires_grad_()
        for lead, shape in zip(leads, shapes, strict=True)
    ]


def gradients(value: Tensor, weight: Tensor, *of: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad((value * weight).sum(), of))


@pytest.mark.parametrize("cached", [1, 8 * 2 * N * N * D2, 1 << 20])
@pytest.mark.parametrize("leads", [((7,),) * 3, ((2, 3),) * 3, ((),) * 3, ((2, 1), (3,), ())])
def test_pairs(cached: int, leads: Sequence[Sequence[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(pairs, "CACHED", cached)
    net, args = Net(), arguments(*leads)
    expected = plainly(net, *args)
    value = propagate(net, *args, net.parameters)
    torch.testing.assert_close(value, expected)
    weight = torch.randn_like(value)
    everything = (*args, *net.parameters)
    torch.testing.assert_close(
        gradients(value, weight, *everything), gradients(expected, weight, *everything)
    )


@pytest.mark.parametrize("cached", [1, 1 << 20])
@pytest.mark.parametrize("receivers", [[0], list(range(N))])
def test_differentiated_twice(cached: int, receivers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the first gradient is made of: arguments, parameters, what the message is given, and weights
    that are 0."""
    torch.manual_seed(8)
    monkeypatch.setattr(pairs, "CACHED", cached)
    net, args = Net(), arguments(*((4,),) * 3)
    factor = torch.randn(K, dtype=torch.float64, requires_grad=True)
    weight = torch.zeros(4, N, K, dtype=torch.float64)
    weight[:, receivers] = torch.randn(4, len(receivers), K, dtype=torch.float64)
    weight.requires_grad_()
    everything = (*args, *net.parameters, factor)
    directions = [torch.randn_like(x) for x in everything]

    def smooth(dst: Tensor, src: Tensor, factor: Tensor) -> Tensor:
        return (net(dst, src) * factor).tanh()

    def slope(value: Tensor) -> Tensor:
        found = torch.autograd.grad((value * weight).sum(), everything, create_graph=True)
        return torch.stack([(g * d).sum() for g, d in zip(found, directions, strict=True)]).sum()

    value = propagate(smooth, *args, net.parameters, given=[factor])
    expected = torch.einsum(
        "...uv,...vuk->...vk", args[2], smooth(args[0].unsqueeze(-2), args[1].unsqueeze(-3), factor)
    )
    twice = (*everything, weight)
    found, wanted = (torch.autograd.grad(slope(v), twice) for v in (value, expected))
    assert all(w.any() for w in wanted)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("receivers", [[0], [1, 4], [0, 1, 2, 3, 4], []])
def test_masks_and_few_receivers(receivers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The masks are those of the forward pass, also where only some receivers have a gradient."""
    torch.manual_seed(1)
    monkeypatch.setattr(pairs, "CACHED", 8 * 2 * N * N * D2)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    net, args = Net(p=0.4), arguments(*((6,),) * 3)
    torch.manual_seed(2)
    value = propagate(net, *args, net.parameters)
    torch.manual_seed(2)
    with keep_masks() as masks:
        for begin in range(0, 6, 2):
            plainly(net, *(x[begin : begin + 2] for x in args))
    with same_masks([torch.cat(masks)]):
        expected = plainly(net, *args)
    torch.testing.assert_close(value, expected)
    weight = torch.zeros_like(value)
    weight[:, receivers] = torch.randn(6, len(receivers), K, dtype=torch.float64)
    everything = (*args, *net.parameters)
    torch.testing.assert_close(
        gradients(value, weight, *everything), gradients(expected, weight, *everything)
    )


def test_half_the_precision_is_twice_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk is as many bytes, whatever its numbers."""
    monkeypatch.setattr(pairs, "CACHED", 4 * 2 * N * N * D2)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    dst, src, along = arguments(*((8,),) * 3, dtype=torch.float32)
    seen: list[int] = []

    def message(to: Tensor, sender: Tensor) -> Tensor:
        seen.append(len(to))
        return to[..., :1] * sender[..., :1]

    with torch.no_grad():
        propagate(message, dst, src, along)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            propagate(message, dst, src, along)
    assert seen == [2, 2, 2, 2, 4, 4]


def test_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(3)
    monkeypatch.setattr(pairs, "CACHED", 8 * 3 * N * N * D2)
    net, args = Net(), arguments(*((6,),) * 3)
    sizes = [1, 3, 5, 2, 2, 4]
    real = torch.arange(N) < torch.tensor(sizes).unsqueeze(-1)
    both = real.unsqueeze(-1) & real.unsqueeze(-2)
    masked = (args[2].detach() * both).requires_grad_()
    everything = (*args[:2], masked, *net.parameters)
    for read in (N, 1):  # all nodes, then the first only
        value = propagate(net, *args[:2], masked, net.parameters, sizes=sizes)
        expected = plainly(net, *args[:2], masked)
        torch.testing.assert_close(value, expected)
        weight = torch.randn_like(value) * (torch.arange(N) < read).unsqueeze(-1)
        found, wanted = gradients(value, weight, *everything), gradients(expected, weight, *everything)
        found[2], wanted[2] = found[2] * both, wanted[2] * both
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("leads", [((7,),) * 3, ((2, 1), (3,), ()), ((),) * 3])
def test_edges(leads: Sequence[Sequence[int]]) -> None:
    torch.manual_seed(4)
    net, args = Net(), arguments(*leads)
    along = (args[2].detach() * (torch.rand_like(args[2]) < 0.3)).requires_grad_()
    everything = (args[0], args[1], *net.parameters)
    for weights in (along, along != 0):
        expected = plainly(net, args[0], args[1], weights.double())
        value = propagate_edges(net, args[0], args[1], weights)
        torch.testing.assert_close(value, expected)
        weight = torch.randn_like(value)
        torch.testing.assert_close(
            gradients(value, weight, *everything), gradients(expected, weight, *everything)
        )
    value, expected = (f(net, args[0], args[1], along) for f in (propagate_edges, plainly))
    (found,), (all_of,) = gradients(value, weight, along), gradients(expected, weight, along)
    torch.testing.assert_close(found, all_of * (along != 0))


@pytest.mark.parametrize("leads", [((7,),) * 3, ((2, 1), (3,), ()), ((),) * 3])
def test_parents(leads: Sequence[Sequence[int]]) -> None:
    torch.manual_seed(5)
    net, args = Net(), arguments(*leads)
    parent = torch.randint(N, (*leads[2], N))
    strength = torch.randn(*leads[2], N, dtype=torch.float64, requires_grad=True)
    tree = F.one_hot(parent, N) * strength.unsqueeze(-1)
    expected = plainly(net, args[0], args[1], tree)
    value = propagate_to_parents(net, args[0], args[1], parent, strength)
    torch.testing.assert_close(value, expected)
    weight = torch.randn_like(value)
    everything = (args[0], args[1], strength, *net.parameters)
    torch.testing.assert_close(
        gradients(value, weight, *everything), gradients(expected, weight, *everything)
    )
    plain = propagate_to_parents(net, args[0], args[1], parent)
    torch.testing.assert_close(plain, plainly(net, args[0], args[1], F.one_hot(parent, N).double()))


def test_only_what_is_asked_for() -> None:
    torch.manual_seed(6)
    net, (dst, src, along) = Net(), arguments(*((3,),) * 3)
    value = propagate(net, dst.detach(), src, along.detach(), (net.last,))
    value.sum().backward()
    assert src.grad is not None
    assert net.last.grad is not None
    assert dst.grad is None
    assert net.first.grad is None
    with torch.no_grad():
        assert not propagate(net, dst, src, along, net.parameters).requires_grad


def test_messages_that_ignore_the_receiver() -> None:
    dst, src, along = arguments(*((3,),) * 3)
    value = propagate(lambda _, b: b, dst, src, along)
    torch.testing.assert_close(value, along.transpose(-1, -2) @ src)
    value.sum().backward()
    assert dst.grad is None or not dst.grad.any()


def test_under_autocast() -> None:
    torch.manual_seed(7)
    net, args = Net(dtype=torch.float32), arguments(*((8,),) * 3, dtype=torch.float32)
    everything = (*args, *net.parameters)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = propagate(net, *args, net.parameters)
        again = args[0] @ net.first.T  # the cast weight of above must not be taken for one with a gradient
    assert value.dtype == torch.bfloat16
    assert again.requires_grad
    expected = plainly(net, *args)
    torch.testing.assert_close(value.float(), expected, atol=0.3, rtol=0.1)
    weight = torch.randn_like(expected)
    found, wanted = gradients(value, weight, *everything), gradients(expected, weight, *everything)
    for x, y in zip(found, wanted, strict=True):
        assert x.dtype == torch.float32
        assert F.cosine_similarity(x.flatten(), y.flatten(), 0) > 0.99


@pytest.mark.parametrize("leads", [((7,),) * 3, ((2, 3),) * 3, ((),) * 3, ((2, 1), (3,), ())])
def test_affine_messages(leads: Sequence[Sequence[int]]) -> None:
    torch.manual_seed(0)
    dst, src, weights = arguments(*leads)
    along = weights > 0.5
    along[..., 2] = False  # nothing is sent to a node
    layer = torch.nn.Linear(D + D2, K, dtype=torch.float64)

    def message(a: Tensor, b: Tensor) -> Tensor:
        return linear_of(layer, [a, b])

    value, expected = (f(message, dst, src, along) for f in (propagate_affine, propagate_edges))
    torch.testing.assert_close(value, expected)
    weight = torch.randn_like(value)
    everything = (dst, src, *layer.parameters())
    torch.testing.assert_close(
        gradients(value, weight, *everything), gradients(expected, weight, *everything)
    )


@pytest.mark.parametrize("bias", [True, False])
def test_linear_of_parts_that_broadcast(bias: bool) -> None:
    torch.manual_seed(0)
    shapes = [(2, 1, 3), (2, 5, 4), (2, 1, 2), (1, 1, 2), (1, 1, 1)]
    parts = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    layer = torch.nn.Linear(12, K, bias=bias, dtype=torch.float64)
    expected = layer(torch.cat([part.expand(2, 5, -1) for part in parts], -1))
    value = linear_of(layer, parts)
    torch.testing.assert_close(value, expected)
    weight, everything = torch.randn_like(value), (*parts, *layer.parameters())
    torch.testing.assert_close(
        gradients(value, weight, *everything), gradients(expected, weight, *everything)
    )
