"""`scgc ir`: the typed graph of a program."""

from __future__ import annotations

from typing import Annotated

import typer

from scgc.cli.arguments import AllowExtern, File, Json, Set, Variant
from scgc.cli.opening import opened


def ir(
    file: File,
    variant: Variant = None,
    set_: Set = None,
    allow_extern: AllowExtern = False,
    passes: Annotated[
        bool, typer.Option("--passes", help="After the compiler's passes, as it is emitted.")
    ] = False,
    json_: Json = False,
) -> None:
    """Print a program's typed graph."""
    compilation = opened(file, variant, set_, allow_extern)
    program = compilation.prepared.program if passes else compilation.program
    if json_:
        print(program.model_dump_json())
    else:
        from scgc.ir.text import print_ir

        print(print_ir(program), end="")
        for path, groups in compilation.prepared.together.items() if passes else ():
            for group in groups:
                print(f"# one call{f' in {path}' if path else ''}: {', '.join(group)}")
