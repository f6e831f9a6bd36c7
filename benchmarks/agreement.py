"""Before anything is timed: the hand-written and the compiled model are the same model.

At the first step of a training the schedules turn noise off and keep the shortcuts, and dropout is switched
off, so that on the same parameters loss and gradients must be equal to float precision; what is drawn all the
same is replayed.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import torch
import torch.nn.functional as F
from subject import Subject


def kept(x: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    """In place of dropout."""
    return x


@patch.object(F, "dropout", kept)
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
    out = model(**batch)
    out.loss.backward()
    subject.hand.replay(by_hand, out)
    loss, objective = subject.hand.loss(by_hand, batch)
    objective.backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(loss, out.loss)
    for name, parameter in by_hand.named_parameters():
        torch.testing.assert_close(parameter.grad, parameters[names[name]].grad)
