"""The official records of NAS-Bench-101 (`nasbench_only108.tfrecord`): cells and how accurate they are.

A record is a JSON array: a hash of the cell, the epochs it was trained for, its adjacency matrix row by row,
its operations, and in base64 a protocol buffer with what was measured. Two nested messages with a handful of
numbers are needed of it, so the wire format is read here; the library would be a dependency for them alone.
"""

from __future__ import annotations

import binascii
import json
import math
import struct
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scgc.data.cells import MOST_NODES, Cells
from scgc.data.nas101 import OUTPUT
from scgc.data.tfrecord import DamagedRecords, read_records

EPOCHS = 108
NAMES = {"input": 0, "conv3x3-bn-relu": 1, "conv1x1-bn-relu": 2, "maxpool3x3": 3, "output": OUTPUT}
"""The operations as the records call them."""

EVALUATIONS, VALIDATION, TEST = 1, 4, 5
"""Numbers of fields: the evaluations of a run; validation and test accuracy of an evaluation."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types."""


class Trained(NamedTuple):
    """Cells, and their accuracies `[n]` in 0..1 after training, on average over the runs of each."""

    cells: Cells
    accuracy: NDArray[np.float32]
    validation_accuracy: NDArray[np.float32]


def read_trained(path: Path, most: int = MOST_NODES) -> Trained:
    """The cells of at most `most` nodes, trained for 108 epochs. Raises DamagedRecords, OSError."""
    runs: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for number, record in enumerate(read_records(path)):
        try:
            _, epochs, adjacency, operations, metrics = json.loads(record)
            if epochs == EPOCHS:
                cell = str(adjacency), str(operations)
                runs.setdefault(cell, []).append(final_accuracies(b64decode(metrics)))
        except (ValueError, TypeError, struct.error, binascii.Error) as error:
            raise DamagedRecords(f"record {number} is none of NAS-Bench-101 ({error})") from error
    kept = {cell: found for cell, found in runs.items() if cell[1].count(",") < most}
    if not kept:
        raise DamagedRecords(f"no cell of at most {most} nodes in it was trained for {EPOCHS} epochs")
    means = [[sum(each) / len(found) for each in zip(*found, strict=True)] for found in kept.values()]
    validation, test = np.array(means, np.float32).T
    return Trained(_cells(list(kept), most), test.copy(), validation.copy())


def _cells(found: list[tuple[str, str]], width: int) -> Cells:
    kind = np.zeros((len(found), width), np.int64)
    edge = np.zeros((len(found), width, width), bool)
    used = np.zeros((len(found), width), bool)
    for i, (adjacency, operations) in enumerate(found):
        kinds = [NAMES.get(name, -1) for name in operations.split(",")]
        nodes = len(kinds)
        inside = [k for k in kinds[1:-1] if 0 < k < OUTPUT]
        if [0, *inside, OUTPUT] != kinds:
            raise DamagedRecords(f"a cell has the operations `{operations}`")
        if len(adjacency) != nodes**2 or not set(adjacency) <= {"0", "1"}:
            raise DamagedRecords(f"a cell of {nodes} nodes has the adjacency `{adjacency}`")
        matrix = np.frombuffer(adjacency.encode(), np.uint8).reshape(nodes, nodes) == ord("1")
        if np.tril(matrix).any():
            raise DamagedRecords(f"a cell has edges from later to earlier nodes: `{adjacency}`")
        kind[i, :nodes], edge[i, :nodes, :nodes], used[i, :nodes] = kinds, matrix, True
    return Cells(kind, edge, used)


def final_accuracies(metrics: bytes) -> tuple[float, float]:
    """Validation and test accuracy at the end of a run. Raises ValueError, struct.error."""
    evaluations = [value for number, value in fields(metrics) if number == EVALUATIONS]
    if not evaluations or not isinstance(evaluations[-1], bytes):
        raise ValueError("a run without evaluations")
    found = dict(fields(evaluations[-1]))
    pair = [found.get(number, 0.0) for number in (VALIDATION, TEST)]
    if not all(isinstance(value, float) and math.isfinite(value) for value in pair):
        raise ValueError("an accuracy that is no number")
    return float(pair[0]), float(pair[1])


def fields(message: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """The fields of a protocol buffer with their numbers; numbers of eight bytes are taken to be doubles.

    Raises ValueError, struct.error.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = _varint(message, at)
            yield number, value
        elif wire == FIXED64:
            yield number, struct.unpack_from("<d", message, at)[0]
            at += 8
        elif wire == BYTES:
            length, at = _varint(message, at)
            yield number, message[at : at + length]
            at += length
        elif wire == FIXED32:
            yield number, struct.unpack_from("<f", message, at)[0]
            at += 4
        else:
            raise ValueError(f"a field of wire type {wire}")
    if at > len(message):
        raise ValueError("a message that ends within a field")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A whole number in groups of seven bits, the lowest first, and where it ends."""
    value = shift = 0
    while at < len(message):
        value |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not message[at - 1] & 0x80:
            return value, at
    raise ValueError("a message that ends within a number")


__all__ = ["Trained", "final_accuracies", "read_trained"]
