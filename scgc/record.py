"""`Record`: what a frozen dataclass is, for the many classes of which a command needs few.

The fields are declared as a dataclass's are. Their `__init__` is compiled when the first record of a class is
made, the rest is shared: making a hundred dataclasses takes as long as checking a program.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, field
from operator import attrgetter
from typing import Any, ClassVar, Self, dataclass_transform


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """The base of records. Equal are those of one class whose fields are, but for those with `compare=False`.

    A base that sets `_keywords` has fields that are given by name only, in any order.
    """

    _keywords: ClassVar[bool] = False
    _fields: ClassVar[dict[str, Field[Any]]]
    _compared: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        cls.__init__ = Record.__init__  # type: ignore[method-assign]

    def __init__(self, *args: Any, **named: Any) -> None:
        cls = type(self)
        complete(cls)
        cls.__init__(self, *args, **named)

    def __setstate__(self, facts: dict[str, Any]) -> None:
        """Of a copy, or in another process: where none of its class may have been made."""
        complete(type(self))
        self.__dict__.update(facts)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name}")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        return bool(self._compared(self) == self._compared(other))

    def __hash__(self) -> int:
        return hash(self._compared(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{n}={getattr(self, n)!r}" for n, f in self._fields.items() if f.repr)
        return f"{type(self).__name__}({shown})"

    def replace(self, **changes: Any) -> Self:
        """The same record with some fields changed."""
        return type(self)(**{name: getattr(self, name) for name in self._fields} | changes)


def complete(cls: type[Record]) -> None:
    """Give a class what its records need, once."""
    if "_fields" in vars(cls):
        return
    found: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__):
        for name, kind in vars(base).get("__annotations__", {}).items():
            if not kind.startswith("ClassVar"):
                found[name] = _field(base, name)
    compared = [name for name, f in found.items() if f.compare]
    cls._fields = found
    cls._compared = attrgetter(*compared) if compared else staticmethod(lambda _: ())
    cls.__match_args__ = tuple(name for name, f in found.items() if not f.kw_only)  # type: ignore[attr-defined, misc]
    cls.__init__ = _initialiser(found)  # type: ignore[method-assign]


def _field(base: type, name: str) -> Field[Any]:
    """A field with its default, and whether it is given by name only."""
    given = vars(base).get(name, MISSING)
    found: Field[Any] = given if isinstance(given, Field) else field(default=given)
    if found.kw_only is MISSING:
        found.kw_only = getattr(base, "_keywords", False)
    return found


def _initialiser(fields: dict[str, Field[Any]]) -> Any:
    """`__init__`, written out as dataclasses do. Its own names begin with underscores, no field does."""
    ordered = sorted(fields.items(), key=lambda item: bool(item[1].kw_only))
    first = next((name for name, f in ordered if f.kw_only), None)
    head, body = ["_self"], ["_facts = _self.__dict__"]
    for name, f in ordered:
        head += ["*"] if name == first else []
        default = f.default is not MISSING or f.default_factory is not MISSING
        head.append(f"{name}=_fields[{name!r}].default" if default else name)
        made = f"_fields[{name!r}].default_factory() if {name} is _missing else {name}"
        body.append(f"_facts[{name!r}] = {name if f.default_factory is MISSING else made}")
    space: dict[str, Any] = {"_fields": fields, "_missing": MISSING}
    exec(f"def __init__({', '.join(head)}):\n " + "\n ".join(body), space)
    return space["__init__"]
