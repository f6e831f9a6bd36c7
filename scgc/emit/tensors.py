"""Numbers and ranks where PyTorch is particular about them."""

from __future__ import annotations

import ast as py

from scgc.emit import expressions
from scgc.ir.types import TensorType, Type


def with_axes(tree: py.expr, rank: int, count: int) -> py.expr:
    """With `count` axes of length 1 in front of the last `rank`: behind all where that is 0."""
    if count <= 0:
        return tree
    if rank == 0:
        return expressions.fill("{x}[..., " + ", ".join(["None"] * count) + "]", {"x": tree})
    for _ in range(count):
        tree = expressions.fill(f"{{x}}.unsqueeze({-rank - 1})", {"x": tree})
    return tree


def tensor_of(tree: py.expr, device: py.expr | None, type_: Type | None = None) -> py.expr:
    """A number as a tensor; of floats where its type is real."""
    if isinstance(type_, TensorType) and type_.kind in ("real", "bit", "onehot"):
        tree = real_number(tree)
    if device is None:
        return expressions.call("torch.tensor", tree)
    return expressions.call("torch.tensor", tree, device=device)


def real_number(tree: py.expr) -> py.expr:
    """A number that may be whole as one with a fraction."""
    match tree:
        case py.Constant(value=bool() | int() as value):
            return expressions.constant(float(value))
        case py.UnaryOp(op=py.USub(), operand=py.Constant(value=int() as value)):
            return expressions.constant(-float(value))
        case py.Constant(value=float()) | py.UnaryOp(operand=py.Constant(value=float())):
            return tree
        case py.Call(func=py.Name(id="float")):
            return tree
        case _:
            return expressions.call("float", tree)


_NUMBERS_WELCOME = ("cross_entropy", "nll_loss", "torch.tensor", "torch.where", "min", "max")


def needs_tensor(text: str, slot: str) -> bool:
    """Whether a slot of a template stands where PyTorch wants a tensor: before a dot, or as an argument of a
    function (a class takes numbers)."""
    tree = expressions.parse(text.replace("{", "_slot_").replace("}", ""))
    wanted = f"_slot_{slot}"
    for node in py.walk(tree):
        if isinstance(node, py.Attribute) and isinstance(node.value, py.Name) and node.value.id == wanted:
            return True
        if isinstance(node, py.Call) and any(isinstance(a, py.Name) and a.id == wanted for a in node.args):
            function = py.unparse(node.func)
            known = function in _NUMBERS_WELCOME
            return not known and (function.startswith("F.") or not function[0].isupper())
    return False
