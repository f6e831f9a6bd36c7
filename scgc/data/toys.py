"""Small generated data for small programs (`programs/levels`): a curve, clusters of points, sums of clusters.

Points of class i lie around one of `classes` centres on a circle, close enough to overlap a little.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scgc.data.declare import DataSet
from scgc.data.request import Request

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from scgc.data.columns import Loaded

SPREAD = 0.15
TEST_EXAMPLES = 1000


def read_curve(request: Request) -> Loaded:
    """`y = sin(3 x) + noise` for x in -1..1."""
    import torch

    def draw(n: int, random: Generator) -> dict[str, Tensor]:
        x = 2 * torch.rand(n, generator=random) - 1
        return {"x": x, "y": torch.sin(3 * x) + 0.05 * torch.randn(n, generator=random)}

    return _splits(request, draw)


def read_clusters(request: Request) -> Loaded:
    """Points and the cluster each belongs to."""
    classes = request.count("classes")

    def draw(n: int, random: Generator) -> dict[str, Tensor]:
        x, label = _points(n, classes, random)
        return {"x": x, "label": label}

    return _splits(request, draw)


def read_cluster_sums(request: Request) -> Loaded:
    """Three points, and the sums of the first two and of all three cluster numbers."""
    classes = request.count("classes")

    def draw(n: int, random: Generator) -> dict[str, Tensor]:
        (a, i), (b, j), (c, k) = (_points(n, classes, random) for _ in range(3))
        labels = {"class_a": i, "class_b": j, "class_c": k}
        return {"a": a, "b": b, "c": c, **labels, "sum_ab": i + j, "sum_abc": i + j + k}

    return _splits(request, draw)


def _points(n: int, classes: int, random: Generator) -> tuple[Tensor, Tensor]:
    """Points `[n, 2]` and their classes `[n]`."""
    import torch

    label = torch.randint(classes, (n,), generator=random)
    angle = 2 * math.pi * label / classes
    centre = torch.stack((angle.cos(), angle.sin()), dim=-1)
    return centre + SPREAD * torch.randn(n, 2, generator=random), label


def _splits(request: Request, draw: object) -> Loaded:
    import torch

    from scgc.data.columns import Loaded, columns

    assert callable(draw)
    random = torch.Generator().manual_seed(0)
    train = columns(draw(request.count("examples"), random))
    return Loaded({"train": train, "test": columns(draw(TEST_EXAMPLES, random))})


def _declare(signature: str, fields: dict[str, str], doc: str, read: object) -> DataSet:
    assert callable(read)
    return DataSet(signature, fields=fields, doc=doc, source="generated", licence="none needed", read=read)


DATA = (
    _declare(
        "curve(examples : dim = 4000)",
        {"x": "real[]", "y": "real[]"},
        "A noisy sine curve to regress.",
        read_curve,
    ),
    _declare(
        "clusters(classes : dim = 4, examples : dim = 4000)",
        {"x": "real[2]", "label": "class(classes)"},
        "Points in the plane, each in one of a few clusters on a circle.",
        read_clusters,
    ),
    _declare(
        "cluster_sums(classes : dim = 4, examples : dim = 4000)",
        {
            "a": "real[2]",
            "b": "real[2]",
            "c": "real[2]",
            "class_a": "class(classes)",
            "class_b": "class(classes)",
            "class_c": "class(classes)",
            "sum_ab": "class(2 * classes - 1)",
            "sum_abc": "class(3 * classes - 2)",
        },
        "Three points of clusters numbered from 0, and the sums of two and of three of the numbers.",
        read_cluster_sums,
    ),
)
