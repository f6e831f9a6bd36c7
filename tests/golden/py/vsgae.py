"""A variational autoencoder of graphs, read by message passing and written node by node.
Thesis 5.1, 6.1.4 and A.2: table 6.7.

Written by scgc from vsgae.scg.
"""

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import (
    Bernoulli,
    Categorical,
    GRUCell,
    Linear,
    Model,
    Normal,
    Rounds,
    concat,
    kl,
    linear_of,
    log_prob,
    pathwise,
    propagate,
    put,
    recurrent,
    score,
)

V = 7
kinds = 5
dn = 250
dg = 56


class Forth(nn.Module):
    """Bidirectional message passing, each round with parameters of its own: [0] and [1] read the
    given graph, [2] and
    [3] the partial one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.linear = Linear(2 * dn, 2 * dn)

    def forward(self, dst: Tensor, src: Tensor) -> Tensor:
        return linear_of(self.linear, [dst, src])


class Back(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = Linear(2 * dn, 2 * dn)

    def forward(self, dst: Tensor, src: Tensor) -> Tensor:
        return linear_of(self.linear, [dst, src])


class Update(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru_cell = GRUCell(2 * dn, dn)

    def forward(self, h: Tensor, m: Tensor) -> Tensor:
        return recurrent(self.gru_cell, m, h)


class Gather(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(dn, dg)
        self.linear2 = Linear(dn, 1)

    def forward(self, h: Tensor, used: Tensor) -> Tensor:
        h = self.linear1(h) * self.linear2(h).sigmoid()
        return torch.where(used[..., None], h, 0.0).sum(-2)


class Start(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(dg + dn, dg + dn)
        self.linear2 = Linear(dg + dn, dn)

    def forward(self, z: Tensor, k: Tensor) -> Tensor:
        h = F.relu(self.linear1(torch.cat([z, k], -1)))
        return self.linear2(h)


class Place(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2 * dg + dn, dg + dn)
        self.linear2 = Linear(dg + dn, dn)

    def forward(self, z: Tensor, g: Tensor, k: Tensor) -> Tensor:
        h = F.relu(self.linear1(torch.cat([z, g, k], -1)))
        return self.linear2(h)


class Choose(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2 * dg, dg)
        self.linear2 = Linear(dg, kinds)

    def forward(self, z: Tensor, g: Tensor) -> Tensor:
        h = F.relu(self.linear1(torch.cat([z, g], -1)))
        return self.linear2(h)


class Connect(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = Linear(2 * dg + 2 * dn, dg + dn)
        self.linear2 = Linear(dg + dn, 1)

    def forward(self, new: Tensor, old: Tensor, z: Tensor, g: Tensor) -> Tensor:
        h = F.relu(linear_of(self.linear1, [new, old, z, g]))
        return self.linear2(h).squeeze(-1)


class Vsgae(Model):
    """A variational autoencoder of graphs, read by message passing and written node by node.
    Thesis 5.1, 6.1.4 and A.2: table 6.7.
    """

    program = "vsgae"
    inputs: ClassVar[dict[str, str]] = {
        "kind": "class(kinds)[V]",
        "edge": "bool[V, V]",
        "used": "bool[V]",
    }
    fields: ClassVar[dict[str, str]] = {
        "seen": "seen",
        "z": "z",
        "state": "state",
        "kinds_made": "kinds_made",
        "edges": "edges",
        "k": "k",
        "link": "link",
        "node_error": "node_error",
        "edge_error": "edge_error",
        "rate": "rate",
    }
    losses = ("node_error", "edge_error", "rate")
    schedules = ("speed", "weight")
    nodes = ("z", "k", "link")
    generated = ("z", "k", "link")

    class Output(NamedTuple):
        seen: Tensor
        z: Tensor
        state: Tensor
        kinds_made: Tensor
        edges: Tensor
        k: Tensor
        link: Tensor
        node_error: Tensor
        edge_error: Tensor
        rate: Tensor
        loss: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.speed = 0.0001
        self.weight = 0.005
        self.look = nn.Parameter(torch.empty(kinds, dn))
        self.make = nn.Parameter(torch.empty(kinds, dn))
        self.forth = nn.ModuleList(Forth() for _ in range(4))
        self.back = nn.ModuleList(Back() for _ in range(4))
        self.update = nn.ModuleList(Update() for _ in range(4))
        self.gather = nn.ModuleList(Gather() for _ in range(3))
        self.start = Start()
        self.place = Place()
        self.choose = Choose()
        self.connect = Connect()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initial values of the parameters that belong to no layer."""
        nn.init.normal_(self.look, 0, 1)
        nn.init.normal_(self.make, 0, 1)

    def forward(self, kind: Tensor, edge: Tensor, used: Tensor) -> Output:
        batch = kind.shape[0]
        seen = self.look[kind]
        for r in range(2):
            h = propagate(self.back[r], seen, seen, edge.mT, affine=True)
            told = propagate(self.forth[r], seen, seen, edge, affine=True) + h
            seen = self.update[r](seen, told)
        q_z = Normal(self.gather[0](seen, used), logvar=self.gather[2](seen, used))
        p_z = Normal(torch.tensor(0.0, device=kind.device), 1)
        z = pathwise(q_z, mode=self.mode)
        h2 = self.start(z, self.make[0].expand(batch, -1))
        state = put(torch.zeros(V, dn, device=kind.device), 0, h2, -2)
        kinds_made = torch.zeros(V, kinds, device=kind.device).argmax(-1)
        edges = torch.zeros(V, V, device=kind.device) > 0
        kinds_made = kinds_made.expand(batch, -1)
        edges = edges.expand(batch, -1, -1)
        q_k_rounds = []
        k_rounds = []
        k_mask_rounds = []
        q_link_rounds = []
        link_rounds = []
        link_mask_rounds = []
        halted = torch.zeros((batch,), dtype=torch.bool, device=kind.device)
        for i in range(1, V):
            alive = ~halted
            made = torch.arange(V, device=kind.device) < i
            old = state[..., :i, :]
            among = edges[..., :i, :][..., :i]
            for r_ in range(2, 4):
                h3 = propagate(self.back[r_], old, old, among.mT, affine=True)
                m = propagate(self.forth[r_], old, old, among, affine=True) + h3
                old = self.update[r_](old, m)
            h_ = concat([old, torch.zeros(V - i, dn, device=kind.device)], -2)
            g = self.gather[1](h_, made.expand(batch, -1))
            q_k = Categorical(logits=self.choose(z, g))
            q_k_rounds.append(q_k)
            k_mask_rounds.append(alive)
            # k ~ Categorical(logits = choose(z, g)) observe kind[i]
            k = F.one_hot(kind[..., i], kinds).float()
            k_rounds.append(k)
            new = self.place(z, g, self.make[k.argmax(-1)])
            h4 = self.connect(new.unsqueeze(-2), old, z.unsqueeze(-2), g.unsqueeze(-2))
            links = concat([h4, torch.zeros(V - i, device=kind.device)], -1)
            q_link = Bernoulli(logits=links)
            q_link_rounds.append(q_link)
            h5 = alive[..., None] & made
            link_mask_rounds.append(h5)
            # link ~ Bernoulli(logits = links) where made observe edge[:, i]
            link = torch.where(h5, edge[..., i].to(self.look.dtype), 0.0)
            link_rounds.append(link)
            next_state = put(h_, i, new, -2)
            next_kinds_made = put(kinds_made, i, k.argmax(-1), -1)
            next_edges = put(edges, i, link > 0.5, -1)
            halted = halted | (k.argmax(-1) == kinds - 1)
            state = torch.where(alive[..., None, None], next_state, state)
            kinds_made = torch.where(alive[..., None], next_kinds_made, kinds_made)
            edges = torch.where(alive[..., None, None], next_edges, edges)
        all_q_k = Rounds(q_k_rounds)
        all_k = torch.stack(k_rounds, -2)
        all_k_mask = torch.stack(k_mask_rounds, -1)
        all_q_link = Rounds(q_link_rounds, plates=1)
        all_link = torch.stack(link_rounds, -2)
        all_link_mask = torch.stack(link_mask_rounds, -2)
        node_error = -log_prob(all_q_k, all_k, plates=1, where=all_k_mask)
        edge_error = -log_prob(all_q_link, all_link, plates=2, where=all_link_mask)
        rate = self.weight * kl(q_z, p_z, plates=1)
        loss = node_error.mean() + edge_error.mean() + rate.mean()
        return self.Output(
            seen, z, state, kinds_made, edges, all_k, all_link, node_error, edge_error, rate, loss
        )

    def generate(self, batch: int = 1, z: Tensor | None = None) -> Output:
        """Draw from the model: nodes with a prior from it, observed nodes from their
        distributions. Nodes that are given keep their values; fields that generation does not
        compute are None.
        """
        if z is not None:
            batch = z.shape[0]
        if z is not None:
            z_ = z
        else:
            z_ = score(
                Normal(torch.tensor(0.0, device=self.look.device), 1).expand((batch, dg)),
                mode=self.mode,
            )
        h = self.start(z_, self.make[0].expand(batch, -1))
        state = put(torch.zeros(V, dn, device=self.look.device), 0, h, -2)
        kinds_made = torch.zeros(V, kinds, device=self.look.device).argmax(-1)
        edges = torch.zeros(V, V, device=self.look.device) > 0
        kinds_made = kinds_made.expand(batch, -1)
        edges = edges.expand(batch, -1, -1)
        k_rounds = []
        link_rounds = []
        halted = torch.zeros((batch,), dtype=torch.bool, device=self.look.device)
        for i in range(1, V):
            alive = ~halted
            made = torch.arange(V, device=self.look.device) < i
            old = state[..., :i, :]
            among = edges[..., :i, :][..., :i]
            for r in range(2, 4):
                h2 = propagate(self.back[r], old, old, among.mT, affine=True)
                m = propagate(self.forth[r], old, old, among, affine=True) + h2
                old = self.update[r](old, m)
            h_ = concat([old, torch.zeros(V - i, dn, device=self.look.device)], -2)
            g = self.gather[1](h_, made.expand(batch, -1))
            # k ~ Categorical(logits = choose(z, g)) observe kind[i]
            k = score(Categorical(logits=self.choose(z_, g)), mode=self.mode)
            k_rounds.append(k)
            new = self.place(z_, g, self.make[k.argmax(-1)])
            h3 = self.connect(new.unsqueeze(-2), old, z_.unsqueeze(-2), g.unsqueeze(-2))
            links = concat([h3, torch.zeros(V - i, device=self.look.device)], -1)
            # link ~ Bernoulli(logits = links) where made observe edge[:, i]
            link = torch.where(
                alive[..., None] & made, score(Bernoulli(logits=links), mode=self.mode), 0.0
            )
            link_rounds.append(link)
            next_state = put(h_, i, new, -2)
            next_kinds_made = put(kinds_made, i, k.argmax(-1), -1)
            next_edges = put(edges, i, link > 0.5, -1)
            halted = halted | (k.argmax(-1) == kinds - 1)
            state = torch.where(alive[..., None, None], next_state, state)
            kinds_made = torch.where(alive[..., None], next_kinds_made, kinds_made)
            edges = torch.where(alive[..., None, None], next_edges, edges)
        all_k = torch.stack(k_rounds, -2)
        all_link = torch.stack(link_rounds, -2)
        return self.Output(
            None, z_, state, kinds_made, edges, all_k, all_link, None, None, None, None
        )
