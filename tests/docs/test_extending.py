"""The worked examples of docs/architecture.md: put where the page says, they do what it says."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from pages import ROOT, page

import scgc.data
import scgc.distributions
import scgc.estimators
import scgc.metrics
import scgc.ops
from scgc.diagnostics import CATALOGUE
from scgc.diagnostics.base import Diagnostic, Sink
from scgc.diagnostics.render import render
from scgc.emit.load import load_model
from scgc.pipeline import Compilation
from scgc.runtime import Model
from scgc.source import Source, Span

PAGE = page(ROOT / "docs" / "architecture.md")

CACHES = (
    scgc.ops.operators,
    scgc.distributions.distributions,
    scgc.estimators.estimators,
    scgc.estimators.draws,
    scgc.data.data_sets,
    scgc.metrics.measures,
)


def example(place: str) -> str:
    """The block that begins with `# PLACE`."""
    (found,) = [b.text for b in PAGE.blocks if b.language == "python" and b.text.startswith(f"# {place}\n")]
    return found


@pytest.fixture(autouse=True)
def registries() -> Iterator[None]:
    """Read anew, before and after what a test registers."""
    known = set(CATALOGUE)
    for cache in CACHES:
        cache.cache_clear()
    yield
    for cache in CACHES:
        cache.cache_clear()
    for code in set(CATALOGUE) - known:
        del CATALOGUE[code]


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], ModuleType]]:
    """`added("scgc/data/parity.py")`: the file of the page as a module of its package."""
    names: list[str] = []

    def add(file: str) -> ModuleType:
        package = import_module(file.rpartition("/")[0].replace("/", "."))
        (tmp_path / Path(file).name).write_text(example(file), encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
        name = file.removesuffix(".py").replace("/", ".")
        names.append(name)
        module = import_module(name)
        if hasattr(package, "FILES"):
            monkeypatch.setattr(package, "FILES", (*package.FILES, Path(file).stem))
        return module

    yield add
    for name in names:
        del sys.modules[name]
        package, _, last = name.rpartition(".")
        delattr(sys.modules[package], last)


def add_operator(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module(f"scgc.ops.{theme}")
    new = eval(example(f"in OPERATORS of scgc/ops/{theme}.py"), vars(module))
    monkeypatch.setattr(module, "OPERATORS", (*module.OPERATORS, new))


def compiled(text: str) -> Compilation:
    compilation = Compilation(Source("example.scg", text))
    assert compilation.diagnostics == ()
    return compilation


def model_of(text: str) -> Model:
    torch.manual_seed(0)
    return load_model(compiled(text), {})


def test_an_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    add_operator("activations", monkeypatch)
    model = model_of("input x : real[3]\nschedule s = softsign(t - 4)\ny = s * softsign(x)")
    x = torch.randn(5, 3)
    model.advance(t=1)
    torch.testing.assert_close(model(x=x).y, -0.75 * F.softsign(x))


def test_a_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    add_operator("layers", monkeypatch)
    model = model_of("input x : real[3]\ny = prelu(x)")
    x = torch.tensor([[1.0, -1.0, -2.0]])
    torch.testing.assert_close(model(x=x).y, torch.tensor([[1.0, -0.25, -0.5]]))
    assert [p.numel() for p in model.parameters()] == [1]


def test_a_distribution(added: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    import scgc.runtime
    from scgc.runtime import families

    added("scgc/distributions/half_normal.py")
    names = vars(families).copy()
    exec(example("in the families of scgc/runtime/families.py"), names)
    monkeypatch.setattr(scgc.runtime, "HalfNormal", names["HalfNormal"], raising=False)
    model = model_of("param w : real[2] init zeros\nz ~ HalfNormal(scale = exp(w))\nloss size = sum(z)")
    out = model(batch=4000)
    out.loss.backward()
    expected = (
        2 / torch.pi
    ) ** 0.5  # the mean of |Normal(0, 1)|, and its derivative by the logarithm of scale
    assert (out.z >= 0).all()
    torch.testing.assert_close(model.w.grad, torch.full((2,), expected), atol=0.05, rtol=0)


def test_an_estimator(added: Callable[[str], ModuleType]) -> None:
    added("scgc/estimators/soft.py")
    model = model_of(
        "schedule p = 2\nparam w : real[3] init zeros\n"
        "z ~ Categorical(logits = w) via soft(power = p)\nloss first = z[0]"
    )
    out = model(batch=4)
    torch.testing.assert_close(out.z, torch.full((4, 3), 1 / 9))
    out.loss.backward()
    torch.testing.assert_close(model.w.grad, torch.tensor([4.0, -2.0, -2.0]) / 27)
    assert set(model.eval()(batch=50).z.unique().tolist()) == {0.0, 1.0}


def test_an_estimator_is_refused_where_it_does_not_fit(added: Callable[[str], ModuleType]) -> None:
    added("scgc/estimators/soft.py")
    wrong = Compilation(
        Source("example.scg", "param w : real[3]\nz ~ Normal(w, 1) via soft\nloss l = sum(z)")
    )
    assert [d.code for d in wrong.diagnostics] == ["SCG301"]


PARITY = """
program odd
input x : real[6]
input odd : class(2)
logits = x |> linear(16) |> relu |> linear(2)
z ~ Categorical(logits = logits) observe odd
loss error = nll(z)
train { data = parity(bits = 6, examples = 64)  batch = 16  epochs = 1  optimizer = adam(lr = 1e-2) }
evaluate use { report = [largest_share(z)] }
"""


def test_a_data_set_and_a_measure(added: Callable[[str], ModuleType], tmp_path: Path) -> None:
    from scgc.train.compiled import Compiled
    from scgc.train.plan import Wishes
    from scgc.train.run import run

    added("scgc/data/parity.py")
    added("scgc/metrics/shares.py")
    result = run(Compiled.of(compiled(PARITY)), Wishes(out=tmp_path / "run", device="cpu"))
    assert result.steps == 4
    assert 0.5 <= result.evaluations["use"]["largest_share(z)"] <= 1


def test_a_data_set_is_compared_with_the_inputs(added: Callable[[str], ModuleType]) -> None:
    added("scgc/data/parity.py")
    added("scgc/metrics/shares.py")
    wrong = Compilation(Source("example.scg", PARITY.replace("bits = 6", "bits = 7")))
    assert [d.code for d in wrong.diagnostics] == ["SCG503"]


def test_a_measure(added: Callable[[str], ModuleType]) -> None:
    module = added("scgc/metrics/shares.py")
    z = torch.eye(3)[torch.tensor([[0, 2], [2, 2]])]
    assert module.largest_share(z) == 0.75


def test_a_diagnostic() -> None:
    names = vars(import_module("scgc.diagnostics.warnings")).copy()
    exec(example("in the catalogue of scgc/diagnostics/warnings.py"), names)
    kind: type[Diagnostic] = CATALOGUE["SCG499"]
    sink = Sink()
    sink.report(kind(span=Span(Source("model.scg", "z ~ q"), 0, 5), node="z"))
    assert [render(d).splitlines()[0] for d in sink] == [
        "warning[SCG499]: the node `z` has a single category"
    ]


def test_every_room_is_described() -> None:
    rooms = {f"{p.name}/" for p in (ROOT / "scgc").iterdir() if (p / "__init__.py").is_file()}
    described = set(re.findall(r"^\| `scgc/(\w+/)` \|", PAGE.text, re.MULTILINE))
    assert described == rooms


def test_files_that_are_named_exist() -> None:
    """`emit/leads.py` stands for scgc/emit/leads.py."""
    examples = {"half_normal.py", "soft.py", "parity.py", "shares.py"}
    for path in set(re.findall(r"`((?:\w+/)*\w+\.(?:py|lark))`", PAGE.text)):
        if Path(path).name in examples:
            continue
        places = [ROOT / path, ROOT / "scgc" / path, *(ROOT / "scgc").glob(f"*/{path}")]
        assert any(p.exists() for p in places), path
