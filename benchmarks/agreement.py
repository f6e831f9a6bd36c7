"""Before anything is timed: the hand-written and the compiled model are the same model.

At the first step of a training the schedules turn noise off and keep the shortcuts, and dropout is switched
off, so that on the same parameters loss and gradients must be equal to float precision; what is drawn all the
same is replayed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from subject import Subject
from torch import Tensor

from scgc.runtime import Model

ROUNDED = 2e-5
"""The relative error of a gradient: oneDNN adds up that of a transposed convolution's bias one by one."""


@contextmanager
def without_dropout(model: Model) -> Iterator[None]:
    """No dropout, whose masks the two models would draw in another order."""

    def kept(x: Tensor, *args: Any, **named: Any) -> Tensor:
        return x

    own = type(model).forward.__globals__
    with patch("torch.nn.functional.dropout", kept):
        if "dropout" in own:
            with patch.dict(own, {"dropout": kept}):
                yield
        else:
            yield


def verify_agreement(subject: Subject) -> None:
    """Raises AssertionError, which says where they differ."""
    model, by_hand = subject.model(step=0), subject.hand.make().train()
    names = {name: subject.hand.carried_over(name) for name, _ in by_hand.named_parameters()}
    parameters = dict(model.named_parameters())
    assert sorted(names.values()) == sorted(parameters), "the models have other parameters"
    by_hand.load_state_dict({name: parameters[names[name]].detach() for name in names})
    for name, value in model.schedule_values().items():
        setattr(by_hand, name, value)

    batch = next(subject.batches())
    with without_dropout(model):
        out = model(**batch)
        out.loss.backward()
        subject.hand.replay(by_hand, out)
        loss, objective = subject.hand.loss(by_hand, batch)
    objective.backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(loss, out.loss)
    for name, parameter in by_hand.named_parameters():
        torch.testing.assert_close(parameter.grad, parameters[names[name]].grad, rtol=ROUNDED, atol=1e-5)
