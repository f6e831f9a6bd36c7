"""The command line. `main` is the entry point; a command is one file with one call into the library.

Exit codes: 0 all is well, 1 the program or the data has errors, 2 the command line is wrong, 3 a bug of ours.
"""

from __future__ import annotations

import sys
from typing import NoReturn


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code."""
    from scgc.cli.app import app
    from scgc.cli.faults import guarded

    given = sys.argv[1:] if arguments is None else arguments
    guarded(app(given[0] if given else None), given)
