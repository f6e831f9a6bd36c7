"""Evaluate nested list operations reading from left to right, without a tree: the LSTM of table
6.1.
Thesis 6.1.1 and A.1.1.

Written by scgc from listops_lstm.scg.
"""

from typing import ClassVar, NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from scgc.runtime import Linear, Model, pick

D = 60
V = 14


class ListopsLstm(Model):
    """Evaluate nested list operations reading from left to right, without a tree: the LSTM of table
    6.1.
    Thesis 6.1.1 and A.1.1.
    """

    program = "listops_lstm"
    inputs: ClassVar[dict[str, str]] = {"tokens": "class(V)[n]", "value": "class(10)"}
    sizes: ClassVar[dict[str, str]] = {"n": "50"}
    fields: ClassVar[dict[str, str]] = {
        "x": "x",
        "logits": "logits",
        "task": "task",
        "accuracy": "accuracy",
    }
    losses = ("task",)
    metrics = ("accuracy",)

    class Output(NamedTuple):
        x: Tensor
        logits: Tensor
        task: Tensor | None
        accuracy: Tensor | None
        loss: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.lstm = nn.LSTM(D, D, batch_first=True)
        self.linear1 = Linear(D, D)
        self.linear2 = Linear(D, 10, bias=False)

    def forward(self, tokens: Tensor, n: Tensor, value: Tensor | None = None) -> Output:
        h = self.embedding(tokens)
        x = self.lstm(h)[0]
        h2 = F.relu(self.linear1(pick(x, n - 1, -2)))
        logits = self.linear2(h2)
        task = accuracy = loss = None
        if value is not None:
            task = F.cross_entropy(logits, value, reduction="none")
            accuracy = logits.argmax(-1) == value
            loss = task.mean()
        return self.Output(x, logits, task, accuracy, loss)
