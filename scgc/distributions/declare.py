"""How a distribution is declared; see `ops/declare.py` for the notation of signatures.

One file a distribution, found by the registry. The result of a signature is the type of a draw; leading axes
`*s` are independent elements (a plate).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import Literal

from scgc.declared import Limits
from scgc.record import Record
from scgc.syntax import ast


class Distribution(Record):
    """A family of distributions.

    signatures: its parametrisations with the constructor each becomes, the usual one first, for example
        {"Normal(mean : real[*s], std : real[*s]) -> real[*s]": "Normal({mean}, {std})"}.
    support: what its draws can be; "finite" ones can be enumerated, "structure" is
        a set too large for that.
    reparameterised: whether draws are a differentiable function of the parameters (pathwise gradients).
    values: how many values an element of a draw has, where they can be listed (the class then has `count` and
        `values()`): in terms of the categories (`size`), the length of its last axis, options and parameters.
    uniform: the constructor of the uniform distribution of the same family and shape, for `prior uniform`, in
        terms of the signature's names (slots and bound dims); None where there is none.
    moving: whether parameters move the ends of the support. The score of a draw knows nothing of that:
        where the parameters are learned, gradients pass its draws by their values only.
    limits: what parameters that are plain numbers in the text may be.
    padding: what is written, by slot, into the padding of axes that a signature names.
    """

    name: str
    signatures: dict[str, str]
    support: Literal["finite", "count", "real", "positive", "unit", "simplex", "structure"]
    reparameterised: bool
    doc: str
    example: str
    values: str = ""
    uniform: str | None = None
    moving: bool = False
    limits: Limits = field(default_factory=dict)
    padding: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def parsed(self) -> tuple[ast.Signature, ...]:
        from scgc.syntax.parse import parse_signature

        return tuple(parse_signature(text) for text in self.signatures)
