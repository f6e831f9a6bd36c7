"""Paths through a knowledge graph: from a head along relations to a tail (thesis 6.1.2 and A.1.2, table 6.3).

`data.relations` counts the relations of the graph; a path names one of twice as many, r + relations being
the reciprocal of r. Every path is also the query from its tail back to its head, unless `backward = false`.
As in Guu et al. 2015, whose words for the walk the thesis takes over, a walk may cross a fact from its tail
to its head too; `inverse = false` forbids it. The standard task of link prediction is `lengths = [1]`.

The thesis ranks against all entities that are not right answers too (Bordes et al. 2013):

    metric mrr  = 1 / filtered_rank(logits, tail, answers)
    metric hits = filtered_rank(logits, tail, answers) <= 10

It gives 200 epochs and temperature 1 for all graphs and then, for FB15k-237, 100 epochs (A.1.2) and
temperature 4 (table 6.3); the latter two are what belongs to this data. Its alpha = max(1, 0.005 t) can only
mean the minimum.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import PARTS, Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded
    from scgc.data.graphs import Triples
    from scgc.data.paths import Paths

FIELDS = {
    "head": "class(data.entities)",
    "path": "class(2 * data.relations)[hops]",
    "tail": "class(data.entities)",
    "answers": "bool[data.entities]",
    "candidates": "bool[data.entities]",
}
"""Of every set of queries. `answers` holds for what the query reaches in the graph of all parts, `candidates`
for what its last relation reaches from anywhere."""

DIMS = {
    "entities": "the entities of the graph",
    "relations": "its relations, reciprocals not counted",
}


def read(request: Request) -> Loaded:
    """Paths of the asked lengths. Raises ProgramError (SCG215, SCG501, SCG502, SCG509)."""
    from scgc.data.graphs import Graph
    from scgc.data.paths import draw
    from scgc.data.queries import load_queries

    triples = _triples(request)
    size = triples.entities, triples.relations
    drawn = cache(lambda length: draw(triples, length, inverse=request.options["inverse"]))

    def paths(part: str, length: int) -> list[Paths]:
        found: Paths = drawn(length)[part]
        return [found, found.reversed(triples.relations)] if request.options["backward"] else [found]

    dims = dict(zip(DIMS, size, strict=True))
    return load_queries(request, paths, lambda: Graph.of(triples.whole(), *size), dims)


def _triples(request: Request) -> Triples:
    from scgc.data.torus import torus
    from scgc.data.triples import read_triples

    name = request.text("graph")
    whole = torus() if name == "torus" else read_triples(request, name)
    return whole if request.options["entities"] is None else whole.among(request.count("entities"))


DATA = (
    DataSet(
        'kg_paths(graph : text = "torus", lengths : dim[n] = [1, 2, 3, 4, 5], test_lengths : dim[n] = none, '
        "per_length : dim = none, entities : dim = none, backward : flag = true, inverse : flag = true)",
        fields=FIELDS,
        dims=DIMS,
        test_only=("answers", "candidates"),
        splits=PARTS,
        doc=(
            'Random walks through a knowledge graph: `"fb15k237"`, `"wn18rr"`, files of your own in the same '
            'format, or `"torus"`, a small one that is generated. Validation and testing are on paths of '
            "`test_lengths`, else `lengths`; `per_length` takes fewer of each, `entities` only the facts "
            "among that many entities, those with most facts for training. "
            "Every path is asked from its tail too unless `backward = false`; `inverse = false` keeps walks "
            "to the direction of the facts."
        ),
        source="Toutanova and Chen 2015 (FB15k-237), Dettmers et al. 2018 (WN18RR); thesis 6.1.2",
        licence="that of the graph",
        read=read,
    ),
)
