"""Expression trees to text on one line, in the style of `ruff format`."""

from __future__ import annotations

import ast

_BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.BitOr: ("|", 6),
    ast.BitAnd: ("&", 8),
    ast.Add: ("+", 10),
    ast.Sub: ("-", 10),
    ast.Mult: ("*", 11),
    ast.Div: ("/", 11),
    ast.FloorDiv: ("//", 11),
    ast.Mod: ("%", 11),
    ast.MatMult: ("@", 11),
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _UNARY, _POWER, _ATOM = 1, 2, 3, 4, 5, 12, 13, 15


def flat(tree: ast.expr) -> str:
    """The expression on one line."""
    return _text(tree, 0)


def _text(tree: ast.expr, outer: int) -> str:
    text, level = _leveled(tree)
    return f"({text})" if level < outer else text


def _leveled(tree: ast.expr) -> tuple[str, int]:
    """Text and how tightly it holds together."""
    match tree:
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base, exponent = _text(left, _POWER + 1), _text(right, _UNARY)
            tight = _short_operand(left) and _short_operand(right)
            return (f"{base}**{exponent}" if tight else f"{base} ** {exponent}"), _POWER
        case ast.BinOp(left=left, op=op, right=right):
            sign, level = _BINARY[type(op)]
            return f"{_text(left, level)} {sign} {_text(right, level + 1)}", level
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"not {_text(operand, _NOT)}", _NOT
        case ast.UnaryOp(op=op, operand=operand):
            sign = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}[type(op)]
            return sign + _text(operand, _UNARY), _UNARY
        case ast.BoolOp(op=op, values=values):
            word, level = ("and", _AND) if isinstance(op, ast.And) else ("or", _OR)
            return f" {word} ".join(_text(v, level + 1) for v in values), level
        case ast.Compare(left=left, ops=ops, comparators=rights):
            parts = [_text(left, _COMPARISON + 1)]
            for sign_, right in zip(ops, rights, strict=True):
                parts += [_COMPARE[type(sign_)], _text(right, _COMPARISON + 1)]
            return " ".join(parts), _COMPARISON
        case ast.IfExp(test=test, body=body, orelse=orelse):
            inner = _CONDITIONAL + 1
            return f"{_text(body, inner)} if {_text(test, inner)} else {flat(orelse)}", _CONDITIONAL
        case _:
            return _atom(tree), _ATOM


def _atom(tree: ast.expr) -> str:
    match tree:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=str(value)):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case ast.Constant(value=value):
            return "..." if value is Ellipsis else repr(value)
        case ast.Attribute(value=ast.Constant(value=int()), attr=attr):
            return f"({_text(tree.value, 0)}).{attr}"
        case ast.Attribute(value=value, attr=attr):
            return f"{_text(value, _ATOM)}.{attr}"
        case ast.Call(func=func):
            return f"{_text(func, _ATOM)}({', '.join(arguments(tree))})"
        case ast.Subscript(value=value, slice=item):
            inner = item.elts if isinstance(item, ast.Tuple) else [item]
            comma = "," if isinstance(item, ast.Tuple) and len(inner) == 1 else ""
            return f"{_text(value, _ATOM)}[{', '.join(map(_subscript, inner))}{comma}]"
        case ast.Tuple(elts=elts):
            return f"({', '.join(map(flat, elts))}{',' if len(elts) == 1 else ''})"
        case ast.List(elts=elts):
            return f"[{', '.join(map(flat, elts))}]"
        case ast.Starred(value=value):
            return f"*{_text(value, _ATOM)}"
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return "{" + ", ".join(f"{flat(k)}: {flat(v)}" for k, v in pairs if k) + "}"
        case ast.GeneratorExp():
            return ast.unparse(tree)
        case _:
            raise AssertionError(ast.dump(tree))


def arguments(tree: ast.Call) -> list[str]:
    """The arguments of a call, one text each."""
    if len(tree.args) == 1 and isinstance(tree.args[0], ast.GeneratorExp) and not tree.keywords:
        return [flat(tree.args[0])[1:-1]]
    return [flat(a) for a in tree.args] + [f"{k.arg}={flat(k.value)}" for k in tree.keywords]


def _subscript(tree: ast.expr) -> str:
    if not isinstance(tree, ast.Slice):
        return flat(tree)
    ends = [tree.lower, tree.upper]
    spaced = any(e is not None and (isinstance(e, ast.Attribute) or not _short_operand(e)) for e in ends)
    lower, upper = ("" if e is None else flat(e) for e in ends)
    if not spaced:
        return f"{lower}:{upper}"
    return f"{lower}{' ' if lower else ''}:{' ' if upper else ''}{upper}"


def _short_operand(tree: ast.expr) -> bool:
    """What ruff sets without spaces around `**` and `:`."""
    match tree:
        case ast.Attribute(value=value):
            return _short_operand(value) and not isinstance(value, ast.Constant)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand):
            return isinstance(operand, ast.Name | ast.Constant | ast.Attribute)
        case _:
            return isinstance(tree, ast.Name | ast.Constant)
