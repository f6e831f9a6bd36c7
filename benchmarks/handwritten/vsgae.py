"""The VS-GAE of neural architectures (thesis 5.1 and A.2), messages sent along the edges that are there.

The aggregation gives vectors of the graph's dimension; A.2.1 once writes twice the nodes' dimension, which
does not fit what follows. Its second copy gives the logarithm of the variance: the variance stays positive.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwritten import ByHand

KINDS, OUTPUT = 5, 4
ROUNDS = 2


def two_layers(n: int, hidden: int, m: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(n, hidden), nn.ReLU(), nn.Linear(hidden, m))


class Round(nn.Module):
    """One round of bidirectional message passing: equations 5.1 to 5.4."""

    def __init__(self, dn: int) -> None:
        super().__init__()
        self.forth = nn.Linear(2 * dn, 2 * dn)
        self.back = nn.Linear(2 * dn, 2 * dn)
        self.update = nn.GRUCell(2 * dn, dn)

    def forward(self, h: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """h `[nodes, dn]` of all graphs of a batch, an edge from each u to its v."""
        at_u, at_v = h[u], h[v]
        messages = h.new_zeros(len(h), self.forth.out_features)
        messages = messages.index_add(0, v, self.forth(torch.cat([at_v, at_u], 1)))
        messages = messages.index_add(0, u, self.back(torch.cat([at_u, at_v], 1)))
        updated: Tensor = self.update(messages, h)
        return updated


class Spread(nn.Module):
    """The rounds, each with parameters of its own."""

    def __init__(self, dn: int) -> None:
        super().__init__()
        self.rounds = nn.ModuleList(Round(dn) for _ in range(ROUNDS))

    def forward(self, h: Tensor, edge: Tensor) -> Tensor:
        """h `[batch, n, dn]`, edge `[batch, n, n]`."""
        batch, n, dn = h.shape
        graph, u, v = edge.nonzero(as_tuple=True)
        u, v = u + n * graph, v + n * graph
        flat = h.reshape(batch * n, dn)
        for one in self.rounds:
            flat = one(flat, u, v)
        return flat.reshape(batch, n, dn)


class Gather(nn.Module):
    """Equation 5.5: the sum over nodes, each weighed by a gate."""

    def __init__(self, dn: int, dg: int) -> None:
        super().__init__()
        self.value = nn.Linear(dn, dg)
        self.gate = nn.Linear(dn, 1)

    def forward(self, h: Tensor, used: Tensor | None = None) -> Tensor:
        parts = self.value(h) * self.gate(h).sigmoid()
        if used is not None:
            parts = parts * used.unsqueeze(-1)
        summary: Tensor = parts.sum(1)
        return summary


class Cost(NamedTuple):
    """Means over the batch."""

    node_error: Tensor
    edge_error: Tensor
    rate: Tensor


class VSGAE(nn.Module):
    def __init__(self, dn: int = 250, dg: int = 56) -> None:
        super().__init__()
        self.look = nn.Parameter(torch.randn(KINDS, dn))
        self.make = nn.Parameter(torch.randn(KINDS, dn))
        self.encoder, self.mean, self.logvar = Spread(dn), Gather(dn, dg), Gather(dn, dg)
        self.prop, self.summary = Spread(dn), Gather(dn, dg)
        self.start = two_layers(dg + dn, dg + dn, dn)
        self.place = two_layers(2 * dg + dn, dg + dn, dn)
        self.choose = two_layers(2 * dg, dg, KINDS)
        self.connect = two_layers(2 * dg + 2 * dn, dg + dn, 1)
        self.weight = 0.005

    def encode(self, kind: Tensor, edge: Tensor, used: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance, `[batch, dg]`."""
        h = self.encoder(self.look[kind], edge)
        return self.mean(h, used), self.logvar(h, used)

    def draw(self, mean: Tensor, logvar: Tensor) -> Tensor:
        return mean + (logvar / 2).exp() * torch.randn_like(mean)

    def begin(self, z: Tensor) -> Tensor:
        """The input node, `[batch, 1, dn]`."""
        first: Tensor = self.start(torch.cat([z, self.make[0].expand(len(z), -1)], 1))
        return first.unsqueeze(1)

    def propagate(self, z: Tensor, h: Tensor, edge: Tensor) -> tuple[Tensor, Tensor]:
        """The nodes so far after message passing; the latent point and the summary of these nodes."""
        h = self.prop(h, edge)
        return h, torch.cat([z, self.summary(h)], 1)

    def add(self, h: Tensor, seen: Tensor, kind: Tensor) -> tuple[Tensor, Tensor]:
        """The nodes with one more, and the logits of an edge from each old one to it."""
        new = self.place(torch.cat([seen, self.make[kind]], 1)).unsqueeze(1)
        n = h.shape[1]
        pairs = torch.cat([new.expand(-1, n, -1), h, seen.unsqueeze(1).expand(-1, n, -1)], 2)
        return torch.cat([h, new], 1), self.connect(pairs).squeeze(2)

    def forward(self, kind: Tensor, edge: Tensor, used: Tensor) -> Cost:
        """The costs of writing the given graphs, node by node (teacher forcing)."""
        mean, logvar = self.encode(kind, edge, used)
        z = self.draw(mean, logvar)
        h = self.begin(z)
        node_error = edge_error = z.new_zeros(())
        for i in range(1, kind.shape[1]):
            h, seen = self.propagate(z, h, edge[:, :i, :i])
            node_cost = F.cross_entropy(self.choose(seen), kind[:, i], reduction="none")
            h, logits = self.add(h, seen, kind[:, i])
            edge_cost = F.binary_cross_entropy_with_logits(logits, edge[:, :i, i].float(), reduction="none")
            node_error = node_error + (node_cost * used[:, i]).sum()
            edge_error = edge_error + (edge_cost.sum(1) * used[:, i]).sum()
        rate = (mean**2 + logvar.exp() - logvar - 1).sum() / 2
        batch = len(kind)
        return Cost(node_error / batch, edge_error / batch, rate / batch)

    @torch.no_grad()
    def generate(self, z: Tensor, nodes: int = 7) -> tuple[Tensor, Tensor]:
        """Kinds `[batch, nodes]` and edges `[batch, nodes, nodes]`; what follows an output means nothing."""
        kind = torch.zeros(len(z), nodes, dtype=torch.int64, device=z.device)
        edge = torch.zeros(len(z), nodes, nodes, dtype=torch.bool, device=z.device)
        h = self.begin(z)
        for i in range(1, nodes):
            h, seen = self.propagate(z, h, edge[:, :i, :i])
            kind[:, i] = self.choose(seen).softmax(1).multinomial(1).squeeze(1)
            h, logits = self.add(h, seen, kind[:, i])
            edge[:, :i, i] = logits.sigmoid().bernoulli().bool()
            if bool((kind == OUTPUT).any(1).all()):
                break
        return kind, edge


def loss(model: VSGAE, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    cost = model(batch["kind"], batch["edge"], batch["used"])
    value: Tensor = cost.node_error + cost.edge_error + model.weight * cost.rate
    return value, value


def replay(model: VSGAE, out: Any) -> None:
    """Draw the latent points that the compiled model drew, with their gradients."""

    def draw(mean: Tensor, logvar: Tensor) -> Tensor:
        deviation = (logvar / 2).exp()
        noise: Tensor = ((out.z - mean) / deviation).detach()
        return mean + deviation * noise

    model.draw = draw  # type: ignore[method-assign]


def renamed() -> dict[str, str]:
    """What the layers are called in the compiled module."""
    found = {}
    for spread, first in (("encoder", 0), ("prop", ROUNDS)):
        for r in range(ROUNDS):
            for way in ("forth", "back"):
                found[f"{spread}.rounds.{r}.{way}"] = f"{way}.{first + r}.linear"
            found[f"{spread}.rounds.{r}.update"] = f"update.{first + r}.gru_cell"
    for gather, copy in (("mean", 0), ("summary", 1), ("logvar", 2)):
        found |= {f"{gather}.value": f"gather.{copy}.linear1", f"{gather}.gate": f"gather.{copy}.linear2"}
    for net in ("start", "place", "choose", "connect"):
        found |= {f"{net}.0": f"{net}.linear1", f"{net}.2": f"{net}.linear2"}
    return found


BY_HAND = ByHand(make=VSGAE, loss=loss, renamed=renamed(), replay=replay)
