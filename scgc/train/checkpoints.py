"""What is kept of a run on disk: tensors, and facts as JSON, in one safetensors file. No code runs when one
is loaded.

A file is written whole or not at all: under another name first, then renamed. The digest of everything in it
stands in its header, so that damage is noticed. A weight has its name; what else a checkpoint holds has a
name with a colon (`optimizer:0:exp_avg`), which no weight can have.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

FACTS, DIGEST = "scgc", "sha256"
"""Under which names the facts and the digest stand in the header."""


class Damaged(Exception):
    """A checkpoint that does not hold what was written."""


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, on the CPU, and facts that JSON can hold."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def weights(self) -> dict[str, Tensor]:
        """A model's state_dict."""
        return {name: tensor for name, tensor in self.tensors.items() if ":" not in name}


# ---- files


def write_part(path: Path, content: bytes) -> Path:
    """Write what is to become the file `path` under another name beside it. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        part.unlink(missing_ok=True)  # on a full disk its room is needed
        raise
    return part


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that at no time a part of it stands under its name. Raises OSError."""
    os.replace(write_part(path, content), path)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint beside where it will stand and read it again; gives its place, to be renamed.

    Raises OSError, also where what is read is not what was written.
    """
    facts = json.dumps(checkpoint.facts)
    header = {FACTS: facts, DIGEST: _digest(checkpoint.tensors, facts)}
    part = write_part(path, save(checkpoint.tensors, header))
    try:
        read_checkpoint(part)
    except Damaged as damage:
        part.unlink(missing_ok=True)
        raise OSError(f"what was written cannot be read again: {damage}") from None
    return part


def read_checkpoint(path: Path) -> Checkpoint:
    """The tensors and facts of a file. Raises Damaged where they are not those that were written."""
    with _damage():
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            # copies: aligned in memory as PyTorch aligns tensors, on which the last bit of a sum may depend
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        facts = header.get(FACTS, "{}")
        digest = _digest(tensors, facts)
        if header.get(DIGEST, digest) != digest:  # weights of other tools have none
            raise Damaged("its content does not match its digest")
        return Checkpoint(tensors, json.loads(facts))


def read_facts(path: Path) -> dict[str, Any]:
    """The facts alone, without a look at the tensors. Raises Damaged."""
    with _damage(), safe_open(path, "pt") as file:
        found: dict[str, Any] = json.loads((file.metadata() or {}).get(FACTS, "{}"))
        return found


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Damaged(reason) from None


def _digest(tensors: Mapping[str, Tensor], facts: str) -> str:
    """Of names, types, shapes, bytes and facts; whatever the order in the file."""
    sum_ = hashlib.sha256(facts.encode())
    for name, tensor in sorted(tensors.items()):
        sum_.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        sum_.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return sum_.hexdigest()


# ---- weights


def weights(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the model's state_dict on the CPU."""
    state = model.state_dict().items()
    return {name: tensor.detach().cpu().clone().contiguous() for name, tensor in state}


def load_state(model: nn.Module, path: Path) -> None:
    """The weights of a checkpoint into a model of the same shape. Raises Damaged, RuntimeError."""
    model.load_state_dict(read_checkpoint(path).weights)
