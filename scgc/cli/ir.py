"""`scgc ir`: the typed graph of a program."""

from __future__ import annotations

from scgc.cli.arguments import AllowExtern, File, Json, Set, Variant
from scgc.cli.opening import opened


def ir(
    file: File,
    variant: Variant = None,
    set_: Set = None,
    allow_extern: AllowExtern = False,
    json_: Json = False,
) -> None:
    """Print a program's typed graph."""
    program = opened(file, variant, set_, allow_extern).program
    if json_:
        print(program.model_dump_json())
    else:
        from scgc.ir.text import print_ir

        print(print_ir(program), end="")
