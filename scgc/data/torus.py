"""A small knowledge graph without files: places on a torus and the ways between them.

Entities are the places of a grid whose edges meet; relation `east` leads from each place to the next one and
`knight` as in chess. Ways compose (`east` then `north` is `north_east`), so that facts held out follow from
the others, and most queries have one answer. `beside` leads to all four neighbours.
"""

from __future__ import annotations

import torch

from scgc.data.graphs import Triples

WIDTH, HEIGHT = 11, 13
WAYS: dict[str, tuple[tuple[int, int], ...]] = {
    "beside": ((1, 0), (-1, 0), (0, 1), (0, -1)),
    "east": ((1, 0),),
    "knight": ((1, 2),),
    "north": ((0, 1),),
    "north_east": ((1, 1),),
    "north_west": ((-1, 1),),
    "two_east": ((2, 0),),
    "two_north": ((0, 2),),
}
"""Relations, by name, with the steps they lead."""


def torus() -> Triples:
    """Its 1,573 triples; a tenth of them is for validation and a tenth for testing."""
    place = torch.arange(WIDTH * HEIGHT)
    x, y = place % WIDTH, place // WIDTH
    facts = [
        torch.stack((place, torch.full_like(place, r), (x + dx) % WIDTH + (y + dy) % HEIGHT * WIDTH), 1)
        for r, steps in enumerate(WAYS.values())
        for dx, dy in steps
    ]
    triples = torch.cat(facts)
    triples = triples[torch.randperm(len(triples), generator=torch.Generator().manual_seed(0))]
    tenth = len(triples) // 10
    return Triples(
        WIDTH * HEIGHT, len(WAYS), triples[2 * tenth :], triples[:tenth], triples[tenth : 2 * tenth]
    )
