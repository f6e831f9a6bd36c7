"""What needs no torch imports none: these commands are to be instant."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = "{'torch', 'numpy', 'scipy', 'sklearn', 'lightning_fabric', 'safetensors', 'pooch'}"


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["run", "--help"],
        ["sweep", "--help"],
        ["report", "--help"],
        ["study", "--help"],
        ["plot", "--help"],
        ["plot", "simplex", "--help"],
        ["check", "mnist_addition"],
        ["fmt", "--check", "FILE"],
        ["ir", "digit_addition"],
        ["draw", "digit_addition", "-o", "OUT.svg"],
        ["list", "ops"],
        ["explain", "SCG201"],
        ["runs", "FILE"],
        ["list", "data"],
        ["list", "estimators"],
        ["list", "distributions"],
    ],
)
def test_no_torch(words: list[str], tmp_path: Path):
    (tmp_path / "bandit.scg").write_text("program nothing\n")
    places = {"FILE": str(tmp_path / "bandit.scg"), "OUT.svg": str(tmp_path / "o.svg")}
    given = [places.get(word, word) for word in words]
    code = (
        "import sys\nfrom scgc.cli import main\n"
        f"try:\n    main({given!r})\nexcept SystemExit as left:\n    assert not left.code, left.code\n"
        f"assert not {HEAVY} & set(sys.modules), {HEAVY} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_check_imports_no_more_than_it_needs():
    """What takes long to import and is for other commands."""
    code = (
        "import sys\nfrom scgc.cli import main\n"
        "try:\n    main(['check', 'vsgae'])\nexcept SystemExit as left:\n    assert not left.code\n"
        "print([m for m in ('networkx', 'rich', 'scgc.cli.run', 'scgc.emit') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize("program", ["bandit", "digit_addition"])
def test_a_run_takes_its_first_step_without_what_it_does_not_need(program: str, tmp_path: Path):
    """PyTorch's compiler, SymPy and Fabric together take longer to import than PyTorch."""
    code = (
        "import sys\nfrom scgc.cli import main\nfrom scgc.train.loop import Loop\n"
        "heavy = {'torch._dynamo', 'lightning_fabric', 'sympy', 'scipy', 'sklearn', 'torch_geometric',\n"
        "    'pydantic'}\n"
        "plain = Loop.move\n"
        "def move(loop):\n    plain(loop)\n    print(sorted(heavy & set(sys.modules)))\n    sys.exit(0)\n"
        "Loop.move = move\n"
        f"main(['run', {program!r}, '--steps', '2', '--out', {str(tmp_path / 'run')!r}])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
