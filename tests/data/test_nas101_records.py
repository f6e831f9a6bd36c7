"""Records in the official format, written here: read, averaged, and refused where they are damaged."""

import json
import struct
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest
import torch

from scgc.data import data_sets, tfrecord
from scgc.data.columns import Loaded
from scgc.data.request import Request
from scgc.data.tfrecord import checksums, read_records
from scgc.diagnostics.base import ProgramError

CHAIN = "0100" + "0010" + "0001" + "0000"
OPERATIONS = "input,conv1x1-bn-relu,maxpool3x3,output"
SMALL = ("010" + "001" + "000", "input,conv3x3-bn-relu,output")
LARGE = (
    "".join("1" if v == u + 1 else "0" for u in range(7) for v in range(7)),
    f"input{',maxpool3x3' * 5},output",
)


def crc(data: bytes) -> int:
    """Masked CRC-32C, bit by bit."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    value ^= 0xFFFFFFFF
    return (((value >> 15) | (value << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def framed(*records: bytes) -> bytes:
    written = b""
    for record in records:
        length = struct.pack("<Q", len(record))
        written += length + struct.pack("<I", crc(length)) + record + struct.pack("<I", crc(record))
    return written


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, value: int | float | bytes) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    return varint(number << 3) + varint(value)


def metrics(validation: float, test: float) -> bytes:
    """What was measured before, half-way through and after training; other accuracies in the beginning."""
    stages = [(0.0, 0.1, 0.1), (54.0, 0.5, 0.6), (108.0, validation, test)]
    evaluations = [
        field(1, epoch) + field(2, 900.5) + field(3, 1.0) + field(4, v) + field(5, t) + field(6, b"x" * 200)
        for epoch, v, t in stages
    ]
    return b"".join(field(1, e) for e in evaluations) + field(2, 8_555_530) + field(3, 1800.0)


def record(cell: tuple[str, str], measured: bytes, epochs: int = 108) -> bytes:
    return json.dumps(["0123abcd", epochs, *cell, b64encode(measured).decode()]).encode()


RECORDS = (
    record((CHAIN, OPERATIONS), metrics(0.8, 0.7)),
    record(SMALL, metrics(0.25, 0.125)),
    record((CHAIN, OPERATIONS), metrics(0.9, 0.8)),
    record((CHAIN, OPERATIONS), metrics(0.3, 0.2), epochs=36),
    record(LARGE, metrics(0.5, 0.5)),
)


def read(folder: Path, content: bytes = framed(*RECORDS), **more: object) -> Loaded:
    (folder / "some.tfrecord").write_bytes(content)
    options = {"file": "some.tfrecord", "split": 0.5, "limit": None, "seed": 0, "max_nodes": 7, **more}
    return data_sets()["nas101_accuracies"].read(Request("nas101_accuracies", options, base=folder))


def fault(folder: Path, content: bytes, **more: object) -> tuple[str, str]:
    with pytest.raises(ProgramError) as caught:
        read(folder, content, **more)
    (found,) = caught.value.diagnostics
    return found.code, found.words(found.title)


def whole(loaded: Loaded, name: str) -> torch.Tensor:
    """A field of both parts, ordered by accuracy."""
    parts = loaded.splits.values()
    order = torch.cat([p["accuracy"].take(torch.arange(len(p["accuracy"]))) for p in parts]).argsort()
    return torch.cat([p[name].take(torch.arange(len(p[name]))) for p in parts])[order]


def test_cells_and_means_over_runs(tmp_path: Path):
    loaded = read(tmp_path)
    assert whole(loaded, "accuracy").tolist() == pytest.approx([0.125, 0.5, 0.75])
    assert whole(loaded, "validation_accuracy").tolist() == pytest.approx([0.25, 0.5, 0.85])
    assert whole(loaded, "kind").tolist() == [
        [0, 1, 4, 0, 0, 0, 0],
        [0, 3, 3, 3, 3, 3, 4],
        [0, 2, 3, 4, 0, 0, 0],
    ]
    assert whole(loaded, "used").sum(1).tolist() == [3, 7, 4]
    assert whole(loaded, "edge")[2].nonzero().tolist() == [[0, 1], [1, 2], [2, 3]]


def test_smaller_cells_only(tmp_path: Path):
    loaded = read(tmp_path, max_nodes=4)
    assert whole(loaded, "kind").tolist() == [[0, 1, 4, 0], [0, 2, 3, 4]]


def test_beside_the_other_data(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "some.tfrecord").write_bytes(framed(*RECORDS))
    options = {"file": "some.tfrecord", "split": 0.5, "limit": None, "seed": 0, "max_nodes": 7}
    request = Request("nas101_accuracies", options, folder=tmp_path / "data", base=tmp_path)
    assert len(whole(data_sets()["nas101_accuracies"].read(request), "kind")) == 3


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :]


GOOD = framed(*RECORDS)
BACKWARDS = CHAIN[:12] + "1000"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (GOOD[:-1], "within a record"),
        (GOOD[: len(framed(RECORDS[0])) + 5], "within the length"),
        (flipped(GOOD, 5), "the length of a record at byte 0"),
        (flipped(GOOD, 9), "the length of a record at byte 0"),
        (flipped(GOOD, 40), "a record at byte 12"),
        (flipped(GOOD, len(GOOD) - 2), "does not agree with its checksum"),
        (struct.pack("<Q", 1 << 63) + GOOD[8:], "checksum"),
        (framed(b"no JSON"), "record 0"),
        (framed(RECORDS[0], b"[1, 2]"), "record 1"),
        (framed(b"7"), "record 0"),
        (framed(record(SMALL, b"")), "without evaluations"),
        (framed(record(SMALL, metrics(0.5, 0.5)[:-3])), "record 0"),
        (framed(record(SMALL, field(1, b"\x0f"))), "wire type 7"),
        (framed(record(SMALL, field(1, b"\x80"))), "within a number"),
        (framed(record(SMALL, metrics(0.5, float("nan")))), "no number"),
        (framed(record(SMALL, metrics(0.5, 0.5), epochs=36)), "108 epochs"),
        (framed(record((CHAIN, "input,conv5x5,maxpool3x3,output"), metrics(0.5, 0.5))), "conv5x5"),
        (framed(record((CHAIN, "input,output,maxpool3x3,output"), metrics(0.5, 0.5))), "input,output"),
        (framed(record((CHAIN[1:], OPERATIONS), metrics(0.5, 0.5))), "adjacency"),
        (framed(record((CHAIN.replace("1", "2"), OPERATIONS), metrics(0.5, 0.5))), "adjacency"),
        (framed(record((BACKWARDS, OPERATIONS), metrics(0.5, 0.5))), "from later to earlier"),
    ],
)
def test_damaged_files(tmp_path: Path, content: bytes, told: str):
    code, text = fault(tmp_path, content)
    assert code == "SCG502" and told in text


def test_a_missing_file_and_a_single_cell(tmp_path: Path):
    with pytest.raises(ProgramError, match="SCG501"):
        read(tmp_path, file="other.tfrecord")
    assert fault(tmp_path, framed(RECORDS[0]))[0] == "SCG509"


def test_checksums_of_stretches_of_any_length():
    content = np.frombuffer(b"123456789" + bytes(range(250)), np.uint8)
    places, lengths = np.array([0, 9, 4, 100, 0]), np.array([9, 250, 0, 1, 259])
    expected = [crc(content[p : p + n].tobytes()) for p, n in zip(places, lengths, strict=True)]
    assert checksums(content, places, lengths).tolist() == expected
    assert expected[0] == (((0xE3069283 >> 15) | (0xE3069283 << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def test_more_records_than_are_checked_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tfrecord, "BLOCK", 3)
    records = [bytes([i]) * i for i in range(10)]
    (tmp_path / "ten").write_bytes(framed(*records))
    assert list(read_records(tmp_path / "ten")) == records
