"""Relaxed selection from a table, and the cross entropy over it, equal the plain computation."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from scgc.runtime import noise, wide
from scgc.runtime.table import Table
from scgc.runtime.wide import select_row, select_softly, table_cross_entropy

N, K, L = 11, 4, 3
LEADS = [(7,), (2, 3), ()]


def leaf(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, dtype=dtype).requires_grad_()


def selected(query: Tensor, table: Tensor, values: Tensor, tau: float, scale: float, e: Tensor) -> Tensor:
    """By the definition; e are the exponentials of minus the Gumbel noise."""
    logits = query @ table.T
    return ((logits - scale * e.log().view(logits.shape)) / tau).softmax(-1) @ values


@pytest.fixture
def fixed_noise(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Tensor]:
    """Noise that is drawn one by one, so that blocks of any size give the same; the function returns it."""

    def one_by_one(x: Tensor) -> Tensor:
        return torch.stack([noise.exponential_like(x.new_empty(())) for _ in range(x.numel())]).view(x.shape)

    def all_of(lead: tuple[int, ...]) -> Tensor:
        torch.manual_seed(5)
        e = one_by_one(torch.empty(*lead, N, dtype=torch.float64))
        torch.manual_seed(5)
        return e

    monkeypatch.setattr(wide, "exponential_like", one_by_one)
    return all_of  # type: ignore[return-value]


@pytest.mark.parametrize("recompute", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("limits", [(1, 1), (3 * N, 2 * N), (1 << 22, 1 << 18)])
@pytest.mark.parametrize("lead", LEADS)
def test_selection(
    lead: tuple[int, ...],
    limits: tuple[int, int],
    recompute: float,
    fixed_noise: Callable[[tuple[int, ...]], Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(wide, "BLOCK", limits[0])
    monkeypatch.setattr(wide, "CACHED", limits[1])
    query, table, values = leaf(*lead, K), leaf(N, K), leaf(N, L)
    weight = torch.randn(*lead, L, dtype=torch.float64)
    expected = selected(query, table, values, 1.7, 0.6, fixed_noise(lead))
    value = select_softly(
        query, Table(table), Table(values), tau=1.7, scale=0.6, recompute=recompute, mode="train"
    )
    torch.testing.assert_close(value, expected)
    torch.rand(3)  # other draws in between
    state = torch.get_rng_state()
    found = torch.autograd.grad((value * weight).sum(), (query, table, values))
    assert torch.equal(torch.get_rng_state(), state)
    wanted = torch.autograd.grad((expected * weight).sum(), (query, table, values))
    torch.testing.assert_close(found, wanted)


def test_schedules_are_tensors(fixed_noise: Callable[[tuple[int, ...]], Tensor]) -> None:
    query, table = leaf(6, K), leaf(N, K)
    expected = selected(query, table, table, 2.0, 0.5, fixed_noise((6,)))
    tau, scale = torch.tensor(2.0), torch.tensor(0.5)
    value = select_softly(query, Table(table), tau=tau, scale=scale, mode="train")
    torch.testing.assert_close(value, expected)
    (found,), (wanted,) = (torch.autograd.grad(x.sum(), query) for x in (value, expected))
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("block", [1, 2 * N, 1 << 22])
@pytest.mark.parametrize("lead", LEADS)
def test_cross_entropy(lead: tuple[int, ...], block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    monkeypatch.setattr(wide, "BLOCK", block)
    monkeypatch.setattr(wide, "CACHED", 2 * N)
    query, table, target = leaf(*lead, K), leaf(N, K), torch.randint(N, lead)
    for weight in (torch.randn(lead, dtype=torch.float64), torch.tensor(0.3, dtype=torch.float64)):
        expected = F.cross_entropy((query @ table.T).reshape(-1, N), target.flatten(), reduction="none")
        expected = expected.reshape(lead)
        value = table_cross_entropy(query, Table(table), target)
        torch.testing.assert_close(value, expected)
        found = torch.autograd.grad((value * weight).sum(), (query, table))
        wanted = torch.autograd.grad((expected * weight).sum(), (query, table))
        torch.testing.assert_close(found, wanted)


def test_one_gradient_for_all_uses(fixed_noise: Callable[[tuple[int, ...]], Tensor]) -> None:
    """A hop, a loss and what plain autograd makes of the rows, in passes with and without the table."""
    torch.manual_seed(2)
    entity, rows = torch.tensor([3, 3, 0, 10, 5]), leaf(N, K)
    e = fixed_noise((5,))
    s = rows[entity]
    plain = F.cross_entropy((s + selected(s, rows, rows, 1.0, 1.0, e)) @ rows.T, entity) + (rows**2).sum()
    (wanted,) = torch.autograd.grad(plain, rows)
    table = Table(rows)
    s = table.take(entity)
    value = table_cross_entropy(s + select_softly(s, table, mode="train"), table, entity).mean()
    value = value + (table.rows**2).sum()
    torch.testing.assert_close(value, plain)
    for _ in range(2):
        (found,) = torch.autograd.grad(value, rows, retain_graph=True)
        torch.testing.assert_close(found, wanted)
        (part,) = torch.autograd.grad(value, s, retain_graph=True)
        assert part.any()


@pytest.mark.parametrize("limits", [(1, 1), (3 * N, 2 * N), (1 << 22, 1 << 18)])
def test_second_derivatives(
    limits: tuple[int, int],
    fixed_noise: Callable[[tuple[int, ...]], Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The product of the Hessian with a vector is that of plain autograd, and so is a gradient after it."""
    torch.manual_seed(6)
    monkeypatch.setattr(wide, "BLOCK", limits[0])
    monkeypatch.setattr(wide, "CACHED", limits[1])
    entity, rows, values = torch.tensor([3, 3, 0, 10, 5]), leaf(N, K), leaf(N, K)
    directions = [torch.randn(N, K, dtype=torch.float64) for _ in range(2)]
    e = fixed_noise((5,))
    s = rows[entity]
    plain = F.cross_entropy((s + selected(s, rows, values, 1.7, 0.6, e)) @ rows.T, entity)
    table = Table(rows)
    s = table.take(entity)
    t = select_softly(s, table, Table(values), tau=1.7, scale=0.6, mode="train")
    value = table_cross_entropy(s + t, table, entity).mean()

    def products(x: Tensor) -> tuple[Tensor, ...]:
        slopes = torch.autograd.grad(x, (rows, values), create_graph=True)
        along = sum((g * d).sum() for g, d in zip(slopes, directions, strict=True))
        assert isinstance(along, Tensor)
        second = torch.autograd.grad(along, (rows, values), retain_graph=True)
        return *slopes, *second, *torch.autograd.grad(x, (rows, values))

    wanted = products(plain)
    torch.testing.assert_close(products(value), wanted)
    assert all(x.any() for x in wanted)


def test_a_table_without_a_gradient() -> None:
    query, table = leaf(5, K), torch.randn(N, K, dtype=torch.float64)
    target = torch.randint(N, (5,))
    loss = table_cross_entropy(select_softly(query, Table(table), mode="train"), Table(table), target)
    (gradient,) = torch.autograd.grad(loss.sum(), query)
    assert gradient.any()
    with torch.no_grad():
        assert not select_softly(query, Table(leaf(N, K)), mode="train").requires_grad
        assert not table_cross_entropy(query, Table(leaf(N, K)), target).requires_grad


def test_hard_draws() -> None:
    torch.manual_seed(3)
    query, table, values = leaf(2, 3, K), leaf(N, K), leaf(N, L)
    likely = (query @ table.T).argmax(-1)
    mode = select_softly(query, Table(table), Table(values), tau=3.0, scale=0.0, mode="mode")
    assert torch.equal(mode, values[likely])
    mode.sum().backward()
    assert torch.equal(values.grad, F.one_hot(likely, N).sum((0, 1)).double().unsqueeze(-1).expand(N, L))
    wide_query = (torch.randn(K) * 0.5).expand(40_000, K)
    plain = table.detach().float()
    drawn = select_softly(wide_query, Table(plain), Table(torch.eye(N)), mode="sample").mean(0)
    expected = (wide_query[0] @ plain.T).softmax(-1)
    assert ((drawn - expected).abs() <= 5 * (expected * (1 - expected) / 40_000).sqrt()).all()


@pytest.mark.parametrize("recompute", [0.0, 1.0])
def test_under_autocast(recompute: float) -> None:
    def gradients(enabled: bool) -> list[Tensor]:
        torch.manual_seed(4)
        query, rows = leaf(64, 16, dtype=torch.float32), leaf(300, 16, dtype=torch.float32)
        target = torch.randint(300, (64,))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            table = Table(rows)
            s = select_softly(query, table, tau=4.0, scale=2.0, recompute=recompute, mode="train")
            loss = table_cross_entropy(s + query, table, target)
        assert s.dtype == (torch.bfloat16 if enabled else torch.float32)
        assert loss.dtype == torch.float32
        return [loss, *torch.autograd.grad(loss.mean(), (query, rows))]

    for low, full in zip(gradients(True), gradients(False), strict=True):
        assert low.dtype == torch.float32
        assert F.cosine_similarity(low.flatten(), full.flatten(), 0) > 0.99
        assert (low.norm() / full.norm() - 1).abs() < 0.03


def test_extreme_logits_stay_finite() -> None:
    query = torch.tensor([[1e4, -1e4], [0.0, 0.0]]).requires_grad_()
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 1.0]]).requires_grad_()
    table = Table(rows)
    s = select_softly(query, table, tau=1e-2, scale=8.0, mode="train")
    loss = table_cross_entropy(query + s, table, torch.tensor([1, 2])).sum()
    loss.backward()
    assert loss.isfinite()
    assert query.grad is not None
    assert query.grad.isfinite().all()
    assert rows.grad is not None
    assert rows.grad.isfinite().all()


@pytest.mark.parametrize("kept", [0, 3 * N, 1 << 22])
def test_a_row(kept: int, fixed_noise: Callable[[], Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    """Relaxed in training: without the draw where it is large, whatever is kept of it."""
    for name, limit in (("LARGE", 0), ("BLOCK", 2 * N), ("KEPT", kept)):
        monkeypatch.setattr(wide, name, limit)
    query, table, values = leaf(7, K), leaf(N, K), leaf(N, L)
    expected = selected(query, table, values, 1.7, 0.6, fixed_noise((7,)))  # type: ignore[call-arg]
    row, z = select_row(query, table, values, tau=1.7, scale=0.6, mode="train")
    assert z is None
    torch.testing.assert_close(row, expected)
    found, wanted = (torch.autograd.grad(x.square().sum(), (query, table, values)) for x in (row, expected))
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("large", [0, 1 << 18])
def test_a_row_of_a_hard_draw(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "LARGE", large)
    query, table, values = leaf(2000, K), leaf(N, K), leaf(N, L)
    row, z = select_row(query, table, values, tau=9.0, scale=5.0, mode="mode")
    assert z is not None
    assert torch.equal(z.argmax(-1), (query @ table.T).argmax(-1))
    torch.testing.assert_close(row, z @ values)
    row, z = select_row(query[:1].expand(2000, K), table, values, tau=9.0, scale=5.0, mode="sample")
    assert z is not None
    torch.testing.assert_close(row, z @ values)
    torch.testing.assert_close(z.mean(0), (query[0] @ table.T).softmax(-1), atol=0.05, rtol=0)


@pytest.mark.parametrize("wanted", [True, False])
def test_uses_of_one_table_in_one_step(wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two steps, each with two uses, whether or not the first one's graph is still held at the second."""
    torch.manual_seed(0)
    monkeypatch.setattr(wide, "LARGE", 0)
    table, target = leaf(N, K), torch.randint(N, (7,))
    held = []
    for _ in range(2):
        query = leaf(7, K)
        first, _ = select_row(query, table, tau=9.0, scale=0.0, mode="train")
        cost = wide.row_cross_entropy(first, table, target, wide.row_logits(first, table, keep=False))
        plainly = F.cross_entropy(selected(query, table, table, 9.0, 0.0, torch.ones(7, N)) @ table.T, target)
        expected = torch.autograd.grad(plainly, (query, table))
        torch.testing.assert_close(torch.autograd.grad(cost.mean(), (query, table)), expected)
        held += [cost] if wanted else []
        with torch.no_grad():
            table -= 0.1 * expected[1]
