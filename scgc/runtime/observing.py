"""What the stochastic nodes of a module draw, and from what, for whoever looks on.

Only modules that are emitted to be observed (`emit(..., observed=True)`) tell it; those that train hold no
line of this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.distributions import Distribution


@dataclass(frozen=True)
class Seen:
    """One draw. node: as `--set` names it, `digit.z`. q: the distribution, before it was expanded over the
    batch. value: what was drawn, with the axes that the estimator added in front."""

    node: str
    q: Distribution
    value: Tensor


_SEEN: ContextVar[list[Seen] | None] = ContextVar("seen", default=None)


@contextmanager
def observing() -> Iterator[list[Seen]]:
    """Every draw of a node within the context, in order."""
    seen: list[Seen] = []
    before = _SEEN.set(seen)
    try:
        yield seen
    finally:
        _SEEN.reset(before)


def observed(node: str, draw: Callable[..., Any], q: Distribution | None = None) -> Callable[..., Any]:
    """The function `draw` of an estimator, which also tells what it drew for a node; q: unexpanded."""

    def drawn(given: Distribution, **options: Any) -> Any:
        result = draw(given, **options)
        seen = _SEEN.get()
        if seen is not None:
            value = result[0] if isinstance(result, tuple) else result
            seen.append(Seen(node, given if q is None else q, value))
        return result

    return drawn
