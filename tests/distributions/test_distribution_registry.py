"""Every declared family has a class that does what the declaration says."""

import subprocess
import sys

import pytest
import torch

import scgc.runtime
from scgc.distributions import distributions

DIMS = {"k": 3}
VALUES = {"logits": 0.5, "probs": 0.4, "total_count": 7, "low": 0.1, "high": 0.9}
# the shape of the parameters, and of a draw, where a plate of two elements has more than two numbers
PARAMETERS = {
    "Categorical": (2, 3),
    "Dirichlet": (2, 3),
    "TopK": (2, 3),
    "Arborescence": (2, 3, 3),
    "SpanningTree": (2, 3, 3),
}
FAMILIES = sorted(distributions())
SIGNATURES = [(name, i) for name, d in distributions().items() for i in range(len(d.signatures))]


def built(name: str, index: int) -> torch.distributions.Distribution:
    """The distribution of a signature's constructor with a plate of two elements."""
    declared = distributions()[name]
    slots = declared.parsed[index].slots
    shape = PARAMETERS.get(name, (2,))
    values: dict[str, object] = {s.name: torch.full(shape, VALUES.get(s.name, 0.7)) for s in slots}
    if "total_count" in values:
        values["total_count"] = torch.full(shape, 7)
    constructor = list(declared.signatures.values())[index]
    if name == "TopK":
        values["k"] = 2
    text = constructor.format(**{n: f"values[{n!r}]" for n in values})
    return eval(text, {**vars(scgc.runtime), "values": values})


def test_seventeen_families() -> None:
    assert len(FAMILIES) == 17


@pytest.mark.parametrize(("name", "index"), SIGNATURES)
def test_constructor_draws_the_declared_type(name: str, index: int) -> None:
    declared, q = distributions()[name], built(name, index)
    draw = q.sample()
    assert draw.shape == PARAMETERS.get(name, (2,))
    assert q.batch_shape == (2,)
    assert q.has_rsample is declared.reparameterised
    assert bool(declared.values) is (name in ("Bernoulli", "Binomial", "Categorical", "TopK"))
    assert q.log_prob(draw).shape == (2,)


@pytest.mark.parametrize(("name", "index"), SIGNATURES)
def test_draws_lie_in_the_declared_support(name: str, index: int) -> None:
    draws = built(name, index).sample((200,))
    match distributions()[name].support:
        case "finite" | "count" | "structure":
            assert torch.equal(draws, draws.round())
            assert (draws >= 0).all()
        case "positive":
            assert (draws > 0).all()
        case "unit":
            assert ((draws > 0) & (draws < 1)).all()
        case "simplex":
            torch.testing.assert_close(draws.sum(-1), torch.ones(200, 2))
        case "real":
            assert draws.isfinite().all()


@pytest.mark.parametrize("name", [n for n in FAMILIES if distributions()[n].uniform])
def test_uniform_member(name: str) -> None:
    uniform = eval(distributions()[name].uniform.format(**DIMS), vars(scgc.runtime))
    q = built(name, 0)
    support = q.enumerate_support()
    torch.testing.assert_close(
        uniform.log_prob(support).exp().expand(len(support), 2),
        torch.full((len(support), 2), 1 / len(support)),
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_words_of_the_declaration(name: str) -> None:
    declared = distributions()[name]
    assert declared.name == name
    assert declared.doc.endswith(".")
    assert declared.example.startswith(f"{name}(")
    assert {s.name for s in declared.parsed} == {name}


def test_registries_import_no_torch() -> None:
    code = (
        "import sys; from scgc.distributions import distributions;"
        "from scgc.estimators import estimators;"
        "distributions(), estimators(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
