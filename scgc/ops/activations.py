"""Activation functions, under PyTorch's names."""

from __future__ import annotations

from scgc.ops.declare import Operator


def _activation(name: str, doc: str, torch: str, scalar: str | None = None) -> Operator:
    return Operator(
        f"{name}(x : real[*s]) -> real[*s]",
        doc=doc,
        example=f"{name}(ones(2, 3))",
        torch=torch,
        scalar=scalar,
    )


OPERATORS = (
    _activation("relu", "x where positive, else 0.", "F.relu({x})", "max(0.0, {x})"),
    _activation("gelu", "x times the normal distribution function at x.", "F.gelu({x})"),
    _activation("silu", "x times sigmoid(x).", "F.silu({x})"),
    _activation("sigmoid", "1 / (1 + exp(-x)).", "{x}.sigmoid()", "1 / (1 + math.exp(-{x}))"),
    _activation("log_sigmoid", "The logarithm of sigmoid(x).", "F.logsigmoid({x})"),
    _activation("tanh", "The hyperbolic tangent.", "{x}.tanh()", "math.tanh({x})"),
    _activation("softplus", "log(1 + exp(x)).", "F.softplus({x})"),
    Operator(
        "leaky_relu(x : real[*s], negative_slope : number = 0.01) -> real[*s]",
        doc="x where positive, else x times a small slope.",
        example="leaky_relu(ones(2, 3))",
        torch="F.leaky_relu({x}, negative_slope={negative_slope})",
    ),
    Operator(
        "elu(x : real[*s], alpha : number = 1) -> real[*s]",
        doc="x where positive, else alpha * (exp(x) - 1).",
        example="elu(ones(2, 3))",
        torch="F.elu({x}, alpha={alpha})",
    ),
)
