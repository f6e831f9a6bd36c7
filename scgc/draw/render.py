"""After drawing: DOT text as a picture, by the system's Graphviz or, without one, by the pip package
graphviz-pure, which needs nothing else but cannot write PDF."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from scgc.diagnostics.base import CompilerBug, ProgramError
from scgc.diagnostics.data import MissingFile, UnknownFormat

FORMATS = ("svg", "png", "pdf", "dot")
"""Endings of files that can be written; pdf needs the system's Graphviz."""

_RESOLUTION = 200
"""Dots per inch of a PNG; its default of 96 is too coarse for print."""


def render(dot_text: str, path: str | Path) -> Path:
    """Write a figure in the format that the file's ending names, and return the file.

    dot_text: what `dot` gives. Raises ProgramError for an unknown ending, for PDF without the system's
    Graphviz, and where no Graphviz is found at all; OSError where the file cannot be written.
    """
    file = Path(path)
    ending = file.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        known = f"a figure is one of {', '.join(f'.{f}' for f in FORMATS)}."
        raise ProgramError((UnknownFormat(span=None, path=str(path), problem=_unknown(ending), known=known),))
    if ending == "dot":
        file.write_text(dot_text, encoding="utf-8")
    else:
        file.write_bytes(_picture(dot_text, ending, _engine(ending, str(path))))
    return file


def svg(dot_text: str) -> str:
    """A figure as the text of an SVG. Raises ProgramError where no Graphviz is found."""
    return _picture(dot_text, "svg", _engine("svg", "figure.svg")).decode("utf-8")


def _unknown(ending: str) -> str:
    return f"pictures cannot be .{ending}" if ending else "its name has no ending that says the format"


def _engine(ending: str, path: str) -> str:
    """The command that renders: the system's `dot` where there is one."""
    system = shutil.which("dot")
    if system:
        return system
    if ending == "pdf":
        known = "install Graphviz (its command `dot`), or write .svg, which a browser prints to PDF."
        problem = "PDF needs the system's Graphviz, which is not installed"
        raise ProgramError((UnknownFormat(span=None, path=path, problem=problem, known=known),))
    pure = _beside_python("graphviz-pure") or shutil.which("graphviz-pure")
    if pure is None:
        ways = "`pip install graphviz-pure`, install Graphviz, or write .dot and render it elsewhere."
        raise ProgramError((MissingFile(span=None, what="the renderer", path="graphviz-pure", ways=ways),))
    return pure


def _beside_python(command: str) -> str | None:
    """A command of this Python's environment, which need not be active."""
    folders = (str(Path(sys.executable).parent), sysconfig.get_path("scripts"))
    return next((found for f in folders if (found := shutil.which(command, path=f))), None)


def _picture(dot_text: str, ending: str, command: str) -> bytes:
    options = [f"-Gdpi={_RESOLUTION}"] if ending == "png" else []
    done = subprocess.run(
        [command, f"-T{ending}", *options], input=dot_text.encode(), capture_output=True, check=False
    )
    if done.returncode or not done.stdout:
        raise CompilerBug(f"{command} could not render: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
