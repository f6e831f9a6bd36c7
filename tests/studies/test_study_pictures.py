"""Pictures of runs: codes and decoders found by what the program says of them, and shown as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from scgc.cli import main
from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.studies.geometry import _grid, geometry
from scgc.studies.subject import Subject
from scgc.studies.traversals import varied
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.run import run

TURNED = """
program turned
input x : real[1, 64, 64]
param w : real[]
ramp = linspace(0, 1, 64)
across = sum(sum(x[0], axis = 0) * ramp) / sum(x)
down = sum(sum(x[0], axis = 1) * ramp) / sum(x)
code = stack(0.8 * across + 0.6 * down, 0.8 * down - 0.6 * across)
net decode(v : real[2]) -> real[1, 64, 64] { return reshape(v |> linear(4096), 1, 64, 64) }
loss error = bernoulli_nll(decode(code), x) + 0 * w
train { data = circles(examples = 64, test_examples = 500)  batch = 32  steps = 2  optimizer = sgd }
"""
MEASURED = "evaluate whole { report = [mig(code)] }"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(TURNED + MEASURED, tmp_path_factory.mktemp("runs") / "turned")


def trained(text: str, folder: Path) -> Path:
    compiled = Compiled.of(Compilation(Source("page.scg", text)))
    return run(compiled, Wishes(out=folder)).path


def told(path: Path, *words: str) -> str:
    with pytest.raises(ProgramError) as raised:
        subject = Subject.of(path, *words)
        subject.codes(subject.examples(3))
    (fault,) = raised.value.diagnostics
    return f"{fault.code} {fault.words(fault.title)}; {fault.words(fault.help)}"


def test_codes_are_those_that_measures_look_at(path: Path):
    subject = Subject.of(path)
    assert subject.code == "code"
    batch = subject.examples(7)
    torch.testing.assert_close(subject.codes(batch), subject.model(**batch).code.detach())


def test_codes_of_factors_are_turned(path: Path):
    """The image of a grid is the grid turned: its sides are as long and as square as before."""
    subject = Subject.of(path)
    assert subject.data.truth is not None
    points = _grid(subject.data.truth.factors, 0, 1, 5)
    assert points.shape == (25, 2) and points[:2].tolist() == [
        [pytest.approx(0.2)] * 2,
        [pytest.approx(v) for v in (0.2, 0.35)],
    ]
    seen = subject.observed(points).view(5, 5, 2)
    one, other = seen[4, 0] - seen[0, 0], seen[0, 4] - seen[0, 0]
    assert float(one @ other) == pytest.approx(0, abs=0.02)
    assert float(one.norm()) == pytest.approx(0.6, abs=0.03)


def test_a_decoder_gives_pictures(path: Path):
    subject = Subject.of(path)
    codes = subject.codes(subject.examples(20))
    pictures = subject.decoder("decode")(codes)
    expected = subject.model.decode(codes).sigmoid()
    torch.testing.assert_close(pictures, expected.detach())
    assert pictures.shape == (20, 1, 64, 64)


def test_a_traversal_changes_one_dimension(path: Path):
    codes = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
    changed = varied(codes, 2, 5)
    assert torch.equal(changed[:, [0, 1, 3]], codes[:1, [0, 1, 3]].expand(5, -1))
    torch.testing.assert_close(changed[[0, -1], 2], torch.stack((codes[:, 2].min(), codes[:, 2].max())))


def test_what_cannot_be_shown(path: Path, tmp_path: Path):
    unmeasured = trained(TURNED, tmp_path / "unmeasured")
    assert "SCG545" in told(unmeasured) and "--code" in told(unmeasured)
    assert Subject.of(unmeasured, "code").code == "code"
    assert "SCG545" in told(path, "cod") and "code" in told(path, "cod")
    assert "a number" in told(path, "across")
    subject = Subject.of(path)
    with pytest.raises(ProgramError, match="SCG545"):
        subject.decoder("encode")
    with pytest.raises(ProgramError, match="SCG545"):
        geometry([subject], ("pos_x", "hue"), 4)
    with pytest.raises(ProgramError, match="SCG511"):
        Subject.of(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ("traversals", "RUN", "--steps", "3", "-o", "FILE.png"),
        ("geometry", "RUN", "RUN", "--lines", "4", "-o", "FILE.svg"),
        ("simplex", "--tau", "1", "-o", "FILE.png"),
        ("line", "--theta", "1,0,2", "--scale", "0", "-o", "FILE.svg"),
    ],
)
def test_commands(words: tuple[str, ...], path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    given = [w.replace("RUN", str(path)).replace("FILE", str(tmp_path / "picture")) for w in words]
    with pytest.raises(SystemExit) as left:
        main(["plot", *given])
    assert not left.value.code, capsys.readouterr().err
    assert Path(given[-1]).stat().st_size > 3000 and capsys.readouterr().out.strip() == given[-1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("simplex", "--theta", "1,2"), 2),
        (("simplex", "--tau", "0"), 2),
        (("simplex", "-o", "picture.doc"), 1),
        (("line", "--theta", "0,0"), 2),
        (("geometry", "RUN", "--factors", "pos_x"), 2),
        (("violins", "nowhere", "--values", "mig"), 1),
    ],
)
def test_wrong_words(
    words: tuple[str, ...], code: int, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["plot", *(w.replace("RUN", str(path)) for w in words)])
    assert left.value.code == code
    assert not list(tmp_path.iterdir())
