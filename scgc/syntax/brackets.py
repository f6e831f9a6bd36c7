"""Which bracket closes which, from a rough scan of any text, program or not: for `syntax/errors.py`."""

from __future__ import annotations

import re

from scgc.record import Record

CLOSER = {"(": ")", "[": "]", "{": "}"}
OPENER = {closer: opener for opener, closer in CLOSER.items()}

_SCAN = re.compile(r'#[^\n]*|"[^"\n]*"?|[()\[\]{}]')


class Brackets(Record):
    """The offsets of brackets outside comments and texts.

    closing: the offset that closes an opening bracket, None where nothing does.
    depth: how many brackets are open at an opening bracket, itself included.
    """

    closing: dict[int, int | None]
    depth: dict[int, int]

    def deeper_than(self, limit: int) -> int | None:
        """The offset of the first bracket inside more than `limit` others."""
        return next((offset for offset, depth in self.depth.items() if depth > limit), None)

    def open_at(self, offset: int) -> list[int]:
        """The opening brackets before an offset that are not closed before it, outermost first."""
        return [o for o, c in self.closing.items() if o < offset and (c is None or c >= offset)]


def scan(text: str) -> Brackets:
    """Match the brackets of a text. A closing brace closes whatever was left open inside of it."""
    closing: dict[int, int | None] = {}
    stack: list[tuple[str, int]] = []
    depth: dict[int, int] = {}
    for match in _SCAN.finditer(text):
        sign, offset = match[0], match.start()
        if sign in CLOSER:
            stack.append((sign, offset))
            closing[offset] = None
            depth[offset] = len(stack)
        elif sign in OPENER:
            if sign == "}" and any(opener == "{" for opener, _ in stack):
                while stack[-1][0] != "{":
                    stack.pop()
            if stack and stack[-1][0] == OPENER[sign]:
                closing[stack.pop()[1]] = offset
    return Brackets(closing, depth)
