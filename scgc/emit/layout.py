"""The module model to text, laid out as `ruff format` would: lines of at most WIDTH columns."""

from __future__ import annotations

import ast
import textwrap

from scgc.emit.module import (
    Assign,
    Blank,
    Class,
    Comment,
    Do,
    For,
    Function,
    If,
    Line,
    Module,
    Return,
)
from scgc.emit.printing import flat

WIDTH = 100
_STEP = " " * 4


def module_text(module: Module) -> str:
    """The whole module."""
    lines = [*docstring(module.doc, ""), ""]
    for group in _import_groups(module.imports):
        lines += [*group, ""]
    for constant in module.constants:
        lines += statement(constant, "")
    if not module.constants:
        lines.pop()
    for part in module.parts:
        lines += ["", ""]
        lines += class_lines(part, "") if isinstance(part, Class) else function(part, "")
    return "\n".join(lines) + "\n"


def _import_groups(imports: list[tuple[str, tuple[str, ...]]]) -> list[list[str]]:
    """Sorted as ruff's isort does: the standard library, then third parties, then scgc."""
    groups: dict[int, list[tuple[bool, str, tuple[str, ...]]]] = {}
    for origin, found in imports:
        top = origin.split(".")[0].split(" ")[0]
        group = {"collections": 0, "math": 0, "typing": 0, "scgc": 2}.get(top, 1)
        groups.setdefault(group, []).append((bool(found), origin, found))
    texts: list[list[str]] = []
    for _, group_ in sorted(groups.items()):
        lines: list[str] = []
        for named, origin, found in sorted(group_):
            if not named:
                lines.append(f"import {origin}")
                continue
            text = f"from {origin} import {', '.join(found)}"
            wrapped = [f"from {origin} import (", *(f"{_STEP}{n}," for n in found), ")"]
            lines += [text] if len(text) <= WIDTH else wrapped
        texts.append(lines)
    return texts


def docstring(text: str, indent: str) -> list[str]:
    """A docstring, wrapped where it is a paragraph that is too long."""
    text = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    if text.endswith('"'):
        text += " "
    room = WIDTH - len(indent) - 3
    if "\n" not in text and len(text) > room - 3:
        room -= 3  # one line has both quotes
    lines = [part for line in text.split("\n") for part in textwrap.wrap(line, room) or [""]]
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    return [
        f'{indent}"""{lines[0]}',
        *(f"{indent}{line}".rstrip() for line in lines[1:]),
        f'{indent}"""',
    ]


def class_lines(part: Class, indent: str) -> list[str]:
    """A class with everything in it."""
    inner = indent + _STEP
    bases = f"({', '.join(part.bases)})" if part.bases else ""
    lines = [f"{indent}class {part.name}{bases}:"]
    blocks: list[list[str]] = []
    if part.doc:
        blocks.append(docstring(part.doc, inner))
    if part.fields:
        blocks.append([f"{inner}{f}" for f in part.fields])
    if part.constants:
        blocks.append([line for c in part.constants for line in statement(c, inner)])
    blocks += [class_lines(c, inner) for c in part.classes]
    blocks += [function(f, inner) for f in part.functions]
    for number, block in enumerate(blocks):
        lines += ([""] if number else []) + block
    return lines


def function(part: Function, indent: str) -> list[str]:
    """A function or method."""
    inner = indent + _STEP
    head, tail = f"{indent}def {part.name}(", f") -> {part.returns}:"
    lines = _bracketed(head, [str(p) for p in part.parameters], tail, indent)
    if part.decorator:
        lines.insert(0, f"{indent}@{part.decorator}")
    if part.doc:
        lines += docstring(part.doc, inner)
    for line in part.body:
        lines += statement(line, inner)
    return lines


def statement(line: Line, indent: str) -> list[str]:
    """One statement."""
    match line:
        case Blank():
            return [""]
        case Comment(text=text):
            return comment(text, indent)
        case Assign():
            targets = (" = " if line.chained else ", ").join(line.targets) + line.annotation
            return comment(line.comment, indent) + expression(f"{targets} = ", line.value, "", indent)
        case Return(value=value):
            return expression("return ", value, "", indent)
        case Do(value=value):
            return comment(line.comment, indent) + expression("", value, "", indent)
        case For(targets=targets, over=over):
            head = f"for {', '.join(targets)} in "
            lines = comment(line.comment, indent) + expression(head, over, ":", indent)
            for inner in line.body:
                lines += statement(inner, indent + _STEP)
            return lines
        case If():
            lines = comment(line.comment, indent) + expression("if ", line.test, ":", indent)
            for inner in line.body:
                lines += statement(inner, indent + _STEP)
            if line.orelse:
                lines.append(f"{indent}else:")
                for inner in line.orelse:
                    lines += statement(inner, indent + _STEP)
            return lines


def comment(text: str, indent: str) -> list[str]:
    """Comment lines, wrapped."""
    if not text:
        return []
    return [f"{indent}# {line}" for line in textwrap.wrap(text, WIDTH - len(indent) - 2)]


def expression(before: str, value: ast.expr, after: str, indent: str) -> list[str]:
    """`before value after`, broken inside brackets where it is too long for a line."""
    text = flat(value)
    bare = before == "return " and isinstance(value, ast.Tuple) and len(value.elts) > 1
    if bare and len(indent + before + text) - 2 <= WIDTH:
        return [indent + before + text[1:-1] + after]
    if len(indent + before + text + after) <= WIDTH:
        return [indent + before + text + after]
    match value:
        case ast.Call(func=func, args=args, keywords=keywords) if args or keywords:
            nodes = [("", a) for a in args] + [(f"{k.arg}=", k.value) for k in keywords]
            return _split(indent + before + flat(func) + "(", nodes, ")" + after, indent)
        case ast.List(elts=elts) if elts:
            return _split(indent + before + "[", [("", e) for e in elts], "]" + after, indent)
        case ast.Tuple(elts=elts) if elts:
            return _split(indent + before + "(", [("", e) for e in elts], ")" + after, indent)
        case ast.Dict(keys=keys, values=values) if keys:
            pairs = [(f"{flat(k)}: ", v) for k, v in zip(keys, values, strict=True) if k]
            return _split(indent + before + "{", pairs, "}" + after, indent, always=True)
        case ast.BinOp(left=left, right=ast.Call() as last) if _rest_fits(value, indent, before):
            sign = flat(ast.BinOp(ast.Name("l"), value.op, ast.Name("r")))[1:-1]
            head = f"{flat(left)}{sign}"
            return expression(before + head, last, after, indent)
        case _ if before:
            return [f"{indent}{before}(", *_operands(value, indent + _STEP), f"{indent}){after}"]
        case _:
            return [indent + text + after]


def _rest_fits(value: ast.BinOp, indent: str, before: str) -> bool:
    """Whether only the last operand, a call, needs to be broken."""
    assert isinstance(value.right, ast.Call)
    if isinstance(value.left, ast.BinOp) or not (value.right.args or value.right.keywords):
        return False
    head = f"{indent}{before}{flat(value.left)} + {flat(value.right.func)}("
    contents = flat(value.right)[len(flat(value.right.func)) + 1 : -1]
    return len(head) <= WIDTH and len(indent + _STEP + contents) <= WIDTH


def _operands(value: ast.expr, indent: str, within: bool = False) -> list[str]:
    """A long sum or product in parentheses: on one line, else one operand a line; `within` one that is."""
    text = flat(value)
    if not isinstance(value, ast.BinOp) or (len(indent + text) <= WIDTH and not within):
        return [indent + text]
    sign = {ast.Add: "+ ", ast.Sub: "- ", ast.Mult: "* ", ast.Div: "/ "}.get(type(value.op), "")
    sums = isinstance(value.op, ast.Add | ast.Sub)
    same = isinstance(value.left, ast.BinOp) and isinstance(value.left.op, ast.Add | ast.Sub) == sums
    left = _operands(value.left, indent, same)
    return [*left, *expression(sign, value.right, "", indent)] if sign else [indent + text]


def _split(
    head: str, nodes: list[tuple[str, ast.expr]], tail: str, indent: str, always: bool = False
) -> list[str]:
    """Brackets on lines of their own: the contents on one line, else one a line with a last comma."""
    inner = indent + _STEP
    together = ", ".join(before + flat(node) for before, node in nodes)
    if len(inner + together) <= WIDTH and not always:
        return [head, inner + together, indent + tail]
    lines = [head]
    for before, node in nodes:
        lines += expression(before, node, ",", inner)
    return [*lines, indent + tail]


def _bracketed(head: str, items: list[str], tail: str, indent: str) -> list[str]:
    """The parameters of a function."""
    together = ", ".join(items)
    if len(head + together + tail) <= WIDTH:
        return [head + together + tail]
    inner = indent + _STEP
    if len(inner + together) <= WIDTH:
        return [head, inner + together, indent + tail]
    return [head, *(f"{inner}{item}," for item in items), indent + tail]
