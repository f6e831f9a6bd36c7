"""Numbers and ranks where PyTorch is particular about them."""

from __future__ import annotations

import ast as py

from scgc.emit import expressions


def with_axes(tree: py.expr, rank: int, count: int) -> py.expr:
    """With `count` axes of length 1 in front of the last `rank`."""
    if count <= 0:
        return tree
    if rank == 0:
        return expressions.fill("{x}[..., " + ", ".join(["None"] * count) + "]", {"x": tree})
    for _ in range(count):
        tree = expressions.fill(f"{{x}}.unsqueeze({-rank - 1})", {"x": tree})
    return tree


def tensor_of(tree: py.expr, device: py.expr | None) -> py.expr:
    """A number as a tensor."""
    if device is None:
        return expressions.call("torch.tensor", tree)
    return expressions.call("torch.tensor", tree, device=device)


_NUMBERS_WELCOME = ("cross_entropy", "nll_loss", "dropres", "torch.where", "min", "max")


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
