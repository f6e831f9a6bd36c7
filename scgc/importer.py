"""An import hook: after `import scgc.importer`, `import mnist_addition` finds `mnist_addition.scg`.

The module that is imported is the one that `scgc compile` writes. Folders are searched as for Python files
(`sys.path`, or a package's path); a Python module of the same name comes first. A program that brings
Python code of its own (`extern`) is refused: load it with `scgc.load(path, allow_extern=True)`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType


class ProgramLoader(Loader):
    """Compiles one program and runs the text."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own kind of module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Raises ProgramError where the program holds mistakes."""
        from scgc.emit.load import execute
        from scgc.pipeline import Compilation

        execute(Compilation.of(self.path).python, module, f"{self.path}.py")


class ProgramFinder(MetaPathFinder):
    """Finds NAME.scg."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The file in one of the folders; None where there is none."""
        for folder in sys.path if path is None else path:
            found = Path(folder or ".") / f"{fullname.rpartition('.')[2]}.scg"
            if found.is_file():
                return spec_from_loader(fullname, ProgramLoader(found), origin=str(found))
        return None


def install() -> None:
    """Add the hook behind Python's own finders; a second call does nothing."""
    if not any(isinstance(finder, ProgramFinder) for finder in sys.meta_path):
        sys.meta_path.append(ProgramFinder())


install()
