"""How parameters start: what may follow `init`, under the names of `torch.nn.init`."""

from __future__ import annotations

from functools import cache

from scgc.declared import COUNT, Above, Declared


class Init(Declared):
    """An initialiser; `torch` is the call on a parameter `{p}` with its options by name;
    `{last}` is the length of the last axis (1 for a scalar)."""

    torch: str
    doc: str


_ALL = (
    Init(
        "default()",
        "nn.init.uniform_({p}, -1 / math.sqrt({last}), 1 / math.sqrt({last}))",
        "As PyTorch's linear layers: uniform within one over the square root of the last axis.",
    ),
    Init("zeros()", "nn.init.zeros_({p})", "All 0."),
    Init("ones()", "nn.init.ones_({p})", "All 1."),
    Init("constant(value : number)", "nn.init.constant_({p}, {value})", "All the same."),
    Init(
        "normal(mean : number = 0, std : number = 1)",
        "nn.init.normal_({p}, {mean}, {std})",
        "Drawn from a normal distribution.",
        limits={"std": COUNT},
    ),
    Init(
        "uniform(low : number = 0, high : number = 1)",
        "nn.init.uniform_({p}, {low}, {high})",
        "Drawn evenly between two numbers.",
        limits={"high": Above("low")},
    ),
)


@cache
def inits() -> dict[str, Init]:
    """Every initialiser by name."""
    return {i.name: i for i in _ALL}
