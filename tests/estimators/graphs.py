"""Small graphs whose expected cost is known exactly, for tests of estimators.

`SEQUENCE`: z1 ~ Categorical(a), z2 ~ Categorical(b[z1]), cost table[z1, z2].
`PARALLEL`: z1 ~ Categorical(a), z2 ~ Categorical(b[0]), cost table[z1, z2].
`PLATE`: three Bernoulli elements with logits a, cost table of their joint value.
"""

import torch
from torch import Tensor

A = torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64)
B = torch.tensor([[0.2, -0.4], [1.0, 0.5], [-0.3, 0.9]], dtype=torch.float64)
TABLE = torch.tensor([[1.0, -2.0], [0.5, 3.0], [-1.5, 2.0]], dtype=torch.float64)
JOINT = torch.tensor([[[1.0, 0.2], [-1.0, 2.0]], [[0.7, -0.4], [3.0, -2.0]]], dtype=torch.float64)


def lookup(z1: Tensor, z2: Tensor) -> Tensor:
    """table[z1, z2] of one-hot values: multilinear, so it is defined inside the simplex too."""
    return ((z1 @ TABLE) * z2).sum(-1)


def joint_cost(z: Tensor) -> Tensor:
    """The entry of JOINT at three bits, [..., 3]."""
    index = z.round().long()
    return JOINT[index[..., 0], index[..., 1], index[..., 2]]


def sequence_gradients() -> tuple[Tensor, Tensor, Tensor]:
    """The expected cost of SEQUENCE and its gradients with respect to a and b."""
    a, b = A.clone().requires_grad_(), B.clone().requires_grad_()
    expected = (a.softmax(-1) * (b.softmax(-1) * TABLE).sum(-1)).sum()
    return (expected.detach(), *torch.autograd.grad(expected, (a, b)))


def parallel_gradients() -> tuple[Tensor, Tensor, Tensor]:
    """The expected cost of PARALLEL and its gradients with respect to a and b[0]."""
    a, b = A.clone().requires_grad_(), B[0].clone().requires_grad_()
    expected = a.softmax(-1) @ TABLE @ b.softmax(-1)
    return (expected.detach(), *torch.autograd.grad(expected, (a, b)))


def plate_gradient() -> tuple[Tensor, Tensor]:
    """The expected cost of PLATE and its gradient."""
    a = A.clone().requires_grad_()
    p = torch.stack([1 - a.sigmoid(), a.sigmoid()])
    expected = torch.einsum("i,j,k,ijk->", p[:, 0], p[:, 1], p[:, 2], JOINT)
    return expected.detach(), torch.autograd.grad(expected, a)[0]
