"""What the `result` functions of declarations share: reading options out of a `Match`.

A `result` function says a type that the signature's notation cannot; it raises `Mismatch` where the options
do not fit the argument.
"""

from __future__ import annotations

from collections.abc import Callable

from scgc.ir.dims import Dim
from scgc.ir.graph import DimOption, Option
from scgc.ir.types import Kind, TensorType
from scgc.ops.signature import Match, Mismatch


def integer(match: Match, slot: str) -> int | None:
    """An option whose value is known now, None where it is not given. Raises Mismatch."""
    option = match.options.get(slot)
    if isinstance(option, DimOption):
        value = option.dim.substitute(match.known).value
        if value is None:
            raise Mismatch(slot, "a number known before the data", str(option.dim), "the data comes later")
        return value
    assert option is None or isinstance(option, int), option
    return option


def dim(option: Option) -> Dim:
    """A dimension given as an option."""
    if isinstance(option, DimOption):
        return option.dim
    assert isinstance(option, int), option
    return Dim.of(option)


def dims(option: Option) -> tuple[Dim, ...]:
    """The dimensions of a variadic slot."""
    return tuple(dim(o) for o in option) if isinstance(option, tuple) else (dim(option),)


def axis(match: Match, slot: str, rank: int) -> int | None:
    """An axis counted from the front of a shape of that rank; None where it is not given. Raises Mismatch."""
    found = integer(match, slot)
    if found is None:
        return None
    if not -rank <= found < rank:
        raise Mismatch(slot, f"an axis below {rank}", str(found), f"there are {rank} axes")
    return found % rank


def without(shape: tuple[Dim, ...], position: int) -> tuple[Dim, ...]:
    """A shape less one axis."""
    return shape[:position] + shape[position + 1 :]


def replaced(shape: tuple[Dim, ...], position: int, size: Dim) -> tuple[Dim, ...]:
    """A shape with one axis of another size."""
    return (*shape[:position], size, *shape[position + 1 :])


def inserted(shape: tuple[Dim, ...], position: int, size: Dim) -> tuple[Dim, ...]:
    """A shape with one axis more."""
    return (*shape[:position], size, *shape[position:])


def product(shape: tuple[Dim, ...]) -> Dim:
    """The number of elements."""
    total = Dim.of(1)
    for size in shape:
        total *= size
    return total


def reduced(kind: Kind = "real") -> Callable[[Match], TensorType]:
    """The result of a reduction over `axis`, or over every axis where none is given."""

    def result(match: Match) -> TensorType:
        x = match.tensor("x")
        position = axis(match, "axis", len(x.shape))
        shape = () if position is None else without(x.shape, position)
        return TensorType(kind=kind, shape=shape)

    return result


def chosen(result: Callable[[Match], TensorType], slot: str = "x") -> Callable[[Match], TensorType]:
    """The same result, where `where` is a mask of `slot`: of its shape, or along the reduced axis."""

    def checked(match: Match) -> TensorType:
        type_ = result(match)
        found, x = match.types.get("where"), match.types[slot]
        if isinstance(found, TensorType) and isinstance(x, TensorType):
            at = axis(match, "axis", len(x.shape)) if "axis" in match.options else None
            along = at is not None and len(found.shape) == 1 and match.equal(found.shape[0], x.shape[at])
            joined = match.broadcast(x.shape, found.shape)
            whole = joined is not None and len(joined) == len(x.shape)
            if not along and not (whole and joined and all(map(match.equal, joined, x.shape))):
                raise Mismatch("where", f"a truth value for each element of {x}", str(found), "no mask of it")
        return type_

    return checked
