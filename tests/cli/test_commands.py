"""The commands as a user meets them: what they print, and how they leave."""

import gc
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scgc import __version__
from scgc.cli import keeping_all, main
from scgc.cli.app import app
from scgc.cli.list import KINDS
from scgc.diagnostics.published import Checked

GOOD = """## A coin.
program coin
param theta : real[2] init zeros
z ~ Categorical(logits = theta) via score
loss cost = z[0]
train { steps = 10  optimizer = sgd(lr = 0.1) }
variant cold { z.via = gumbel_softmax(tau = 0.1) }
"""

COMMANDS = (
    "run",
    "runs",
    "eval",
    "check",
    "draw",
    "compile",
    "sample",
    "gradients",
    "credit",
    "fmt",
    "ir",
    "list",
    "study",
    "plot",
)


@pytest.fixture
def scgc(capsys: pytest.CaptureFixture[str]):
    """`scgc("check", "x.scg")` gives exit code, stdout, stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        told = capsys.readouterr()
        assert "Traceback" not in told.err + told.out
        return int(left.value.code or 0), told.out, told.err

    return call


@pytest.fixture
def coin(tmp_path: Path) -> Path:
    path = tmp_path / "coin.scg"
    path.write_text(GOOD)
    return path


def test_help_and_version(scgc):
    code, out, _ = scgc("--help")
    assert code == 0 and all(f"\n  {command} " in out for command in COMMANDS)
    assert scgc("--version")[1].strip() == f"scgc {__version__}"
    for command in COMMANDS:
        code, out, _ = scgc(command, "--help")
        assert code == 0 and f"scgc {command}" in out


@pytest.mark.parametrize(
    "words",
    [
        ("fly",),
        ("check",),
        ("run", "digit_addition", "--steps", "0"),
        ("run", "digit_addition", "--steps", "many"),
        ("run", "digit_addition", "--steps", "3", "--epochs", "3"),
        ("run", "digit_addition", "--set", "beta"),
        ("run", "digit_addition", "--set", "=1"),
        ("run", "digit_addition", "--seed", "-1"),
        ("sample", "digit_addition", "-n", "0"),
        ("draw", "digit_addition", "--depth", "-1"),
        ("list", "colours"),
    ],
)
def test_a_wrong_command_line(scgc, words: tuple[str, ...]):
    code, _, err = scgc(*words)
    assert code == 2 and err


@pytest.mark.parametrize("command", ["check", "run", "draw", "compile", "sample", "ir", "fmt"])
def test_a_program_that_cannot_be_read(scgc, tmp_path: Path, command: str):
    (tmp_path / "bytes.scg").write_bytes(b"\xff\xfe\x00")
    code, _, err = scgc(command, tmp_path / "nowhere.scg")
    assert code == 1 and "SCG501" in err and "digit_addition" in err
    code, _, err = scgc(command, tmp_path)
    assert code == 1 and "SCG501" in err
    code, _, err = scgc(command, tmp_path / "bytes.scg")
    assert code == 1 and "SCG009" in err and "UTF-8" in err


def test_check(scgc, coin: Path):
    code, out, _ = scgc("check", coin, "bandit")
    assert code == 0 and f"{coin}: no errors, no warnings" in out and "bandit: no errors" in out


def test_check_tells_errors(scgc, coin: Path, tmp_path: Path):
    bad = tmp_path / "bad.scg"
    bad.write_text("loss cost = betta\n")
    code, out, err = scgc("check", bad, coin)
    assert code == 1 and "error[SCG" in err and "betta" in err
    assert f"{bad}: 1 error" in out and f"{coin}: no errors" in out
    code, out, err = scgc("check", "--json", bad, coin)
    told = json.loads(out)["files"]
    assert code == 1 and told[str(coin)] == [] and told[str(bad)][0]["severity"] == "error"


def test_check_looks_at_every_variant(scgc, coin: Path):
    coin.write_text(GOOD.replace("tau = 0.1", "tau = theta"))
    code, _, err = scgc("check", coin)
    assert code == 1 and "in the variant cold:" in err
    assert scgc("check", coin, "--variant", "nothing")[0] == 1


def test_fmt(scgc, coin: Path, monkeypatch: pytest.MonkeyPatch):
    coin.write_text(GOOD.replace("cost = z[0]", "cost=z[ 0 ]"))
    code, out, _ = scgc("fmt", "--check", coin)
    assert code == 1 and "would change" in out and "z[ 0 ]" in coin.read_text()
    code, out, _ = scgc("fmt", coin)
    assert code == 0 and "changed" in out and "cost = z[0]" in coin.read_text()
    assert scgc("fmt", "--check", coin)[:2] == (0, "")
    text = coin.read_text()
    coin.write_text("loss = = \n")
    code, _, err = scgc("fmt", coin)
    assert code == 1 and "error[SCG0" in err and coin.read_text() == "loss = = \n"
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert scgc("fmt", "-")[1] == text


def test_ir(scgc, coin: Path):
    code, out, _ = scgc("ir", coin, "--set", "z.via=enumerate")
    assert code == 0 and "via enumerate" in out
    code, out, _ = scgc("ir", coin, "--json")
    assert json.loads(out)["name"] == "coin"


def test_draw(scgc, coin: Path, tmp_path: Path):
    for name in ("figure.svg", "figure.dot", "figure.png"):
        code, out, _ = scgc("draw", coin, "-o", tmp_path / name, "--gradients")
        assert code == 0 and out.strip() == str(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 300
    code, _, err = scgc("draw", coin, "-o", tmp_path / "figure.xyz")
    assert code == 1 and "SCG514" in err
    code, _, err = scgc("draw", coin, "-o", tmp_path / "no" / "figure.dot")
    assert code == 1 and "SCG514" in err


@pytest.mark.parametrize("kind", KINDS)
def test_list(scgc, kind: str):
    assert kind in scgc("list")[1]
    code, out, _ = scgc("list", kind)
    entries = json.loads(scgc("list", kind, "--json")[1])[kind]
    assert code == 0 and entries
    for entry in entries:
        assert entry.get("signature", entry["name"]) in out


def test_a_bug_of_ours_is_owned_up_to(scgc, coin: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(*args: object) -> None:
        raise AssertionError("cannot happen")

    monkeypatch.setattr("scgc.ir.text.print_ir", broken)
    code, _, err = scgc("ir", coin)
    assert code == 3 and "bug in scgc" in err and "cannot happen" in err
    report = Path(err.split("the file\n")[1].split("\n")[0].strip())
    assert "print_ir" in report.read_text() and f"scgc ir {coin}" in report.read_text()
    report.unlink()


def test_fmt_shows_what_would_change(tmp_path: Path) -> None:
    path = tmp_path / "a.scg"
    path.write_text("dim D=3\n")
    shown = CliRunner().invoke(app(), ["fmt", "--diff", str(path)])
    assert shown.exit_code == 0 and "-dim D=3\n+dim D = 3\n" in shown.output
    assert path.read_text() == "dim D=3\n"
    assert CliRunner().invoke(app(), ["fmt", "--diff", "--check", str(path)]).exit_code == 1
    path.write_text("dim D = 3\n")
    assert CliRunner().invoke(app(), ["fmt", "--diff", "--check", str(path)]).output == ""


def test_the_schema_of_the_graph_names_what_is_printed() -> None:
    schema = json.loads(CliRunner().invoke(app(), ["ir", "--schema"]).output)
    printed = json.loads(CliRunner().invoke(app(), ["ir", "bandit", "--json"]).output)
    assert set(printed) == set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert CliRunner().invoke(app(), ["ir"]).exit_code == 2


WRONG = "input x : real[4]\nz ~ Normal(x, 1) via scor\nloss c = sum(y) + x\nvariant v { z.via = enumerate }\n"


def test_what_check_prints_is_what_its_schema_says(scgc, tmp_path: Path) -> None:
    (tmp_path / "wrong.scg").write_text(WRONG)
    code, out, _ = scgc("check", tmp_path / "wrong.scg", tmp_path / "none.scg", "vsgae", "--json")
    checked = Checked.model_validate_json(out, strict=True)
    assert code == 1 and [len(found) for found in checked.files.values()] == [2, 1, 0]
    assert json.loads(scgc("check", "--schema")[1]) == Checked.model_json_schema()
    assert not Checked.model_json_schema()["additionalProperties"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, ["check", "bandit"]),
        (1, ["check", "no_such_program"]),
        (1, ["compile", "bandit", "--set", "arms=0"]),
        (1, ["check", "bandit", "--variant", "none_such"]),
        (2, ["check"]),
        (2, ["check", "bandit", "--verbos"]),
        (2, ["draw", "bandit", "--depth", "many"]),
        (2, ["no_such_command"]),
    ],
)
def test_exit_codes_tell_whose_mistake_it_is(scgc, code: int, words: list[str]) -> None:
    assert scgc(*words)[0] == code


def test_garbage_is_collected_again_behind_a_command(capsys: pytest.CaptureFixture[str]):
    """Commands that only read a program look for none, which would take a sixth of their time."""
    with keeping_all():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(SystemExit):
        main(["check", "digit_addition"])
    assert gc.isenabled()
