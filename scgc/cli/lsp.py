"""`scgc lsp`: the language server, for editors."""

from __future__ import annotations

from importlib.util import find_spec

from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import MissingFile


def lsp() -> None:
    """Serve editors over stdin and stdout.

    The language server protocol: diagnostics while one types, hover, completion, definitions, references,
    rename, formatting. Editors start it themselves.
    """
    if find_spec("pygls") is None:
        ways = "`pip install scg-compiler[lsp]`."
        raise ProgramError((MissingFile(span=None, what="the package", path="pygls", ways=ways),))
    from scgc.language_server.server import server

    server().start_io()
