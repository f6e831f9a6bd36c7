"""`python -m scgc.highlighting FILE`: write the TextMate grammar; that of `editors/vscode` is tested."""

from __future__ import annotations

import sys
from pathlib import Path

from scgc.highlighting.textmate import grammar


def main(arguments: list[str]) -> int:
    """Gives the exit code."""
    if len(arguments) != 1:
        print("usage: python -m scgc.highlighting FILE", file=sys.stderr)
        return 2
    Path(arguments[0]).write_text(grammar(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
