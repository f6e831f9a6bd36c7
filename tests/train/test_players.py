"""Several players: what each trains, in which turns, and that none reaches what is another's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import scgc
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train import whole
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.resuming import Again, resume
from scgc.train.run import Run, run

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:torch.*")

TEXT = """program rivals
dim n = 3
input x : real[8]
param shift : real[n] init zeros
net encode(x : real[8]) -> real[n] {{ return linear(x, n) }}
net judge(v : real[n]) -> real[2] {{ return linear(v, 8) |> relu |> linear(2) }}
z ~ {node}
seen = judge(z + shift)
guess = linear(z, 8)
loss recon = sum((guess - x) ^ 2)
loss fool  = seen[0] - seen[1]
loss tell  = cross_entropy(seen, 0) + cross_entropy(judge(stop(permute_batch(z))), 1)
train {{
  data = npz("mine.npz")  batch = 10  steps = 20  {turns}
  minimize recon + fool over encode, shift, guess with adam(lr = 1e-2)
  minimize tell {times} over judge with {optimizer}
}}
"""
NODES = {
    "pathwise": "Normal(mean = encode(x), std = 1)",
    "score": "Bernoulli(logits = encode(x)) via score(samples = 2, baseline = leave_one_out)",
    "learned": "Bernoulli(logits = encode(x)) via relax(hidden = 4)",
    "enumerate": "Bernoulli(logits = encode(x)) via enumerate",
}


def text(node: str, turns: str = "", times: str = "", optimizer: str = "adam(lr = 1e-3)") -> str:
    found = TEXT.format(node=NODES[node], turns=turns, times=times, optimizer=optimizer)
    return found.replace("shift, guess", "shift, guess, z") if node == "learned" else found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", x=random.normal(size=(40, 8)).astype("float32"))
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    def write(*args: str, **named: str) -> Path:
        path = folder / "rivals.scg"
        path.write_text(text(*args, **named))
        return path

    return write


def trained(path: Path, name: str, compiled: bool = False) -> dict[str, torch.Tensor]:
    source = Source(str(path), path.read_text())
    wishes = Wishes(base=path.parent, out=path.parent / name, compile=compiled, device="cpu")
    run(Compiled.of(Compilation(source)), wishes)
    return load_file(path.parent / name / "last.safetensors")


def compiled_run(path: Path) -> Run:
    source = Source(str(path), path.read_text())
    compiled = Compiled.of(Compilation(source))
    wishes = Wishes(base=path.parent, device="cpu")
    from scgc.data.columns import examples
    from scgc.train.device import Machine
    from scgc.train.plan import make_plan

    data = compiled.load(compiled.program.train.data, wishes)  # type: ignore[union-attr]
    assert data is not None
    plan = make_plan(compiled.program, wishes, examples(data.splits["train"]))
    machine = Machine.of("cpu")
    return Run(compiled, wishes, plan, machine, None, data, {})  # type: ignore[arg-type]


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("turns", ["", "turns = together"])
def test_no_gradient_reaches_what_is_another_s(write: Callable[..., Path], node: str, turns: str) -> None:
    """Whoever moves: the parameters of the others stay as they are, to the bit."""
    made = compiled_run(write(node, turns))
    loop = made.loop(made.initialised())
    loop.model.train()
    loop.advance(0)
    every = {name for name, _ in loop.model.named_parameters()}
    seen: set[str] = set()
    for player in loop.players:
        before = {name: p.detach().clone() for name, p in loop.model.named_parameters()}
        own = {name for name, p in loop.model.named_parameters() if any(p is q for q in player.parameters)}
        loop.turn((player,), next(loop.batches))
        changed = {name for name, p in loop.model.named_parameters() if not torch.equal(p, before[name])}
        assert changed and changed <= own
        assert not own & seen
        seen |= own
        others = [p.grad for name, p in loop.model.named_parameters() if name not in seen]
        assert all(g is None for g in others)
    assert seen == every


@pytest.mark.parametrize("node", ["pathwise", "score", "enumerate"])
def test_each_follows_the_gradient_of_its_own_losses(write: Callable[..., Path], node: str) -> None:
    """The first player's gradient is that of a program which has its losses alone."""
    path = write(node)
    alone = path.read_text().split("train {")[0].replace("loss tell  =", "metric tell =")
    x = torch.randn(64, 8, generator=torch.Generator().manual_seed(0))

    def found(model: Any, loss: Callable[[Any], torch.Tensor]) -> list[torch.Tensor]:
        model.load_state_dict(state)
        torch.manual_seed(3)
        own = [p for n, p in model.named_parameters() if not n.startswith("judge")]
        return list(torch.autograd.grad(loss(model(x)), own))

    both = scgc.load(path)
    state = both.state_dict()
    path.write_text(alone)
    single = scgc.load(path)
    for a, b in zip(found(both, lambda o: o.losses[0]), found(single, lambda o: o.loss), strict=True):
        torch.testing.assert_close(a, b)


def test_a_model_tells_its_players(write: Callable[..., Path]) -> None:
    model = scgc.load(write("pathwise"))
    assert [set(names) for names in model.players] == [{"encode", "shift", "linear"}, {"judge"}]
    assert [len(model.trained_by(i)) for i in (0, 1)] == [5, 4]
    out = model(x=torch.randn(4, 8))
    torch.testing.assert_close(out.losses[0], (out.recon + out.fool).mean())
    torch.testing.assert_close(out.loss, out.losses[0] + out.losses[1])


def test_turns_take_batches(write: Callable[..., Path]) -> None:
    """In turns every move has a batch of its own: 40 examples are 4 batches, and with a player that moves
    three times one round."""
    plans = [
        compiled_run(write("pathwise", turns, times)).plan
        for turns, times in (("", ""), ("turns = together", ""), ("", "3 times"))
    ]
    assert [plan.batches for plan in plans] == [2, 1, 4]
    assert [plan.clock.per_epoch for plan in plans] == [2, 4, 1]


@pytest.mark.parametrize("turns", ["", "turns = together"])
def test_a_compiled_round_is_the_eager_one(
    write: Callable[..., Path], turns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "BACKEND", "aot_eager")
    monkeypatch.setattr(whole, "has_compiler", lambda: True)
    torch._dynamo.reset()
    path = write("pathwise", turns)
    eager, found = trained(path, "eager"), trained(path, "whole", compiled=True)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
    for name, value in eager.items():
        torch.testing.assert_close(found[name], value)


def test_it_goes_on_to_the_same_bits(write: Callable[..., Path]) -> None:
    """Broken off after ten rounds and gone on with, against a run without a break."""
    path = write("score", times="2 times", optimizer="rmsprop(lr = 1e-3)")
    whole_run = trained(path, "whole")
    text_ = path.read_text().replace("steps = 20", "steps = 20  checkpoint = 0.1 per step")
    path.write_text(text_)

    class Broken(Exception):
        pass

    from scgc.train.loop import Loop

    keep, moves = Loop.move, 0

    def breaking(self: Loop) -> Any:
        nonlocal moves
        moves += 1
        if moves > 13:
            raise Broken
        return keep(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loop, "move", breaking)
        with pytest.raises(Broken):
            trained(path, "broken")
    resume(path.parent / "broken", Again())
    again = load_file(path.parent / "broken" / "last.safetensors")
    for name, value in whole_run.items():
        assert torch.equal(again[name], value), name
