"""Parameters and buffers on disk, as safetensors: no code runs when one is loaded.

A file is written whole or not at all: under another name first, then renamed.
"""

from __future__ import annotations

import os
from pathlib import Path

from safetensors.torch import load_file, save
from torch import Tensor, nn


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that at no time a part of it stands under its name. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def save_state(model: nn.Module, path: Path) -> None:
    """The model's state_dict. Raises OSError."""
    state = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in model.state_dict().items()}
    write_whole(path, save(state))


def load_state(model: nn.Module, path: Path) -> None:
    """Into a model of the same shape. Raises OSError, RuntimeError, safetensors.SafetensorError."""
    state: dict[str, Tensor] = load_file(path)
    model.load_state_dict(state)
