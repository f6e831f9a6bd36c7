"""Each stochastic node is weighed by exactly the losses that its value influences."""

from __future__ import annotations

from scgc.analysis.credit import Credit, credit
from scgc.pipeline import Compilation
from scgc.source import Source


def credit_of(text: str) -> Credit:
    return credit(Compilation(Source("test.scg", text)).program)


TWO_COSTS = """
input x : real[4]
param table : real[3, 2]
first  ~ Categorical(logits = linear(x, 3)) via {first}
second ~ Categorical(logits = linear(first, 3)) via {second}
loss early = sum(first @ table)
loss late  = sum(second @ table)
loss apart = sum(x |> linear(2))
"""


def test_a_node_is_weighed_by_what_lies_downstream():
    found = credit_of(TWO_COSTS.format(first="score", second="score"))
    assert found.downstream == {"first": ("early", "late"), "second": ("late",)}


def test_equally_many_samples_share_an_axis_and_enumeration_has_its_own():
    several = "score(samples = 4, baseline = leave_one_out)"
    assert credit_of(TWO_COSTS.format(first=several, second=several)).axes == {"first": 0, "second": 0}
    found = credit_of(TWO_COSTS.format(first=several, second="enumerate"))
    assert found.axes == {"first": 0, "second": 1}


def test_each_call_of_a_net_draws_by_itself():
    found = credit_of(
        """
        input a, b : real[4]
        net bin(x : real[4]) -> real[3] {
          z ~ Categorical(logits = linear(x, 3)) via score
          return 2 * z
        }
        left  = bin(a)
        right = bin(b)
        loss one  = sum(left)
        loss both = sum(left * right)
        """
    )
    assert found.downstream == {"left.z": ("one", "both"), "right.z": ("both",)}


def test_the_distribution_is_not_the_draw():
    """A cost of the distribution alone, such as a KL divergence, does not weigh the draw."""
    found = credit_of(
        """
        input x : real[4]
        z ~ Categorical(logits = linear(x, 3)) prior uniform via score
        loss error = sum(z)
        loss rate  = kl(z)
        """
    )
    assert found.downstream == {"z": ("error",)}


def test_an_observed_node_adds_no_axis():
    found = credit_of(
        """
        input x : real[4]
        input kind : class(3)
        k ~ Categorical(logits = linear(x, 3)) observe kind via score(samples = 4)
        loss error = nll(k)
        """
    )
    assert found.axes == {"k": None}


def test_an_axis_is_never_put_behind_one_that_the_distribution_has():
    found = credit_of(
        """
        dim S = 5
        input x : real[4]
        a ~ Categorical(logits = linear(x, 3)) via score(samples = S)
        e ~ Categorical(logits = linear(x, 3)) via enumerate
        b ~ Categorical(logits = linear(e, 3)) via score(samples = 5)
        c ~ Categorical(logits = linear(concat(a, e), 3)) via score(samples = 5)
        loss error = sum(a) + sum(b) + sum(c)
        """
    )
    assert found.axes == {"a": 0, "e": 1, "b": 2, "c": 0}
