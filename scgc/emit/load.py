"""Generated text to a live module: what is read is what runs.

The text is registered with `linecache`, so that tracebacks and debuggers show its lines.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from scgc.diagnostics.base import CompilerBug

if TYPE_CHECKING:
    from scgc.pipeline import Compilation
    from scgc.runtime import Model


def load_source(text: str, name: str) -> ModuleType:
    """Run the text of a module under a name; the module is registered as `scgc.generated.NAME`."""
    full = f"scgc.generated.{name}"
    module = ModuleType(full)
    execute(text, module, f"<scgc {name}>")
    sys.modules[full] = module
    return module


def execute(text: str, module: ModuleType, path: str) -> None:
    """Run the text in a module whose lines tracebacks show under `path`."""
    try:
        code = compile(text, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise CompilerBug(f"generated text is no Python: {error}") from error
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    module.__dict__["__file__"] = path
    module.__dict__["__source__"] = text
    exec(code, module.__dict__)


def model_class(module: ModuleType) -> type[Model]:
    """The program's class in a generated module."""
    from scgc.runtime import Model

    found = [
        v
        for v in vars(module).values()
        if isinstance(v, type) and issubclass(v, Model) and v.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise CompilerBug(f"{module.__name__} holds {len(found)} programs")
    return found[0]


def load_model(compilation: Compilation, dims: Mapping[str, int]) -> Model:
    """The model of a compilation; `dims` are the dimensions that only the data knows.

    Raises ProgramError where the program has errors, TypeError for a missing or unknown dimension.
    """
    module = load_source(compilation.python, compilation.program.name)
    model: Model = model_class(module)(**dims)
    return model
