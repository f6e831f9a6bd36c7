"""What went wrong, told to the user: diagnostics of theirs, bugs of ours, and the exit code of each."""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from scgc.diagnostics.base import Diagnostic, ProgramError
from scgc.train.stopping import Interrupted

USER, USAGE, BUG, INTERRUPTED = 1, 2, 3, 130


def guarded(app: Callable[..., Any], given: list[str]) -> NoReturn:
    """Run the app; whatever it raises becomes words and an exit code."""
    try:
        app(given, prog_name="scgc")
    except SystemExit:
        raise
    except ProgramError as error:
        tell(error.diagnostics)
        if "--json" in given:
            from scgc.diagnostics.published import as_json

            print(json.dumps({"diagnostics": [as_json(d) for d in error.diagnostics]}))
        sys.exit(USER)
    except Interrupted as ended:
        print(_farewell(ended), file=sys.stderr)
        sys.exit(ended.code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has left
        sys.exit(0)
    except Exception as error:
        _confess(error, given)
        sys.exit(BUG)
    sys.exit(0)


def tell(diagnostics: Iterable[Diagnostic]) -> None:
    """Diagnostics on stderr, in colour on a terminal."""
    from scgc.diagnostics.render import render_all

    text = render_all(diagnostics, color=sys.stderr.isatty() and "NO_COLOR" not in os.environ)
    if text:
        print(text, file=sys.stderr)


def _farewell(ended: Interrupted) -> str:
    """How to go on."""
    if ended.folder is None or ended.step is None:
        return "interrupted before the training began"
    return (
        f"interrupted after step {ended.step}; to go on: scgc run --resume {shlex.quote(str(ended.folder))}"
    )


def _confess(error: Exception, arguments: list[str]) -> None:
    """A bug: say so, and leave what we need to find it in a file."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="scgc-bug-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"scgc {' '.join(arguments)}\npython {sys.version}\n\n")
        traceback.print_exception(error, file=file)
    name = type(error).__name__
    print(
        f"scgc: internal error ({name}: {error})\n"
        "This is a bug in scgc, not a mistake of yours. Please send the program and the file\n"
        f"    {file.name}\n"
        "to where you got scgc from.",
        file=sys.stderr,
    )
