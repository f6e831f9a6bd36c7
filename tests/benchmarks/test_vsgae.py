"""The hand-written VS-GAE: its equations written out for one graph at a time, and that it learns."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from handwritten.vsgae import VSGAE, Gather, Spread
from torch import Tensor

from scgc.data.cells import all_cells
from scgc.metrics.cells import same_cell, valid_cell


def cells(most: int, chosen: slice = slice(None)) -> tuple[Tensor, Tensor, Tensor]:
    kind, edge, used = (torch.from_numpy(a[chosen]) for a in all_cells(most))
    return kind, edge, used


def spread(net: Spread, h: list[Tensor], edges: list[tuple[int, int]]) -> list[Tensor]:
    for one in net.rounds:
        m = [torch.zeros(2 * len(h[0])) for _ in h]
        for u, v in edges:
            m[v] = m[v] + one.forth(torch.cat([h[v], h[u]]))
            m[u] = m[u] + one.back(torch.cat([h[u], h[v]]))
        h = [one.update(message, state) for message, state in zip(m, h, strict=True)]
    return h


def gather(net: Gather, h: list[Tensor]) -> Tensor:
    return torch.stack([net.value(state) * net.gate(state).sigmoid() for state in h]).sum(0)


def costs(model: VSGAE, kinds: list[int], edges: list[tuple[int, int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Of one graph without padding, at the mean of its latent point."""
    h = spread(model.encoder, [model.look[k] for k in kinds], edges)
    z, logvar = gather(model.mean, h), gather(model.logvar, h)
    node_error = edge_error = torch.zeros(())
    state = [model.start(torch.cat([z, model.make[0]]))]
    for i, kind in enumerate(kinds[1:], 1):
        state = spread(model.prop, state, [(u, v) for u, v in edges if v < i])
        g = gather(model.summary, state)
        node_error = node_error - model.choose(torch.cat([z, g])).log_softmax(0)[kind]
        new = model.place(torch.cat([z, g, model.make[kind]]))
        for u, old in enumerate(state):
            sign = 1 if (u, i) in edges else -1
            edge_error = edge_error - F.logsigmoid(
                sign * model.connect(torch.cat([new, old, z, g])).squeeze(0)
            )
        state = [*state, new]
    prior, posterior = torch.distributions.Normal(0, 1), torch.distributions.Normal(z, (logvar / 2).exp())
    return node_error, edge_error, torch.distributions.kl_divergence(posterior, prior).sum()


def test_against_one_graph_at_a_time() -> None:
    torch.manual_seed(0)
    model = VSGAE(dn=6, dg=4)
    model.draw = lambda mean, logvar: mean  # type: ignore[method-assign]
    kind, edge, used = cells(5, slice(0, None, 100))
    together = model(kind, edge, used)
    singly = []
    for k, e, n in zip(kind, edge, used.sum(1).tolist(), strict=True):
        singly.append(costs(model, k[:n].tolist(), [(u, v) for u, v in e.nonzero().tolist()]))
    for one, parts in zip(together, zip(*singly, strict=True), strict=True):
        torch.testing.assert_close(one, torch.stack(parts).mean())


def test_parameters_of_the_thesis() -> None:
    """By the layers of A.2, with 250 and 56: look-up tables, two encoders, three aggregations, four nets."""
    dn, dg = 250, 56
    round_ = 2 * (2 * dn + 1) * 2 * dn + 3 * dn * (2 * dn + dn + 2)
    nets = [
        (dg + dn, dg + dn, dn),
        (2 * dg + dn, dg + dn, dn),
        (2 * dg, dg, 5),
        (2 * dg + 2 * dn, dg + dn, 1),
    ]
    expected = 2 * 5 * dn + 4 * round_ + 3 * (dn + 1) * (dg + 1)
    expected += sum((n + 1) * hidden + (hidden + 1) * m for n, hidden, m in nets)
    assert sum(p.numel() for p in VSGAE().parameters()) == expected


def test_learns_to_write_small_cells() -> None:
    torch.manual_seed(0)
    model = VSGAE(dn=24, dg=8)
    batch = cells(3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(300):
        optimizer.zero_grad()
        cost = model(*batch)
        (cost.node_error + cost.edge_error + 0.01 * cost.rate).backward()
        optimizer.step()
    kind, edge, used = batch
    mean, _ = model.encode(kind, edge, used)
    again = model.generate(mean.repeat(20, 1), nodes=3)
    assert same_cell(*again, kind.repeat(20, 1), edge.repeat(20, 1, 1)).float().mean() > 0.85
    assert valid_cell(*again).float().mean() > 0.9
