"""`scgc ir`: the typed graph of a program."""

from __future__ import annotations

from typing import Annotated

import typer

from scgc.cli.arguments import AllowExtern, Json, Set, Variant
from scgc.cli.opening import opened


def ir(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A .scg file, or the name of a shipped program.")
    ] = None,
    variant: Variant = None,
    set_: Set = None,
    allow_extern: AllowExtern = False,
    passes: Annotated[
        bool, typer.Option("--passes", help="After the compiler's passes, as it is emitted.")
    ] = False,
    json_: Json = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of what --json prints, of any program.")
    ] = False,
) -> None:
    """Print a program's typed graph."""
    if schema:
        from scgc.diagnostics import published
        from scgc.ir import json as form

        print(published.text(form.schema()), end="")
        return
    if file is None:
        raise typer.BadParameter("give a file, or --schema", param_hint="FILE")
    compilation = opened(file, variant, set_, allow_extern)
    program = compilation.prepared.program if passes else compilation.program
    if json_:
        import json

        from scgc.ir.json import to_json

        print(json.dumps(to_json(program), separators=(",", ":"), ensure_ascii=False))
    else:
        from scgc.ir.text import print_ir

        print(print_ir(program), end="")
        for path, groups in compilation.prepared.together.items() if passes else ():
            for group in groups:
                print(f"# one call{f' in {path}' if path else ''}: {', '.join(group)}")
