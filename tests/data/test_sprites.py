"""Sprites: each factor changes what it names and nothing else; combinations become columns."""

from __future__ import annotations

from math import pi

import pytest
import torch
from torch import Tensor

from scgc.data import data_sets
from scgc.data.columns import Loaded
from scgc.data.factors import GroundTruth
from scgc.data.observing import draw, grid
from scgc.data.rendering import CIRCLE, MARGIN, RADIUS, SIZE, Circles, ColouredSprites, Sprites
from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.emit.load import load_model
from scgc.pipeline import Compilation
from scgc.source import Source

SQUARE, ELLIPSE, HEART = range(3)
AREA = {SQUARE: 2.0, ELLIPSE: pi / 2, HEART: 3.66 / 1.3**2}
"""Of outlines in a circle of radius 1; the heart's in its own coordinates is about 3.66."""


def read(name: str, **options: int) -> Loaded:
    given = {"examples": None, "test_examples": 20, "labels": None, "seed": 0, "published": False, "size": 64}
    return data_sets()[name].read(Request(name, given | options))


def sprites(**columns: list[int]) -> Tensor:
    """Pictures of sprites in the middle; columns of codes by the names of the factors."""
    count = len(next(iter(columns.values())))
    default = {"shape": 0, "scale": 5, "orientation": 0, "pos_x": 16, "pos_y": 16}
    table = [columns.get(name, [value] * count) for name, value in default.items()]
    return Sprites().observations(torch.tensor(table).T)


@pytest.mark.parametrize("shape", AREA)
def test_areas_follow_shape_and_scale(shape: int):
    for scale in range(6):
        drawn = sprites(shape=[shape] * 40, scale=[scale] * 40, orientation=list(range(40)))
        radius = RADIUS * SIZE * (0.5 + 0.1 * scale)
        assert float(drawn.sum((1, 2, 3)).mean()) == pytest.approx(AREA[shape] * radius**2, rel=0.03)


def test_a_square_of_known_size():
    (square,) = sprites(pos_x=[0], pos_y=[31], scale=[0])
    side = RADIUS * SIZE * 0.5**0.5
    wide, high = square[0].sum(1).max(), square[0].sum(0).max()
    assert abs(wide - side) <= 1 and abs(high - side) <= 1
    rows, columns = square[0].nonzero().float().mean(0)
    assert abs(columns - MARGIN * SIZE) <= 0.5 and abs(rows - (SIZE - 1 - MARGIN * SIZE)) <= 0.5


def test_a_turn_of_a_quarter_turns_the_picture():
    """In a place whose centre is a pixel's corner in both directions a picture turns onto itself."""
    pictures = sprites(shape=[HEART, HEART], orientation=[0, 10])
    middle = [p[0].nonzero().float().mean(0) for p in pictures]
    upright, turned = (
        p[0].roll((round(31.5 - float(m[0])), round(31.5 - float(m[1]))), (0, 1))
        for p, m in zip(pictures, middle, strict=True)
    )
    differing = (upright.rot90(-1) - turned).abs().sum()
    assert differing <= 0.15 * upright.sum()  # pixels of the outline
    assert (upright - turned).abs().sum() > 0.2 * upright.sum()


def test_every_factor_shows():
    for name, values in (("shape", 3), ("scale", 6), ("pos_x", 32), ("pos_y", 32), ("orientation", 40)):
        shown = sprites(**{name: list(range(values)), "shape": list(range(values))} if name == "shape" else
                        {name: list(range(values)), "shape": [HEART] * values})  # fmt: skip
        assert len({bytes(p.bool().numpy()) for p in shown}) == values, name


@pytest.mark.parametrize("side", [16, 33, 64])
def test_no_sprite_is_cut(side: int):
    every = grid(Sprites.factors[:3])
    every = every[every[:, 1] == 5].repeat_interleave(4, 0)
    corners = torch.tensor([[0, 0], [0, 31], [31, 0], [31, 31]]).repeat(len(every) // 4, 1)
    drawn = Sprites(side).observations(torch.cat((every, corners), 1))
    centred = torch.full_like(corners, 16)
    middle = Sprites(side).observations(torch.cat((every, centred), 1))
    assert (drawn.sum((1, 2, 3)) / middle.sum((1, 2, 3)) - 1).mean().abs() < 0.05
    assert drawn[..., 0, :].sum() == drawn[..., :, 0].sum() == 0


def test_colours_are_those_of_the_table():
    random = torch.Generator().manual_seed(0)
    table = draw(ColouredSprites(Sprites()).factors, 50, random)
    drawn = ColouredSprites(Sprites()).observations(table)
    assert torch.equal(drawn.amax((2, 3)), table[:, 5:])
    assert torch.equal(drawn[:, :1] > 0, Sprites().observations(table[:, :5]) > 0)
    assert float(table[:, 5:].min()) >= 0.5 and float(table[:, 5:].max()) <= 1


@pytest.mark.parametrize(("side", "places"), [(64, range(38, 41)), (32, range(19, 22))])
def test_circles(side: int, places: range):
    table = draw(Circles.factors, 3000, torch.Generator().manual_seed(0))
    drawn = Circles(side).observations(table)[:, 0]
    assert drawn.shape[1:] == (side, side)
    torch.testing.assert_close(drawn.mean().item(), pi * CIRCLE**2, rtol=0.15, atol=0)
    weights = drawn / drawn.sum((1, 2), keepdim=True)
    pixel = (torch.arange(side) + 0.5) / side
    found = torch.stack((weights.sum(1) @ pixel, weights.sum(2) @ pixel), 1)
    assert (found - table).abs().max() <= 0.5 / side + 1e-5
    assert len(found[:, 0].mul(side).round(decimals=3).unique()) in places


@pytest.mark.parametrize("truth", [Sprites(), ColouredSprites(Sprites()), Circles()])
def test_what_a_ground_truth_promises(truth: GroundTruth):
    assert isinstance(truth, GroundTruth)
    table = draw(truth.factors, 30, torch.Generator().manual_seed(1))
    assert table.dtype == (torch.int64 if all(f.values for f in truth.factors) else torch.float32)
    drawn = truth.observations(table)
    assert drawn.dtype == torch.float32 and drawn.min() >= 0 and drawn.max() <= 1
    assert torch.equal(drawn[7:9], truth.observations(table[7:9]))


def test_every_combination_is_trained_on():
    train = read("dsprites").splits["train"]
    assert len(train["x"]) == 3 * 6 * 40 * 32 * 32 == len(train["factors"].table.unique(dim=0))
    chosen = torch.tensor([0, 737279])
    assert train["factors"].take(chosen).tolist() == [[0] * 5, [2, 5, 39, 31, 31]]
    assert train["values"].take(chosen).tolist() == [[3, 6, 40, 32, 32]] * 2
    assert train["shape"].take(chosen).tolist() == [0, 2]


def test_draws_depend_on_the_seed_alone():
    a, b, c = (read("color_dsprites", examples=50, seed=seed).splits for seed in (0, 0, 1))
    for part in ("train", "test"):
        same = [s[part]["factors"].table for s in (a, b, c)]
        assert torch.equal(same[0], same[1]) and not torch.equal(same[0], same[2])
    assert len(a["train"]["x"]) == 50 and len(a["test"]["x"]) == 20
    assert not torch.equal(a["train"]["factors"].table[:20], a["test"]["factors"].table)


def test_half_of_the_data_is_labelled():
    splits = read("dsprites", examples=2000, labels=100).splits
    train, validation = splits["train"], splits["validation"]
    every = torch.arange(4000)
    labelled = train["labelled"].take(every)
    assert labelled.sum() == 2000 and len(train["factors"].take(every[labelled]).unique(dim=0)) == 90
    assert len(validation["x"]) == 10 and validation["labelled"].take(every[:10]).all()
    assert torch.equal(
        train["x"].take(every[labelled][:3]),
        Sprites().observations(train["factors"].take(every[labelled][:3])),
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"labels": 51, "examples": 50}, "SCG509"),
        ({"labels": 0}, "SCG215"),
        ({"seed": -1}, "SCG215"),
        ({"size": 15}, "SCG215"),
        ({"size": 32, "published": True}, "SCG215"),
    ],
)
def test_refused_options(options: dict[str, int], code: str):
    with pytest.raises(ProgramError) as raised:
        read("dsprites", **options)
    assert raised.value.diagnostics[0].code == code


PROGRAM = """
dim C = data.channels
input x       : real[C, 64, 64]
input factors : class(64)[data.factors]
input shape   : class(3)
input values  : int[data.factors]
input labelled : bool
y = x |> flatten |> linear(3)
loss error = where(labelled, cross_entropy(y, shape), 0) + 0 * sum(factors + values)
train { data = dsprites(examples = 100)  batch = 10  steps = 1  optimizer = adam }
"""


def test_fields_are_as_declared(tmp_path):
    from scgc.train.compiled import Compiled
    from scgc.train.plan import Wishes

    compilation = Compilation(Source("page.scg", PROGRAM))
    assert compilation.diagnostics == ()
    compiled = Compiled.of(compilation)
    loaded = compiled.load(compilation.program.train.data, Wishes())
    assert loaded is not None and loaded.dims == {"channels": 1, "size": 64, "factors": 5}
    model = load_model(compilation, {"C": 1})
    batch = {name: column.take(torch.arange(10)) for name, column in loaded.splits["train"].items()}
    assert model(**batch).loss > 0
