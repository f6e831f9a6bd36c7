"""Facts of a graph held out and found again: data, training and filtered ranks together."""

from __future__ import annotations

from pathlib import Path

import pytest

from scgc.diagnostics.base import ProgramError
from scgc.pipeline import Compilation
from scgc.source import Source
from scgc.train.compiled import Compiled
from scgc.train.plan import Wishes
from scgc.train.run import run

COMPLEX = """
dim N = data.entities
dim R = 2 * data.relations
dim D = 24

input head : class(N)
input path : class(R)[1]
input tail : class(N)
input answers, candidates : bool[N] optional

param E : real[N, 2, D] init normal(0, 0.3)
param W : real[R, 2, D] init normal(0, 0.3)

fn complex_mul(x, y : real[2, D]) -> real[2, D] {
  return stack(x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0])
}

logits = flatten(E, start = 1) @ flatten(complex_mul(E[head], W[path[0]]))

loss   link     = cross_entropy(logits, tail)
metric mrr      = 1 / filtered_rank(logits, tail, answers)
metric raw      = 1 / filtered_rank(logits, tail, candidates and not candidates)
metric hits     = filtered_rank(logits, tail, answers) <= 10
metric quantile = rank_quantile(logits, tail, candidates and not answers)

train {
  data      = kg_paths("torus", lengths = [1])
  batch     = 128
  epochs    = 25
  optimizer = adam(lr = 2e-2)
  evaluate  = 0.2 per epoch
  select    = best(mrr)
}

evaluate again { data = kg_paths("torus", lengths = [1]) }
evaluate few { data = kg_paths("torus", lengths = [1], per_length = 20) }
"""

HOPS = """
dim D = 32
dim N = data.entities
dim R = 2 * data.relations
size hops <= 10

input head : class(N)
input path : class(R)[hops]
input tail : class(N)
input answers : bool[N] optional

schedule beta = 4 * (1 - exp(-0.008 * t))

param E : real[N, 2, D] init uniform(-1, 1)
param W : real[R, 2, D] init uniform(-1, 1)

fn complex_mul(x, y : real[2, D]) -> real[2, D] {
  return stack(x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0])
}
net score(s : real[2, D], r : class(R)) -> real[N] {
  return flatten(E, start = 1) @ flatten(complex_mul(s, W[r]))
}
net hop(s : real[2, D], r : class(R)) -> real[2, D] {
  z ~ Categorical(logits = score(s, r)) via gumbel_softmax(4, scale = beta)
  return dropres(s, drop = 0.2) + reshape(z @ flatten(E, start = 1), 2, D)
}

s = E[head]
for r in path[:-1] { s <- hop(s, r) }
logits = score(s, path[-1])

loss   link = cross_entropy(logits, tail)
metric mrr  = 1 / filtered_rank(logits, tail, answers)

train {
  data      = kg_paths("torus", lengths = [1, 2])
  batch     = 128
  epochs    = 8
  optimizer = adam(lr = 2e-2)
  ticks     = 3 per epoch
  evaluate  = 0.25 per epoch
  select    = best(mrr)
}

evaluate longer { data = kg_paths("torus", lengths = [2, 3, 4], per_length = 100) }
"""


def compiled(text: str) -> Compiled:
    return Compiled.of(Compilation(Source("links.scg", text)))


def test_complex_finds_held_out_facts(tmp_path: Path):
    result = run(compiled(COMPLEX), Wishes(out=tmp_path / "run", seed=0))
    assert result.test["mrr"] > 0.6 and result.test["hits"] > 0.8 and result.test["quantile"] > 0.9
    assert result.test["raw"] < result.test["mrr"] and result.validation["mrr"] > 0.6
    assert result.evaluations["again"] == pytest.approx(result.test)
    assert result.evaluations["few"]["mrr"] > 0.4


def test_hops_over_entities_are_learned(tmp_path: Path):
    result = run(compiled(HOPS), Wishes(out=tmp_path / "run", seed=0))
    assert result.validation["mrr"] > 0.4 and result.test["mrr"] > 0.4  # 0.04 by chance
    assert result.evaluations["longer"]["mrr"] > 0.3


def test_the_path_may_be_as_long_as_the_program_says(tmp_path: Path):
    text = COMPLEX.replace("lengths = [1])", "lengths = [2])", 1)
    with pytest.raises(ProgramError, match="SCG503"):
        run(compiled(text), Wishes(out=tmp_path / "run", steps=1))


def test_answers_have_the_size_of_the_graph(tmp_path: Path):
    text = "\n".join(line for line in COMPLEX.splitlines() if not line.startswith("metric"))
    text = text.replace("bool[N] optional", "bool[D] optional").replace("select    = best(mrr)", "")
    with pytest.raises(ProgramError) as caught:
        run(compiled(text), Wishes(out=tmp_path / "run", steps=1))
    assert [d.code for d in caught.value.diagnostics] == ["SCG503", "SCG503"]
    assert "the shape [143]" in caught.value.diagnostics[0].words(caught.value.diagnostics[0].label)
