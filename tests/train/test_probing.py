"""Looking at the nodes of a model in training: what is found, what is told, and that it alters nothing."""

import json
from pathlib import Path

import pytest
import torch

from scgc.emit import emit
from scgc.pipeline import Compilation
from scgc.programs import shipped
from scgc.runtime import Categorical, Seen, observing
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.probing import Alarms, Probe, facts
from scgc.train.run import run
from scgc.train.runs import make_model

PROGRAM = """program two
input reward : real[4]
param w : real[6, 4] init normal(0, 1)
z ~ Categorical(logits = w @ reward) via gumbel_softmax(tau = 1, scale = 1)
b ~ Bernoulli(logits = sum(w @ reward)) via score(samples = 2, baseline = leave_one_out)
loss l = sum(z * (w @ reward)) + b
train {
  data = bandit(arms = 4, rounds = 40)
  batch = 8
  epochs = 4
  optimizer = adam(lr = 0.1)
  evaluate = 1 per epoch
}
"""


@pytest.fixture
def compiled(tmp_path: Path) -> tuple[Compiled, Wishes]:
    (tmp_path / "two.scg").write_text(PROGRAM)
    return Compiled.of(Compilation.of(tmp_path / "two.scg")), Wishes(base=tmp_path, device="cpu")


def records(folder: Path, event: str) -> list[dict]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


def test_a_run_is_the_same_bit_for_bit(compiled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program, wishes = compiled
    weights = []
    for name in ("looked", "alone"):
        if name == "alone":
            monkeypatch.setattr(Probe, "of", lambda *_: None)
        folder = tmp_path / name
        run(program, Wishes(base=wishes.base, device="cpu", out=folder))
        weights.append((folder / "last.safetensors").read_bytes())
        found = records(folder, "nodes")
        assert len(found) == (4 if name == "looked" else 0)
        if found:
            nodes = found[0]["nodes"]
            assert set(nodes) == {"z", "b"} and nodes["z"]["categories"] == 6
            assert nodes["z"]["rows"] == 40 and nodes["b"]["drawn"] == 80
            assert nodes["z"]["gradient"] > 0 and nodes["z"]["vanishing"] < 1
            assert nodes["b"]["rows"] == 40 and nodes["b"]["categories"] == 2
    first, second = (_tensors(w) for w in weights)
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    assert records(tmp_path / "looked", "evaluation") == records(tmp_path / "alone", "evaluation")


def _tensors(content: bytes) -> dict[str, torch.Tensor]:
    from safetensors.torch import load

    return load(content)


def test_facts_of_a_node():
    """Two of four categories, the first three times of four; gradients of the mean over 4 examples."""
    logits = torch.zeros(4, 4, requires_grad=True)
    drawn = torch.eye(4)[[0, 0, 0, 1]]
    gradient = torch.tensor([[0.0] * 4, [1e-9] * 4, [0.5, -0.5, 0, 0], [0.25, -0.25, 0, 0]])
    found = facts([(Seen("z", Categorical(logits=logits), drawn), gradient)], 4)
    assert found["used"] == 2 and found["categories"] == 4 and found["vanishing"] == 0.5
    assert found["perplexity"] == pytest.approx((4 / 3) ** 0.75 * 4**0.25)
    assert found["entropy"] == pytest.approx(torch.tensor(4.0).log().item())
    assert found["gradient"] == pytest.approx(1.5 / 16)
    assert sum(found["by_value"]["count"]) == 16


def test_words():
    alarms = Alarms(Compiled.of(Compilation.of("digit_addition")))
    few = {"digit.z": {"drawn": 512, "categories": 19, "used": 8, "vanishing": 0.0}}
    told = [alarms.heed(few, f"epoch {n}") for n in range(3, 7)]
    way = "let the scale rise further, or dropres fade later."
    assert told == [[], [], [f"digit.z has used 8 of 19 categories since epoch 3: {way}"], []]
    changing = Alarms(Compiled.of(Compilation.of("digit_addition")))
    assert not any(
        changing.heed({"digit.z": {**few["digit.z"], "used": used}}, "epoch 1") for used in (8, 7, 8, 7, 8)
    )
    gone = {"digit.z": {**few["digit.z"], "used": 19, "vanishing": 0.95}}
    assert [bool(changing.heed(gone, "epoch 9")) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("name", ["bandit", "digit_addition", "listops", "vsgae", "levels/level4"])
def test_an_observed_module_has_the_same_parameters(name: str):
    compilation = Compilation.of(name)
    program = compilation.program
    plain = make_model(compilation.python, program.name, {})
    told = make_model(emit(program, compilation.places, observed=True), program.name, {})
    assert plain.state_dict().keys() == told.state_dict().keys()
    assert "observed(" not in compilation.python


def test_every_shipped_program_can_be_observed():
    for path in shipped().values():
        compilation = Compilation.of(path)
        compile(emit(compilation.program, compilation.places, observed=True), str(path), "exec")


def test_nothing_is_kept_outside_of_the_context():
    compilation = Compilation.of("bandit")
    program = compilation.program
    model = make_model(emit(program, compilation.places, observed=True), program.name, {}).train()
    model(reward=torch.zeros(3, 4))
    with observing() as seen:
        model(reward=torch.zeros(3, 4))
    assert [one.node for one in seen] == ["a"] and seen[0].value.shape == (4, 3, 4)
