"""What may stand at a place, from the tokens in front of it: that text need not be a program yet.

One walk from the beginning keeps the open brackets, each with what stands in front of it, and the word of the
grammar that rules the place (`via`, `=`, `|>`, ...).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

Expected = Literal[
    "statement", "setting", "value", "function", "distribution", "prior", "estimator", "initialiser", "type",
    "dim", "schedule", "argument", "member", "data", "optimizer", "reducer", "measure", "select", "rate",
    "variants", "file", "nothing",
]  # fmt: skip

_TOKEN = re.compile(
    r'(?P<comment>#[^\n]*)|(?P<text>"[^"\n]*"?)|(?P<number>\d[\w.]*)|(?P<name>[^\W\d]\w*)'
    r"|(?P<sign>\|>|<-|->|<=|>=|==|!=|[^\s\w])"
)
RULED: dict[str, Expected] = {
    "~": "distribution", "via": "estimator", "prior": "prior", "init": "initialiser", "|>": "function",
    ":": "type", "->": "type", "per": "rate", "dim": "nothing", "size": "nothing", "input": "nothing",
    "param": "nothing", "program": "nothing", "net": "nothing", "fn": "nothing", "loss": "nothing",
    "metric": "nothing", "schedule": "nothing", "evaluate": "nothing", "variant": "nothing", "for": "nothing",
    "use": "nothing", "optional": "statement",
}  # fmt: skip
"""What follows a word or sign outside of brackets and blocks of settings."""
SETTINGS: dict[str, Expected] = {
    "data": "data", "optimizer": "optimizer", "reduce_lr": "reducer", "report": "measure", "select": "select",
    "via": "estimator", "prior": "prior", "variant": "variants",
}  # fmt: skip
"""What a setting holds, by the last word of its key."""
BLOCKS = ("train", "evaluate", "variant", "sweep")
DECLARATORS = (
    "program", "use", "dim", "size", "input", "param", "net", "fn", "extern", "schedule", "loss", "metric",
    "for", "if", "return", "halt", *BLOCKS,
)  # fmt: skip


@dataclass
class Frame:
    """A bracket that is open, or the program: what stands in front of it, and what has come since.

    opener: "" for the program. head: for "(" the name called, for "{" the word of the block or the name of
    the net. inherits: what was expected where a bracket was opened. statement: the declarator or sign of the
    statement. tokens: since the opener.
    """

    opener: str = ""
    head: str = ""
    inherits: Expected = "statement"
    statement: str = ""
    key: str = ""
    tokens: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Context:
    """A place. typed: the part of a word in front of it. call, role: the call whose argument stands here, and
    what it is a call of. option: the argument's name. base: what stands in front of a dot. block, key: the
    block of settings around, and the setting. nets: the nets around."""

    expects: Expected
    typed: str = ""
    call: str = ""
    role: Expected = "function"
    option: str = ""
    base: str = ""
    block: str = ""
    key: str = ""
    nets: tuple[str, ...] = ()


def context(text: str, offset: int) -> Context:
    """What may stand at an offset of a text."""
    frames, last = [Frame()], ""
    typed, begin = _word(text, offset)
    for match in _TOKEN.finditer(text, 0, begin):
        if match.lastgroup == "comment" and match.end() == begin and "\n" not in text[begin - 1 : begin]:
            return Context("nothing")
        if match.lastgroup == "text" and match.end() == begin and (len(match[0]) == 1 or match[0][-1] != '"'):
            return Context("file" if last == "use" else "nothing", typed=match[0][1:] + typed)
        if match.lastgroup != "comment":
            _step(frames, match)
            last = match[0]
    return _context(frames, typed)


def _word(text: str, offset: int) -> tuple[str, int]:
    begin = offset
    while begin > 0 and (text[begin - 1].isalnum() or text[begin - 1] == "_"):
        begin -= 1
    return text[begin:offset], begin


def _step(frames: list[Frame], match: re.Match[str]) -> None:
    token, frame = match[0], frames[-1]
    if token in "([{":
        frames.append(_opened(frames, token))
        return
    if token in ")]}":
        if len(frames) > 1:
            frames.pop()
        token = "}" if token == "}" else ")"
        frames[-1].tokens.append(token)
        if token == "}":
            frames[-1].statement = ""
        return
    _rule(frame, token)
    frame.tokens.append(token)


def _rule(frame: Frame, token: str) -> None:
    """Follow the statements of a block, and the settings of one of settings."""
    if frame.opener in ("(", "["):
        return
    before = frame.tokens[-1] if frame.tokens else ""
    if frame.head in BLOCKS and frame.opener:
        if token == "=":
            frame.key = before
    elif token in DECLARATORS and not (before in DECLARATORS and before not in ("extern", "halt")):
        frame.statement = token
    elif token in ("=", "~", "<-") and (len(frame.tokens) < 2 or _operand(frame.tokens[-2])):
        frame.statement = token  # what stands before the name can end a statement


def _operand(token: str) -> bool:
    """Whether an expression may end with this token."""
    if token in ("}", ")", "'", "optional") or token[-1:] == '"':
        return True
    word = token[:1].isalnum() or token[:1] == "_"
    return word and token not in RULED and token not in DECLARATORS and token not in OPERATORS


OPERATORS = ("and", "or", "not", "observe", "where", "when", "in", "return", "else")


def _opened(frames: list[Frame], opener: str) -> Frame:
    frame = frames[-1]
    before = frame.tokens[-1] if frame.tokens else ""
    expected = _expected(replace(frame, tokens=frame.tokens[:-1]) if before and opener == "(" else frame)
    if opener == "{":
        words = [t for t in frame.tokens if t in ("net", "fn", *BLOCKS)]
        head = words[-1] if words and frame.statement in ("net", "fn", *BLOCKS) else ""
        if head in ("net", "fn"):
            at = len(frame.tokens) - 1 - frame.tokens[::-1].index(head)
            head = f"net {frame.tokens[at + 1]}" if at + 1 < len(frame.tokens) else "net "
        return Frame("{", head)
    if opener == "(" and len(frame.tokens) > 1 and frame.tokens[-2] in ("net", "fn"):
        return Frame("(", "", "type", "parameters")
    if _in_type(frame):
        return Frame(opener, "", "type", frame.statement)
    head = before if opener == "(" and _operand(before) else ""
    return Frame(opener, head, expected, frame.statement, frame.key)


def _in_type(frame: Frame) -> bool:
    """Whether a bracket opened here is one of a type: `real[` or `class(K)[` behind a colon or arrow."""
    behind = frame.tokens[:-2] if frame.tokens[-1:] == [")"] else frame.tokens[:-1]
    return frame.opener != "[" and behind[-1:] in ([":"], ["->"])


def _context(frames: list[Frame], typed: str) -> Context:
    frame = frames[-1]
    nets = tuple(f.head.removeprefix("net ") for f in frames if f.head.startswith("net "))
    block = next((f.head for f in frames if f.opener == "{" and f.head in BLOCKS), "")
    key = next((f.key for f in reversed(frames) if f.key), "")
    if frame.tokens[-1:] == ["."]:
        return Context("member", typed, base=_base(frame.tokens), block=block, key=key, nets=nets)
    if frame.opener == "(" and frame.head:
        option = frame.tokens[-2] if frame.tokens[-1:] == ["="] and len(frame.tokens) > 1 else ""
        fresh = not frame.tokens or frame.tokens[-1] in (",", "=")
        expects: Expected = "argument" if fresh else _value(frame)
        return Context(expects, typed, frame.head, frame.inherits, option, "", block, key, nets)
    return Context(_expected(frame), typed, block=block, key=key, nets=nets)


def _base(tokens: list[str]) -> str:
    """What stands in front of the last dot: `left`, `outer.inner`."""
    words: list[str] = []
    for token in reversed(tokens):
        if token != "." and words and tokens[len(tokens) - len(words)] != ".":
            break
        words.insert(0, token)
    return "".join(words).strip(".")


def _expected(frame: Frame) -> Expected:
    last = frame.tokens[-1] if frame.tokens else ""
    if frame.opener == "(" and frame.statement == "parameters":
        return "type" if last == ":" else "nothing"
    if frame.opener == "[":
        listed = frame.inherits in ("measure", "estimator", "prior", "variants")
        return frame.inherits if listed else "dim" if frame.inherits == "type" else "value"
    if frame.opener == "(":
        return "dim" if frame.inherits == "type" else _value(frame)
    if frame.opener == "{" and frame.head in BLOCKS:
        if last == "=":
            return SETTINGS.get(frame.key, "value")
        return "rate" if last == "per" else "setting" if not last or _operand(last) else "value"
    if not last or _operand(last):
        return (
            "type" if frame.statement in ("input", "param") and frame.tokens[-2:-1] == [":"] else "statement"
        )
    if last == "," and frame.statement == "input":
        return "nothing"
    return RULED.get(last, _value(frame))


def _value(frame: Frame) -> Expected:
    return {"schedule": "schedule", "dim": "dim", "size": "dim"}.get(frame.statement, "value")  # type: ignore[return-value]
