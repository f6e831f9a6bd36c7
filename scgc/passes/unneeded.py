"""Statements that neither an output nor a cost, a measure or a stochastic node depends on are dropped.

Every value that the program gives a name at its top is an output. What stands in loops and choices stays.
"""

from __future__ import annotations

from scgc.emit.regions import Regions
from scgc.ir.graph import Choice, Loop, Net, Program, Statement


def drop(program: Program) -> Program:
    """The program without what nothing asks for."""
    regions = Regions(program)

    def kept(path: str, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        needed = regions.asked.needed[path]
        return tuple(s for s in body if isinstance(s, Loop | Choice) or s.result in needed)

    def cleared(net: Net, outer: str) -> Net:
        path = f"{outer}/{net.name}" if outer else net.name
        inner = tuple(cleared(n, path) for n in net.nets)
        return net.replace(nets=inner, body=kept(path, net.body))

    nets = tuple(cleared(net, "") for net in program.nets)
    return program.replace(nets=nets, body=kept("", program.body))
