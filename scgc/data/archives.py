"""Files of a data set that stand in a folder or in a zip or tar.gz archive, as they are published.

The place is found by its name whatever its capitals, punctuation and version: `fb15k237` is in
`FB15k-237/`, `fb15k-237.zip` or `FB15K-237.2.zip`.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scgc.data.request import Request
from scgc.diagnostics.base import ProgramError
from scgc.diagnostics.data import DamagedFile, MissingFile

ENDING = r"\.(zip|tgz|tar\.gz)$"
UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError)
"""What opening an archive raises: RuntimeError for one with a password."""

Roles = Mapping[str, tuple[str, ...]]
"""What a file is for -> the names that it may have, the usual one first."""


@dataclass(frozen=True)
class Member:
    """A file: its bytes, and where it was found, for diagnostics."""

    path: str
    content: bytes


@dataclass(frozen=True)
class Published:
    """A data set's files as a user asks for them. `ways` says how to get them."""

    request: Request
    name: str
    ways: str

    def read(self, roles: Roles) -> dict[str, Member]:
        """One file for each role, from `--data` or from beside the program.

        Raises ProgramError (SCG501, SCG502).
        """
        folders = [f for f in (self.request.folder, self.request.base) if f is not None]
        wanted = {name for names in roles.values() for name in names}
        for place in (p for folder in folders for p in _places(folder, self.name)):
            try:
                found = _members(place, wanted)
            except OSError as error:
                raise self.damaged(str(place), error.strerror or str(error)) from None
            except UNREADABLE as error:
                raise self.damaged(str(place), f"it does not unpack ({error})") from None
            if found:
                return self._complete(place, found, roles)
        raise self._missing(f"the data `{self.name}`", folders[0] / self.name)

    def _complete(self, place: Path, found: dict[str, Member], roles: Roles) -> dict[str, Member]:
        chosen = {}
        for role, names in roles.items():
            name = next((n for n in names if n in found), None)
            if name is None:
                raise self._missing(f"the file `{names[0]}`", place)
            chosen[role] = found[name]
        return chosen

    def lines(self, file: Member) -> Iterator[tuple[int, list[str]]]:
        """The three fields between tabs of every line, with its number. Raises ProgramError (SCG502)."""
        try:
            text = file.content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.damaged(file.path, f"byte {error.start} is no UTF-8 text") from None
        if not text.strip():
            raise self.damaged(file.path, "it is empty")
        for number, line in enumerate(text.split("\n"), start=1):
            fields = line.rstrip("\r").split("\t")
            if len(fields) == 3 and all(fields):
                yield number, fields
            elif line.strip():
                raise self.damaged(file.path, f"line {number} is not three names between tabs")

    def damaged(self, path: str, problem: str) -> ProgramError:
        """SCG502, to raise."""
        span = self.request.span
        return ProgramError((DamagedFile(span=span, path=path, problem=problem, ways=self.ways),))

    def _missing(self, what: str, path: Path) -> ProgramError:
        span = self.request.span
        return ProgramError((MissingFile(span=span, what=what, path=str(path), ways=self.ways),))


def _places(folder: Path, name: str) -> Iterator[Path]:
    """The folder itself if it is called so, else what in it is, folders first."""
    if not folder.is_dir():
        return
    if _plain(folder.resolve().name) == _plain(name):
        yield folder
    inside = [
        p for p in sorted(folder.iterdir()) if _plain(re.sub(ENDING, "", p.name.lower())) == _plain(name)
    ]
    yield from (p for p in inside if p.is_dir())
    yield from (p for p in inside if p.is_file() and re.search(ENDING, p.name.lower()))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", re.sub(r"\.\d+$", "", name).casefold())


def _members(place: Path, wanted: set[str]) -> dict[str, Member]:
    """Files by their names, those of the least deep folder that holds any."""
    if place.is_dir():
        inside = {p.relative_to(place).as_posix(): p for p in place.rglob("*") if p.is_file()}
        return {n: Member(str(inside[p]), inside[p].read_bytes()) for n, p in _wanted(inside, wanted)}
    if zipfile.is_zipfile(place) or place.suffix.lower() == ".zip":
        with zipfile.ZipFile(place) as archive:
            names = archive.namelist()
            return {n: Member(f"{place}:{p}", archive.read(p)) for n, p in _wanted(names, wanted)}
    # unpacked at once: tarfile by itself takes a damaged archive for a shorter one
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(place.read_bytes()))) as packed:
        files = {member.name: member for member in packed.getmembers() if member.isfile()}
        opened = {n: (p, packed.extractfile(files[p])) for n, p in _wanted(files, wanted)}
        return {n: Member(f"{place}:{p}", file.read()) for n, (p, file) in opened.items() if file is not None}


def _wanted(paths: Mapping[str, object] | list[str], wanted: set[str]) -> list[tuple[str, str]]:
    """Names with their paths, in the folder with the fewest folders above it that holds any."""
    found = [PurePosixPath(p) for p in paths if PurePosixPath(p).name in wanted]
    folder = min((p.parent for p in found), key=lambda f: (len(f.parts), str(f)), default=None)
    return [(p.name, str(p)) for p in found if p.parent == folder]
