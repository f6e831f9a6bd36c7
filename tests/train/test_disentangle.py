"""The programs of the disentanglement study: each trains, and is what the tables of the thesis say."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from scgc.data.columns import examples
from scgc.pipeline import Compilation
from scgc.programs import shipped
from scgc.train.compiled import Compiled
from scgc.train.device import Machine
from scgc.train.plan import Wishes, make_plan
from scgc.train.run import Run


def variants(name: str) -> tuple[str, ...]:
    if "semi" not in name:
        return ()
    return ("masked",) if name.endswith("dvae") else ("l2",)


PROGRAMS = [name for name in shipped() if name.startswith("disentangle/")]
REGULARISED = "beta_vae annealed_vae beta_tcvae dip_vae_i dip_vae_ii"
BOTH = "vae factor_vae semi_vae semi_factor_vae circles_vae"
CASES = [(name, variant) for name in PROGRAMS for variant in (None, *variants(name))]
SMALL = {"data.examples": "64", "data.test_examples": "8", "batch": "8", "steps": "100"}


def prepared(name: str, variant: str | None = None, **more: str) -> Run:
    """A run on a few rendered images, without its directory."""
    overrides = dict(SMALL) | ({"data.labels": "20"} if "semi" in name else {}) | more
    if "circles" in name:
        overrides |= {"width": "4"}
    compilation = Compilation.of(name, variant, overrides)
    assert not compilation.diagnostics
    compiled, wishes = Compiled.of(compilation), Wishes(device="cpu")
    data = compiled.load(compiled.program.train.data, wishes)  # type: ignore[union-attr]
    assert data is not None
    plan = make_plan(compiled.program, wishes, examples(data.splits["train"]))
    return Run(compiled, wishes, plan, Machine.of("cpu"), None, data, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_it_trains(name: str, variant: str | None) -> None:
    """Two steps change every parameter that learns at all, and leave every number finite."""
    run = prepared(name, variant)
    loop = run.loop(run.initialised())
    before = {n: p.detach().clone() for n, p in loop.model.named_parameters()}
    loop.model.train()
    loop.advance(0)
    for _ in range(2):
        out = loop.move()
        assert torch.isfinite(out.loss)
    still = {n for n, p in loop.model.named_parameters() if torch.equal(p, before[n])}
    assert not still
    loop.model.eval()
    with torch.no_grad():
        out = loop.model(**next(loop.batches))
    values = {n: getattr(out, f) for n, f in loop.model.fields.items()}
    assert all(torch.isfinite(v).all() for v in values.values())


def test_every_program_of_the_study_is_there() -> None:
    names = f"{REGULARISED} {BOTH} {BOTH.replace('vae', 'dvae')}"
    assert {f"disentangle/{n}" for n in names.split()} == set(PROGRAMS)


def count(model: Any, part: str) -> int:
    return sum(p.numel() for n, p in model.named_parameters() if n.startswith(part))


def test_architectures_are_those_of_the_tables() -> None:
    """Tables A.1 and A.4: the numbers of parameters of encoder, decoder and discriminator."""
    convolutions = 16 * (1 * 32 + 32 * 32 + 32 * 64 + 64 * 64) + 32 + 32 + 64 + 64
    body = convolutions + (1024 + 1) * 256
    decoder = (
        (10 + 1) * 256 + (256 + 1) * 1024 + 16 * (64 * 64 + 64 * 32 + 32 * 32 + 32 * 1) + 64 + 32 + 32 + 1
    )
    judge = (10 + 1) * 1000 + 5 * 1001 * 1000 + 1001 * 2
    gaussian, discrete = (prepared(f"disentangle/factor_{kind}").initialised() for kind in ("vae", "dvae"))
    for model, codes in ((gaussian, 2 * 10), (discrete, 10 * 64)):
        assert count(model, "features") == body
        assert count(model, "encode") == 257 * codes
        assert count(model, "decode") == decoder
        assert count(model, "discriminate") == judge


def test_the_scale_rises_and_is_0_at_test_time() -> None:
    model = prepared("disentangle/dvae").initialised()
    for progress, scale in ((0.0, 0.5), (0.5, 1.25), (1.0, 2.0)):
        model.advance(progress=progress)
        assert model.train().schedule_values()["scale"] == pytest.approx(scale)
        assert float(model.eval().scale) == 0


def test_the_gap_is_0_where_codes_are_discrete() -> None:
    """Equation 5.26: it compares the relaxed bound without noise with that of the largest categories."""
    run = prepared("disentangle/dvae")
    model = run.initialised().eval()
    batch = next(run.batches())
    with torch.no_grad():
        assert (model(**batch).st_gap > 0.01).all()
        model.encode.linear.weight.mul_(1e5)
        assert (model(**batch).st_gap < 1e-3).all()


def test_only_labelled_examples_count() -> None:
    run = prepared("disentangle/semi_dvae")
    model, batch = run.initialised(), next(run.batches())
    torch.manual_seed(0)
    known = model(**batch).known
    assert torch.equal(known != 0, batch["labelled"])


def test_masked_categories_are_never_drawn() -> None:
    """Factor i with m' values uses the categories nearest to m' points at equal distances (thesis 5.4.3)."""
    run = prepared("disentangle/semi_dvae", "masked")
    model, batch = run.initialised(), next(run.batches())
    z = model(**batch).z
    for factor, values in enumerate([3, 6, 40, 32, 32]):
        expected = sorted({int(k * 63 / (values - 1) + 0.5) for k in range(values)})
        assert (z[:, factor].amax(0) > 0).nonzero().flatten().tolist() == expected
    assert (z[:, 5:] > 0).all()
