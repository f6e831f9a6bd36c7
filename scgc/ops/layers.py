"""Layers: operators that own parameters, and the pooling and dropout that go with them.

Images are [channels, height, width]; kernels, strides and paddings are square. Options that stand at their
default, which is PyTorch's, are left out of the generated code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scgc.declared import COUNT, PROBABILITY, SIZE
from scgc.ir.types import TensorType, real
from scgc.ops import rules
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, Mismatch

if TYPE_CHECKING:
    from scgc.emit.lowering import Lowering


def _pooled(match: Match) -> TensorType:
    x, kernel = match.tensor("x"), rules.dim(match.options["kernel"])
    stride = kernel if match.options.get("stride") is None else rules.dim(match.options["stride"])
    padding = rules.dim(match.options.get("padding", 0))
    over = (kernel - padding * 2).substitute(match.known).value
    if over is not None and over < 0:
        raise Mismatch("padding", f"at most half of the kernel, {kernel}", str(padding), "see PyTorch")
    sizes = ((d + padding * 2 - kernel) // stride + 1 for d in x.shape[-2:])
    return x.with_shape((*x.shape[:-2], *sizes))


def _embedded(match: Match) -> TensorType:
    x = match.tensor("x")
    if x.size is None:
        raise Mismatch("x", "class(v)[*s]", str(x), "integers have no number of classes")
    return real(*x.shape, rules.dim(match.options["out"]))


def _images(function: str, options: str = "") -> Callable[[Lowering], str]:
    """A function of one image or of a batch of them, on any number of leading axes."""
    tail = f", {options})" if options else ")"

    def lower(low: Lowering) -> str:
        if low.lead("x") <= 1 and low.rank("x") == 3:
            return f"{function}({{x}}{tail}"
        return f"over_leading({function}, {{x}}, 3{tail}"

    return lower


def _linear(low: Lowering) -> str:
    """Of values that are joined while their dimensions in front differ, the sum of what it makes of each."""
    parts = low.joined("x")
    return f"linear_of({{layer}}, {parts})" if parts else "{layer}({x})"


def _dropout(low: Lowering) -> str:
    """Ours where a computation is done twice and must have the same mask."""
    function = "dropout" if low.around.repeated else "F.dropout"
    return f"{function}({{x}}, {{p}}, training=self.training)"


def _sequence(low: Lowering) -> str:
    """A recurrent layer over the last two axes: steps, then features. Padding comes last, so that it changes
    nothing before it."""
    if low.lead("x") <= 1:
        return "{layer}({x})[0]"
    return "over_leading({layer}, {x}, 2)"


def _cell(low: Lowering) -> str:
    plain = low.lead("x") == low.lead("h") <= 1 and low.rank("x") == low.rank("h") == 1
    return "{layer}({x}, {h})" if plain else "recurrent({layer}, {x}, {h})"


_WINDOW = {"kernel": SIZE, "stride": SIZE, "padding": COUNT}

OPERATORS = (
    Operator(
        "linear(x : real[*s, n], out : dim, bias : flag = true) -> real[*s, out]",
        doc="A learned linear map of the last axis.",
        example="linear(ones(2, 3), 5)",
        torch=_linear,
        layer="Linear({n}, {out}, bias={bias})",
        weights="n * out",
    ),
    Operator(
        "conv(x : real[*s, c, h, w], out : dim, kernel : dim, stride : dim = 1, padding : dim = 0,"
        " bias : flag = true) -> real[*s, out, (h + 2 * padding - kernel) / stride + 1,"
        " (w + 2 * padding - kernel) / stride + 1]",
        doc="A learned convolution of images with `out` channels.",
        example="conv(ones(2, 11, 13), 3, kernel = 5, padding = 1)",
        torch=_images("{layer}"),
        layer="nn.Conv2d({c}, {out}, kernel_size={kernel}, stride={stride}, padding={padding}, bias={bias})",
        weights="c * out * kernel * kernel",
        limits=_WINDOW,
    ),
    Operator(
        "deconv(x : real[*s, c, h, w], out : dim, kernel : dim, stride : dim = 1, padding : dim = 0,"
        " bias : flag = true) -> real[*s, out, (h - 1) * stride - 2 * padding + kernel,"
        " (w - 1) * stride - 2 * padding + kernel]",
        doc="A learned transposed convolution of images with `out` channels.",
        example="deconv(ones(2, 5, 7), 3, kernel = 4, stride = 2, padding = 1)",
        torch=_images("{layer}"),
        layer="ConvTranspose2d({c}, {out}, kernel_size={kernel}, stride={stride}, padding={padding},"
        " bias={bias})",
        weights="c * out * kernel * kernel",
        limits=_WINDOW,
    ),
    Operator(
        "maxpool(x : real[*s, c, h, w], kernel : dim, stride : dim = none, padding : dim = 0) -> real[]",
        doc="The largest number of every window; windows touch where no stride is given.",
        example="maxpool(ones(2, 11, 13), 3)",
        torch=_images("max_pool2d", "{kernel}, stride={stride}, padding={padding}"),
        result=_pooled,
        limits=_WINDOW,
    ),
    Operator(
        "avgpool(x : real[*s, c, h, w], kernel : dim, stride : dim = none, padding : dim = 0) -> real[]",
        doc="The mean of every window; windows touch where no stride is given.",
        example="avgpool(ones(2, 11, 13), 3)",
        torch=_images("F.avg_pool2d", "{kernel}, stride={stride}, padding={padding}"),
        result=_pooled,
        limits=_WINDOW,
    ),
    Operator(
        "embedding(x : class(v)[*s], out : dim) -> real[*s, out]",
        doc="A learned vector for every class.",
        example="embedding(argmax(ones(2, 3)), 5)",
        torch="{layer}({x})",
        layer="nn.Embedding({v}, {out})",
        weights="v * out",
        result=_embedded,
        derivative=(),
    ),
    Operator(
        "layernorm(x : real[*s, n]) -> real[*s, n]",
        doc="The last axis normalised, with learned scale and shift.",
        example="layernorm(ones(2, 3))",
        torch="{layer}({x})",
        layer="nn.LayerNorm({n})",
    ),
    Operator(
        "batchnorm(x : real[n]) -> real[n]",
        doc="Every number normalised over the batch, with learned scale and shift.",
        example="batchnorm(ones(3))",
        torch=lambda low: "{layer}({x})" if low.lead("x") == 1 else "over_leading({layer}, {x}, 1)",
        layer="nn.BatchNorm1d({n})",
        across=True,
    ),
    Operator(
        "batchnorm(x : real[c, h, w]) -> real[c, h, w]",
        doc="Every channel normalised over the batch and its pixels, with learned scale and shift.",
        example="batchnorm(ones(2, 3, 5))",
        torch=lambda low: "{layer}({x})" if low.lead("x") == 1 else "over_leading({layer}, {x}, 3)",
        layer="nn.BatchNorm2d({c})",
        across=True,
    ),
    Operator(
        "lstm(x : real[*s, n, d], out : dim) -> real[*s, n, out]",
        doc="The outputs of a long short-term memory over the steps n, from the first to the last.",
        example="lstm(ones(5, 3), 7)",
        torch=_sequence,
        layer="nn.LSTM({d}, {out}, batch_first=True)",
        weights="4 * out * (d + out)",
        untouched=("n",),
        nonempty=True,
    ),
    Operator(
        "gru(x : real[*s, n, d], out : dim) -> real[*s, n, out]",
        doc="The outputs of a gated recurrent unit over the steps n, from the first to the last.",
        example="gru(ones(5, 3), 7)",
        torch=_sequence,
        layer="nn.GRU({d}, {out}, batch_first=True)",
        weights="3 * out * (d + out)",
        untouched=("n",),
        nonempty=True,
    ),
    Operator(
        "gru_cell(x : real[*s, n], h : real[*s, m]) -> real[*s, m]",
        doc="One step of a gated recurrent unit: the next state from input x and state h.",
        example="gru_cell(ones(2, 3), ones(2, 5))",
        torch=_cell,
        layer="GRUCell({n}, {m})",
        weights="3 * m * (n + m)",
    ),
    Operator(
        "dropout(x : real[*s], p : number = 0.5) -> real[*s]",
        doc="In training, elements set to 0 with probability p and the rest scaled up to keep the mean.",
        example="dropout(ones(2, 3), 0.1)",
        torch=_dropout,
        draws=True,
        limits={"p": PROBABILITY},
    ),
)
