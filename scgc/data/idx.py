"""The IDX format of the MNIST files: a magic number, the sizes of the axes, then bytes; gzipped or not."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


class DamagedIdx(Exception):
    """The text says what is wrong with a file."""


def read_idx(path: Path, axes: int) -> Tensor:
    """The bytes of an IDX file as a uint8 tensor with that many axes. Raises DamagedIdx, OSError."""
    content = _content(path)
    header = 4 + 4 * axes
    if len(content) < header:
        raise DamagedIdx(f"it holds {len(content)} bytes, less than a header")
    magic, *sizes = struct.unpack(f">{1 + axes}I", content[:header])
    if magic != 0x0800 + axes:
        raise DamagedIdx(f"it starts with {magic:#010x} where {0x0800 + axes:#010x} belongs")
    wanted = math.prod(sizes)
    if len(content) - header != wanted:
        shape = " x ".join(map(str, sizes))
        raise DamagedIdx(f"{shape} needs {wanted} bytes, but {len(content) - header} are there")
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=header).reshape(sizes).copy())


def _content(path: Path) -> bytes:
    """A file's bytes, unpacked where they are gzipped, whatever the file is called."""
    raw = path.read_bytes()
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedIdx(f"it does not unpack ({error})") from error
