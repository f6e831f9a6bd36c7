"""What stands behind the dot: the nodes of the net whose call a name is, from the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scgc.ir.graph import Invoke, Net, Program, Statement, walk
from scgc.language_server.reading import Declared, Reading


def members(reading: Reading, base: str, nets: tuple[str, ...]) -> Iterator[Declared]:
    """The nodes that `base.` may be followed by at a place inside of these nets."""
    program = reading.program
    path = _called(program, base.split("."), "/".join(nets)) if program else None
    if path is not None:
        yield from (d for d in reading.declared.values() if d.home[0] == path)


def _called(program: Program, names: list[str], region: str) -> str | None:
    """The path of the net that the last of the names calls; each stands in the net that the one before
    calls."""
    path: str | None = region
    for name in names:
        path = _net(body_of(program, path), name) if path is not None else None
    return path


def _net(body: Iterable[Statement], name: str) -> str | None:
    called = (s for s in walk(body) if isinstance(s, Invoke) and s.result.split("@")[0] == name)
    return next((s.net for s in called), None)


def body_of(program: Program, path: str) -> tuple[Statement, ...]:
    """The statements of a net by its path, or of the program."""
    body, nets = program.body, program.nets
    for name in path.split("/") if path else ():
        net: Net | None = next((n for n in nets if n.name == name), None)
        if net is None:
            return ()
        body, nets = net.body, net.nets
    return body
