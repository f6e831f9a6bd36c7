"""Names in the generated code: the program's own as far as Python and PyTorch leave them free."""

from __future__ import annotations

import ast
import keyword
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

import scgc
from scgc.estimators import estimators
from scgc.ir.graph import shown

BUILTINS = frozenset(
    [
        "super",
        "tuple",
        "float",
        "int",
        "str",
        "dict",
        "bool",
        "range",
        "min",
        "max",
        "abs",
        "round",
        "None",
        "True",
        "False",
        "self",
        "property",
        "len",
    ]
)
"""Of Python's built-in names those that generated code uses."""

MODULES = frozenset(["torch", "F", "nn", "math", "Tensor", "NamedTuple", "ClassVar", "Distribution"])
"""Names that generated modules import beside those of `scgc.runtime`."""

MEMBERS = frozenset(
    [
        "T_destination",
        "add_module",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
        "sampling",
        "mode",
        "program",
        "inputs",
        "fields",
        "losses",
        "metrics",
        "schedules",
        "players",
        "trained_by",
        "nodes",
        "generated",
        "generate",
        "sizes",
        "data_dims",
        "Output",
        "advance",
        "schedule_values",
        "set_sampling",
        "close",
        "sample",
        "reset_parameters",
    ]
)
"""Attributes of nn.Module, scgc.runtime.Model and the generated class."""

TUPLE_MEMBERS = frozenset(("count", "index", "loss"))
"""Names that a field of the output cannot have."""


@cache
def runtime_names() -> frozenset[str]:
    """All that `scgc.runtime` gives out, read from its text, since importing it would import torch."""
    text = (Path(scgc.__file__).parent / "runtime" / "__init__.py").read_text(encoding="utf-8")
    (given,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    return frozenset(given) | {e.draw for e in estimators().values()}


class Names:
    """One scope: gives out names that nothing else in it has. numbers: the next of those tried for a name."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.taken = set(reserved)
        self.numbers: dict[str, int] = {}

    def new(self, wanted: str, but: Collection[str] = ()) -> str:
        """`wanted`, or with an underscore or a number behind it; none of `but`."""
        base = identifier(wanted)
        if not self._free(base, but):
            return self._numbered(f"{base}_", but)
        self.taken.add(base)
        return base

    def numbered(self, wanted: str) -> str:
        """`wanted`, or with 2, 3, ... behind it."""
        return self._numbered(wanted, ())

    def _numbered(self, wanted: str, but: Collection[str]) -> str:
        found, number = wanted, self.numbers.get(wanted, 2)
        while not self._free(found, but):
            found, number = f"{wanted}{number}", number + 1
        self.numbers[wanted] = number
        self.taken.add(found)
        return found

    def _free(self, name: str, but: Collection[str]) -> bool:
        return name not in self.taken and name not in but and not keyword.iskeyword(name)

    def inner(self, reserved: Iterable[str] = ()) -> Names:
        """A scope inside this one."""
        return Names(self.taken | set(reserved))


def identifier(name: str) -> str:
    """A dotted name of the program as one Python identifier, as Python itself would normalise it."""
    text = unicodedata.normalize("NFKC", shown(name).replace(".", "_").replace("%", "call"))
    return text.lstrip("_") or "value"


def class_name(path: str) -> str:
    """`spread/forth` -> `SpreadForth`."""
    words = [w for part in path.split("/") for w in part.split("_") if w]
    return unicodedata.normalize("NFKC", "".join(w[0].upper() + w[1:] for w in words)) or "Net"
