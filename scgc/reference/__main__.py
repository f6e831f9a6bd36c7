"""`python -m scgc.reference docs`: write the generated documents into a folder.

Run it at the top of a checkout: the diagnostics are shown with the wrong programs of `tests/golden/err`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scgc.reference import DOCUMENTS


def main(arguments: list[str]) -> int:
    """Write every document; gives the exit code."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m scgc.reference FOLDER", file=sys.stderr)
        return 2
    for name, document in DOCUMENTS.items():
        path = Path(arguments[0]) / name
        path.write_text(document(), encoding="utf-8", newline="\n")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
