"""Programs in a notebook: after `%load_ext scgc.notebook`, a cell that begins with `%%scg NAME` is one.

    %%scg classifier --set K=5
    dim K = 10
    ...

The cell shows the program's drawing, and NAME is its model from then on. A program with errors tells them
instead, and defines nothing.
"""

from __future__ import annotations

import sys
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.render import render_all
from scgc.emit.load import load_model
from scgc.pipeline import Compilation
from scgc.source import Source


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext scgc.notebook`."""

    def scg(line: str, cell: str) -> Compilation:
        return define(shell, line, cell)

    scg.__doc__ = arguments().format_help()
    shell.register_magic_function(scg, "cell", "scg")


def define(shell: Any, line: str, cell: str) -> Compilation:
    """The program of a cell; its model gets the name that the line says, in the shell's namespace.

    Files that it uses are looked for in the working directory. Raises ProgramError, and UsageError for what
    is wrong with the line.
    """
    given = arguments().parse_argstring(line)
    if not given.name.isidentifier():
        raise UsageError(f"%%scg: {given.name!r} is no name of Python's")
    source = Source(f"{given.name}.scg", cell)
    compilation = Compilation(source, given.variant, dict(map(_pair, given.set)), given.allow_extern)
    dims = {name: int(value) for name, value in map(_number, given.dim)}
    if any(d.severity == "error" for d in compilation.diagnostics):
        raise ProgramError(compilation.diagnostics)
    model = load_model(compilation, dims)
    if compilation.diagnostics:
        print(render_all(compilation.diagnostics), file=sys.stderr)
    shell.user_ns[given.name] = model
    return compilation


def arguments() -> Any:
    """The arguments of `%%scg`."""
    what = "Define a model by the program of this cell."
    parser = MagicArgumentParser(prog="%%scg", description=what)  # type: ignore[no-untyped-call]
    parser.add_argument("name", metavar="NAME", help="what the model is called from here on")
    parser.add_argument("--variant", metavar="NAME", help="the variant of the program")
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help="replace a setting")
    parser.add_argument(
        "--dim", metavar="NAME=NUMBER", action="append", default=[], help="a size of the data"
    )
    parser.add_argument("--allow-extern", action="store_true", help="let it run Python code of its own")
    return parser


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(f"%%scg: write NAME=VALUE, not {given!r}")
    return name.strip(), value.strip()


def _number(given: str) -> tuple[str, str]:
    name, value = _pair(given)
    if not value.isdecimal():
        raise UsageError(f"%%scg: write NAME=NUMBER, not {given!r}")
    return name, value
