"""The path queries of Guu et al. 2015 on WordNet and Freebase (thesis tables 6.4 and 6.5), from their files.

They are asked in the direction in which they stand. Following the authors, a query's right answers are what
it reaches in the graph, and it is ranked against the entities that its last relation leads to:

    metric mq   = rank_quantile(logits, tail, candidates and not answers)
    metric hits = filtered_rank(logits, tail, answers or not candidates) <= 10

The graph is that of all queries of length 1 in the three files. Training on shorter paths than are tested
(table 6.5) is `lengths = [1, 2]` beside `test_lengths = [1, 2, 3, 4, 5]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.kg_paths import DIMS, FIELDS
from scgc.data.request import PARTS, Request

if TYPE_CHECKING:
    from scgc.data.columns import Loaded


def read(request: Request) -> Loaded:
    """The queries of the asked lengths. Raises ProgramError (SCG215, SCG501, SCG502, SCG509)."""
    from scgc.data.guu import read_path_files
    from scgc.data.queries import load_queries

    files = read_path_files(request, request.text("graph"))
    dims = dict(zip(DIMS, (files.entities, files.relations), strict=True))
    return load_queries(request, files.paths, files.graph, dims)


DATA = (
    DataSet(
        "path_queries(graph : text, lengths : dim[n] = [1, 2, 3, 4, 5], test_lengths : dim[n] = none, "
        "per_length : dim = none)",
        fields=FIELDS,
        dims=DIMS,
        test_only=("answers", "candidates"),
        splits=PARTS,
        doc=(
            "Path queries from the authors' files `train`, `dev` and `test` in a folder or archive; "
            "`test_lengths` and `per_length` as in `kg_paths`."
        ),
        source="Guu, Miller and Liang 2015, Traversing Knowledge Graphs in Vector Space",
        licence="that of the files",
        read=read,
    ),
)
