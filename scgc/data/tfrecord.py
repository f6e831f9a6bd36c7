"""The TFRecord format: for each record its length, a checksum of the length, the bytes, a checksum of them.

Checksums are CRC-32C (Castagnoli), rotated and shifted as the format asks. They are worked out for a block of
records at a time, one byte of all of them after another, so that NumPy does the work.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78
HEADER, FOOTER = 12, 4
BLOCK = 16384
"""Records that are checked together."""

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


class DamagedRecords(Exception):
    """The text says what is wrong with a file."""


def read_records(path: Path) -> Iterator[bytes]:
    """The records of a file, one by one. Raises DamagedRecords, OSError."""
    if path.stat().st_size == 0:
        raise DamagedRecords("it is empty")
    content = np.memmap(path, np.uint8, "r")
    start = 0
    while start < len(content):
        places, lengths = _block(content, start)
        _verify(content, places, np.full_like(places, HEADER - 4), "the length of a record")
        start = int(places[-1] + lengths[-1]) + HEADER + FOOTER
        if start > len(content):
            raise DamagedRecords(f"it ends after {len(content)} bytes, within a record")
        _verify(content, places + HEADER, lengths, "a record")
        for place, length in zip((places + HEADER).tolist(), lengths.tolist(), strict=True):
            yield content[place : place + length].tobytes()


def _block(content: Bytes, start: int) -> tuple[Places, Places]:
    """Where the next records start and how long they are; the last may reach beyond the end."""
    places: list[int] = []
    lengths: list[int] = []
    while start < len(content) and len(places) < BLOCK:
        if start + HEADER > len(content):
            raise DamagedRecords(f"it ends after {len(content)} bytes, within the length of a record")
        (length,) = struct.unpack("<Q", content[start : start + 8].tobytes())
        places.append(start)
        lengths.append(min(length, len(content)))  # a longer one is damaged, and might not fit into int64
        start += HEADER + length + FOOTER
    return np.array(places), np.array(lengths)


def _verify(content: Bytes, places: Places, lengths: Places, what: str) -> None:
    """Whether each stretch of bytes is followed by its checksum. Raises DamagedRecords."""
    stored = sum(content[places + lengths + i].astype(np.uint32) << np.uint32(8 * i) for i in range(4))
    wrong = stored != checksums(content, places, lengths)
    if wrong.any():
        raise DamagedRecords(f"{what} at byte {places[wrong.argmax()]} does not agree with its checksum")


def checksums(content: Bytes, places: Places, lengths: Places) -> NDArray[np.uint32]:
    """The masked CRC-32C of each stretch of bytes."""
    longest_first = np.argsort(-lengths, kind="stable")
    places, lengths = places[longest_first], lengths[longest_first]
    crc = np.full(len(places), 0xFFFFFFFF, np.uint32)
    alive = len(places)
    for i in range(int(lengths.max(initial=0))):
        while lengths[alive - 1] <= i:
            alive -= 1
        now = crc[:alive]
        crc[:alive] = TABLE[(now ^ content[places[:alive] + i]) & 0xFF] ^ (now >> 8)
    crc = ~crc
    masked = np.empty_like(crc)
    masked[longest_first] = ((crc >> 15) | (crc << 17)) + np.uint32(0xA282EAD8)
    return masked


def _table() -> NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(POLYNOMIAL), table >> 1)
    return table


TABLE = _table()


__all__ = ["DamagedRecords", "checksums", "read_records"]
