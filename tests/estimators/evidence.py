"""How the tests here decide that a random gradient has the right expectation."""

import torch
from torch import Tensor


def rows(values: list[float] | Tensor, n: int) -> Tensor:
    """n copies of a parameter: each row gets a gradient of its own, an independent estimate."""
    return torch.as_tensor(values, dtype=torch.float64).expand(n, *torch.as_tensor(values).shape).clone()


def assert_mean(estimates: Tensor, exact: Tensor, errors: float = 5.0) -> None:
    """The mean over the first axis lies within so many standard errors of `exact`, entry by entry."""
    n = estimates.shape[0]
    mean, error = estimates.mean(0), estimates.std(0) / n**0.5
    off = (mean - exact).abs()
    assert (off <= errors * error + 1e-12).all(), f"mean {mean}, exact {exact}, standard error {error}"
    # otherwise nothing was tested
    assert (error < 0.2 * exact.abs().max()).all(), f"too noisy: {error} for {exact}"
