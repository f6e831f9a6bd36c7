"""Types and shapes of the graph, with symbolic dimensions."""

from __future__ import annotations

import pytest

from scgc.ir.graph import Apply, Invoke, Program, Sample
from scgc.pipeline import Compilation
from scgc.source import Source


def program(text: str) -> Program:
    return Compilation(Source("test.scg", text)).program


def type_of(text: str, name: str = "value") -> str:
    return next(str(s.type) for s in program(text).body if s.result == name)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x + 1", "real[D]"),
        ("m @ x", "real[4]"),
        ("m'", "real[D, 4]"),
        ("m @ m'", "real[4, 4]"),
        ("x[0]", "real[]"),
        ("m[-1]", "real[D]"),
        ("m[:, 1:3]", "real[4, 2]"),
        ("m[-2:]", "real[2, D]"),
        ("table[k]", "real[2]"),
        ("linear(m, 2 * D)", "real[4, 2 * D]"),
        ("concat(x, x, x)", "real[3 * D]"),
        ("stack(x, x)", "real[2, D]"),
        ("sum(m, axis = 0)", "real[D]"),
        ("argmax(m) ", "class(D)[4]"),
        ("k == 3", "bool"),
        ("m * x", "real[4, D]"),
        ("flatten(m)", "real[4 * D]"),
        ("reshape(m, 2 * D, 2)", "real[2 * D, 2]"),
        ("Categorical(logits = m)", "Categorical over onehot(D)[4]"),
    ],
)
def test_types_of_expressions(expression: str, expected: str):
    text = f"""
    dim D = 6
    input x : real[D]
    input m : real[4, D]
    input k : class(5)
    param table : real[5, 2]
    value = {expression}
    """
    assert type_of(text) == expected


def test_dims_of_the_data_stay_symbolic():
    text = """
    dim N = data.entities
    input head : class(N)
    param E : real[N, 8]
    value = E @ E[head]
    """
    assert type_of(text) == "real[N]"
    assert program(text).dim_values()["N"].symbols == {"data.entities"}


def test_a_net_maps_over_leading_axes():
    found = program(
        """
        dim n = 5
        input x : real[n, 3, 4]
        input y : real[4]
        net both(a, b : real[4]) -> real[2] { return concat(a, b) |> linear(2) }
        value = both(x, y)
        """
    ).body[-1]
    assert isinstance(found, Invoke)
    assert str(found.type) == "real[n, 3, 2]"
    assert found.spread == (True, False)


def test_nested_nets_and_copies():
    made = program(
        """
        input x : real[4]
        net outer[2](x : real[4]) -> real[4] {
          net inner[3](y : real[4]) -> real[4] { return linear(y, 4) }
          return inner[2](inner[0](x))
        }
        value = outer[1](outer[0](x))
        """
    )
    assert made.net("outer/inner").copies is not None
    assert [str(s.copy_index) for s in made.net("outer").body if isinstance(s, Invoke)] == ["0", "2"]


def test_a_hard_one_hot_draw_serves_as_an_index():
    body = program(
        """
        input reward : real[3]
        param theta : real[3]
        a ~ Categorical(logits = theta) via score
        value = reward[a]
        """
    ).body
    functions = [s.function for s in body if isinstance(s, Apply)]
    assert functions == ["Categorical", "to_class", "take"]


def test_the_default_estimator_is_pathwise_where_there_is_one():
    body = program(
        """
        input x : real[4]
        z ~ Normal(mean = x, std = 1)
        k ~ Categorical(logits = x)
        """
    ).body
    assert [s.estimator.name for s in body if isinstance(s, Sample)] == ["pathwise", "score"]


def test_nodes_inside_calls_have_dotted_names():
    text = """
    input x : real[5, 4]
    net bin(x : real[4]) -> real[3] {
      z ~ Categorical(logits = linear(x, 3)) prior uniform via gumbel_softmax(tau = 1)
      return 2 * z
    }
    left  = bin(x)
    value = left.z
    loss rate = kl(left.z)
    """
    assert type_of(text) == "onehot(3)[5]"
    kl = next(s for s in program(text).body if s.result == "rate")
    assert isinstance(kl, Apply)
    assert str(kl.inputs["q"]).startswith("left.%")
