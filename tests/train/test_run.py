"""Runs from data to a result, on hand-written modules."""

import json
import math
from pathlib import Path

import pytest
import torch
from rich.console import Console

from scgc.data.columns import Loaded
from scgc.diagnostics.base import ProgramError
from scgc.ir.graph import Option, Rate, Select, Use
from scgc.train import compiled
from scgc.train.batches import ordered_batches
from scgc.train.checkpoints import read_checkpoint
from scgc.train.evaluation import means
from scgc.train.plan import Wishes
from scgc.train.run import run
from scgc.train.runs import load_run
from scgc.train.sampling import sample


def use(name: str, lr: float, **options: Option) -> Use:
    """An optimiser."""
    return Use(name=name, inputs={"lr": lr}, options=options)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]


def test_a_run_learns_and_leaves_everything(tmp_path: Path, addition):
    compiled = addition(epochs=20, optimizer=use("adam", lr=1e-2))
    result = run(compiled, Wishes(out=tmp_path / "run", seed=3))
    assert result.checkpoint == "best" and result.steps == 240
    evaluations = [e for e in lines(tmp_path / "run") if e["event"] == "evaluation"]
    assert [e["step"] for e in evaluations] == [6 * i for i in range(1, 41)]
    accuracies = [e["values"]["accuracy"] for e in evaluations]
    assert result.test["accuracy"] == max(accuracies)
    assert result.step == evaluations[accuracies.index(max(accuracies))]["step"]
    trained = [e for e in lines(tmp_path / "run") if e["event"] == "train"]
    assert trained[-1]["values"]["loss"] < 0.6 * trained[0]["values"]["loss"]
    assert trained[-1]["schedules"]["alpha"] == pytest.approx(0.002 * 160)
    assert set(result.evaluations["digits"]) == {"matched_accuracy(left.z, digit_a)", "used(right.z)"}
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert settings["seed"] == 3 and settings["steps"] == 240 and settings["versions"]["torch"]
    assert (tmp_path / "run" / "program.scg").read_text() == compiled.text
    assert json.loads((tmp_path / "run" / "result.json").read_text())["test"] == result.test


def test_one_seed_fixes_everything(tmp_path: Path, addition):
    first, again, other = (
        run(addition(), Wishes(out=tmp_path / name, seed=seed))
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert first.test == again.test and first.evaluations == again.evaluations
    assert first.test != other.test


def test_evaluating_does_not_change_the_training(tmp_path: Path, addition):
    run(addition(), Wishes(out=tmp_path / "often"))
    run(addition(evaluate=None, select=Select()), Wishes(out=tmp_path / "once"))
    often, once = (read_checkpoint(tmp_path / n / "last.safetensors").tensors for n in ("often", "once"))
    assert often.keys() == once.keys() and all(torch.equal(often[name], once[name]) for name in once)


def test_the_best_checkpoint_is_what_is_loaded(tmp_path: Path, addition):
    result = run(addition(), Wishes(out=tmp_path / "run"))
    model = load_run(tmp_path / "run")
    assert not model.training
    loaded = sample(addition(), Wishes(), 4, tmp_path / "run").rows()
    assert len(loaded) == 4 and {"left.z", "right.z", "total", "sum_error"} <= set(loaded[0])
    assert all(0 <= row["left.z"] < 19 for row in loaded)
    (tmp_path / "run" / "result.json").unlink()
    (tmp_path / "run" / "best.safetensors").unlink()
    last = load_run(tmp_path / "run")
    same = torch.equal(last.C, model.C)
    assert same == (result.step == result.steps)


def test_the_learning_rate_may_be_a_schedule(tmp_path: Path, addition):
    """The schedule is `t`: as long as that stands at 0 nothing is learned."""
    still = addition(optimizer=Use(name="adam", inputs={"lr": "alpha"}), ticks=Rate(count=0.1, per="epoch"))
    moving = addition(optimizer=Use(name="adam", inputs={"lr": "alpha"}))
    weights = []
    for name, compiled_, epochs in (("one", still, 1), ("two", still, 2), ("moving", moving, 1)):
        run(compiled_, Wishes(out=tmp_path / name, epochs=epochs))
        found = read_checkpoint(tmp_path / name / "last.safetensors").weights
        weights.append({n: tensor.tolist() for n, tensor in found.items()})
    assert weights[0] == weights[1] != weights[2]


def test_the_learning_rate_falls_where_the_loss_does_not(tmp_path: Path, addition):
    lowered = Use(name="on_plateau", options={"factor": 0.1, "patience": 1, "threshold": 0.99})
    run(addition(epochs=6, reduce_lr=lowered), Wishes(out=tmp_path / "run"))
    rates = [e["values"]["lr"] for e in lines(tmp_path / "run") if e["event"] == "train"]
    assert rates[0] == 1e-3 and rates[-1] == pytest.approx(1e-5)


def test_validation_data_selects_and_test_data_measures(tmp_path: Path, addition, monkeypatch):
    whole = compiled.load

    def load(*args, **options) -> Loaded:
        loaded = whole(*args, **options)
        train = loaded.splits["train"]
        part = {name: column.subset(torch.arange(100)) for name, column in train.items()}
        return Loaded({**loaded.splits, "validation": part}, loaded.dims)

    monkeypatch.setattr(compiled, "load", load)
    result = run(addition(epochs=6), Wishes(out=tmp_path / "run"))
    recorded = lines(tmp_path / "run")
    best = max((e["values"] for e in recorded if e["event"] == "evaluation"), key=lambda v: v["accuracy"])
    assert result.validation == best and best["accuracy"] * 100 == pytest.approx(
        round(best["accuracy"] * 100)
    )
    split = load(addition().program.train.data, addition().program).splits["test"]
    batches = ordered_batches(split, 256, torch.device("cpu"))
    assert result.test == means(load_run(tmp_path / "run"), batches) != result.validation
    assert [e["values"] for e in recorded if e["event"] == "test"] == [result.test]
    written = json.loads((tmp_path / "run" / "result.json").read_text())
    assert written["validation"] == result.validation and written["test"] == result.test
    console = Console(record=True, width=100, file=(tmp_path / "log").open("w"))
    console.print(result.table())
    assert "validation data" in console.export_text()
    console.file.close()


def test_without_data(tmp_path: Path, toy):
    result = run(toy(), Wishes(out=tmp_path / "run"))
    assert result.measured_on == "1000 draws" and result.test["error"] < 0.01
    assert load_run(tmp_path / "run").mean.item() == pytest.approx(3, abs=0.1)
    assert len(sample(toy(), Wishes(), 5).values["error"]) == 5


def test_the_command_line_decides_how_long(tmp_path: Path, addition, toy):
    assert run(addition(), Wishes(out=tmp_path / "a", steps=5)).steps == 5
    assert run(addition(), Wishes(out=tmp_path / "b", epochs=3)).steps == 36
    assert run(toy(), Wishes(out=tmp_path / "c", steps=7)).steps == 7
    with pytest.raises(ProgramError, match="SCG510"):
        run(toy(), Wishes(out=tmp_path / "d", epochs=2))


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd", "rmsprop"])
def test_every_optimiser_trains(tmp_path: Path, name: str, toy):
    compiled = toy(optimizer=use(name, lr=0.05), steps=200)
    assert run(compiled, Wishes(out=tmp_path / "run")).test["error"] < 0.5


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path, toy):
    compiled = toy(optimizer=use("sgd", lr=1e4), steps=500, evaluate=Rate(count=0.25, per="step"))
    with pytest.raises(ProgramError) as caught:
        run(compiled, Wishes(out=tmp_path / "run"))
    (fault,) = caught.value.diagnostics
    assert fault.code == "SCG513"
    text = fault.words(fault.title) + fault.words(fault.help)
    saved = max(e["step"] for e in lines(tmp_path / "run") if e["event"] == "evaluation")
    assert f"checkpoint of step {saved} is kept" in text
    assert math.isfinite(load_run(tmp_path / "run").mean.item())
    assert not (tmp_path / "run" / "result.json").exists()


def test_bad_folders(tmp_path: Path, toy):
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("")
    for name in ("file", "full"):
        with pytest.raises(ProgramError, match="SCG514"):
            run(toy(), Wishes(out=tmp_path / name))
    for path in (tmp_path, tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(ProgramError, match="SCG511"):
            load_run(path)


def test_a_damaged_checkpoint(tmp_path: Path, toy):
    run(toy(steps=3), Wishes(out=tmp_path / "run"))
    (tmp_path / "run" / "last.safetensors").write_bytes(b"\x08" + bytes(20))
    with pytest.raises(ProgramError, match="SCG511"):
        load_run(tmp_path / "run")


def test_a_device_that_is_not_there(tmp_path: Path, toy):
    with pytest.raises(ProgramError, match="SCG512"):
        run(toy(), Wishes(out=tmp_path / "run", device="quantum"))


def test_low_precision(tmp_path: Path, addition):
    result = run(addition(epochs=1), Wishes(out=tmp_path / "run", precision="bf16-mixed"))
    assert math.isfinite(result.test["sum_error"])


def test_lines_in_a_pipe(tmp_path: Path, addition):
    console = Console(record=True, width=200, force_terminal=False, file=(tmp_path / "log").open("w"))
    run(addition(), Wishes(out=tmp_path / "run"), console)
    told = console.export_text().splitlines()
    assert len(told) == 4 and told[0].startswith("evaluation  epoch 0.5  step 6/24  sum_error")
    console.file.close()


def test_a_display_on_a_terminal(tmp_path: Path, addition):
    with (tmp_path / "log").open("w") as file:
        console = Console(width=200, force_terminal=True, file=file)
        run(addition(epochs=10), Wishes(out=tmp_path / "run"), console)
    shown = (tmp_path / "log").read_text()
    assert "120/120" in shown and "evaluation: sum_error" in shown and "beta" in shown


def test_a_measure_of_an_absent_input_is_told_before_training(tmp_path: Path, addition):
    compiled = addition(data=Use(name="digit_addition", options={"pairs": 100}))
    loaded = compiled.load(compiled.program.train.data, Wishes())  # type: ignore[union-attr]
    assert loaded is not None
    del loaded.splits["test"]["digit_a"]
    with pytest.raises(ProgramError, match="SCG505"):
        compiled.load_evaluations(loaded, Wishes())
