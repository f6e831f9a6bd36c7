"""Tensors made from nothing. They depend on no example and stand on the device of the model."""

from __future__ import annotations

from scgc.ir.dims import Dim
from scgc.ir.types import TensorType, real
from scgc.ops import rules
from scgc.ops.declare import Operator
from scgc.ops.signature import Match, Mismatch


def _shaped(match: Match) -> TensorType:
    return real(*rules.dims(match.options["shape"]))


def _arange(match: Match) -> TensorType:
    start, stop = match.options["start"], match.options.get("stop")
    if stop is None:
        return TensorType(kind="int", shape=(rules.dim(start),))
    length = rules.dim(stop) - rules.dim(start)
    if length.value is not None and length.value < 1:
        raise Mismatch("stop", f"an end after {rules.dim(start)}", str(rules.dim(stop)))
    return TensorType(kind="int", shape=(length,))


def _eye(match: Match) -> TensorType:
    n: Dim = rules.dim(match.options["n"])
    return real(n, n)


def _mask(match: Match) -> TensorType:
    return TensorType(kind="bool", shape=(rules.dim(match.options["size"]),))


def _length(match: Match) -> TensorType:
    return TensorType(kind="int")


OPERATORS = (
    Operator(
        "mask(size : dim) -> bool[]",
        doc="Which entries along an axis of a length that differs between examples are an example's own.",
        example="mask(3)",
        torch=lambda low: low.mask("size"),
        result=_mask,
        derivative=(),
    ),
    Operator(
        "length(size : dim) -> int[]",
        doc="A length that differs between examples, as a number; written by its name.",
        example="length(3)",
        torch=lambda low: low.length("size"),
        result=_length,
        derivative=(),
    ),
    Operator(
        "zeros(shape... : dim) -> real[]",
        doc="Zeros.",
        example="zeros(2, 3)",
        torch="torch.zeros({shape}, device={device})",
        result=_shaped,
    ),
    Operator(
        "ones(shape... : dim) -> real[]",
        doc="Ones.",
        example="ones(2, 3)",
        torch="torch.ones({shape}, device={device})",
        result=_shaped,
    ),
    Operator(
        "eye(n : dim) -> real[n, n]",
        doc="The identity matrix.",
        example="eye(3)",
        torch="torch.eye({n}, device={device})",
        result=_eye,
    ),
    Operator(
        "arange(start : dim, stop : dim = none) -> int[]",
        doc="The integers from start (or 0) up to, without, the last argument.",
        example="arange(3)",
        torch=lambda low: (
            f"torch.arange({{start}}{', {stop}' if low.given('stop') else ''}, device={{device}})"
        ),
        result=_arange,
    ),
    Operator(
        "active(values : int[*s], m : dim) -> bool[*s, m]",
        doc="Which of m categories a factor with fewer values uses: the nearest to as many points at equal"
        " distances, the first and the last among them; all for 0 values, of a factor that is continuous"
        " (thesis 5.4.3).",
        example="active(arange(2, 5), 7)",
        torch="active({values}, {m})",
        derivative=(),
    ),
    Operator(
        "linspace(start : number, stop : number, n : dim) -> real[n]",
        doc="n numbers at equal distances from start to stop, both included.",
        example="linspace(-1, 1, 5)",
        torch="torch.linspace({start}, {stop}, {n}, device={device})",
        same=("n",),
    ),
)
