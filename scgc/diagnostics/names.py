"""The catalogue, 1xx: names, `use`, variants and overrides. Reported by `analysis/resolve.py`.

`nearest` is what `base.nearest` returns: a sentence with a leading space, or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from scgc.diagnostics.base import Diagnostic, nearest
from scgc.source import Span


class UnknownName(Diagnostic):
    """A name that nothing defines. `kind` is what it should be: `value`, `function`, `distribution`,
    `estimator`, `data set`, `optimizer`, `measure`, `initialiser`, `dim`."""

    code = "SCG101"
    title = "there is no {kind} named `{name}`"
    label = "not known"
    help = "{advice}{nearest}"

    name: str
    kind: str = "value"
    nearest: str = ""
    advice: str = "a name is defined before its use."


class DuplicateName(Diagnostic):
    """Two declarations of one name in one place. The second place is the first declaration."""

    code = "SCG102"
    title = "{name} is defined twice"
    label = "defined again"
    help = "{advice}"

    name: str
    advice: str = "rename one of them."


class UsedBeforeDefinition(Diagnostic):
    """A name that is defined further down. The second place is its definition."""

    code = "SCG103"
    title = "`{name}` is used before it is defined"
    label = "not defined yet"
    help = "move the definition of `{name}` above this."

    name: str


class UnknownMember(Diagnostic):
    """`call.node` where the net that was called has no such node."""

    code = "SCG104"
    title = "`{base}` has nothing named `{name}`"
    label = "not known"
    help = "{known}{nearest}"

    base: str
    name: str
    known: str = "only a call of a net has members: the names its body defines."
    nearest: str = ""


class WrongRole(Diagnostic):
    """A name that is something else than needed: a dim called as a function, a net used as a value."""

    code = "SCG105"
    title = "`{name}` is {found}, not {expected}"
    label = "{expected} is needed here"
    help = "{advice}"

    name: str
    found: str
    expected: str
    advice: str = "use another name, or define one that fits."


class BuiltinName(Diagnostic):
    """A declaration that takes a name the language needs itself, such as `t` or `data`."""

    code = "SCG106"
    title = "`{name}` already means {meaning}"
    label = "cannot be defined anew"
    help = "choose another name."

    name: str
    meaning: str


class UseCycle(Diagnostic):
    """Files that `use` each other in a circle."""

    code = "SCG107"
    title = "`use` goes in a circle: {chain}"
    label = "leads back to this file"
    help = "move what both files need into a third one."

    chain: str


class UseOutside(Diagnostic):
    """`use` with an absolute path, a URL, or a path that leaves the folder it may read from."""

    code = "SCG108"
    title = "`use` may not read `{path}`"
    label = "leads out of the program's folder"
    help = 'write a relative path inside the program\'s folder, such as `use "other.scg"`.'

    path: str


class UseMissing(Diagnostic):
    """`use` of a file that is not there."""

    code = "SCG109"
    title = "`use` finds no file `{path}`"
    label = "looked for {looked}"
    help = "the path is relative to the file that says `use`.{nearest}"

    path: str
    looked: str
    nearest: str = ""


class UnknownVariant(Diagnostic):
    """`--variant NAME`, or a variant in a `sweep`, that the program does not have."""

    code = "SCG110"
    title = "there is no variant named `{name}`"
    label = "not known"
    help = "{known}{nearest}"

    name: str
    known: str
    nearest: str

    @classmethod
    def among(cls, declared: Sequence[str], name: str, span: Span | None) -> UnknownVariant:
        """Where the program declares these."""
        known = f"the program has {', '.join(declared)}." if declared else "the program has no variants."
        return cls(span=span, name=name, known=known, nearest=nearest(name, tuple(declared)))


class UnknownSetting(Diagnostic):
    """A key that a block does not know."""

    code = "SCG111"
    title = "the `{block}` block has no setting `{key}`"
    label = "not known"
    help = "{known}{nearest}"

    block: str
    key: str
    known: str
    nearest: str = ""


class DuplicateSetting(Diagnostic):
    """A setting given twice in one block. The second place is the first of them."""

    code = "SCG112"
    title = "`{key}` is set twice in this block"
    label = "set again"
    help = "remove one of them."

    key: str


class MissingSetting(Diagnostic):
    """A block without a setting it needs."""

    code = "SCG113"
    title = "this `{block}` block has no `{key}`"
    label = "`{key}` is missing"
    help = "add a line such as `{example}`."

    block: str
    key: str
    example: str


class BadSetting(Diagnostic):
    """A setting whose value cannot be what it says."""

    code = "SCG114"
    title = "`{key}` cannot be {found}"
    label = "{expected} is needed here"
    help = "for example `{example}`."

    key: str
    found: str
    expected: str
    example: str


class OverrideOfNothing(Diagnostic):
    """A variant, an evaluate block or `--set` that replaces something the program does not have."""

    code = "SCG115"
    title = "`{key}` replaces nothing: {reason}"
    label = "nothing to replace"
    help = (
        "a variant and `--set` replace by name: a dim, a schedule, a node, `NODE.via`, "
        "a setting of `train`.{nearest}"
    )

    key: str
    reason: str
    nearest: str = ""


class BadOverride(Diagnostic):
    """A `--set` that is not of the form NAME=VALUE."""

    code = "SCG116"
    title = "`--set {text}` cannot be read: {problem}"
    help = "write NAME=VALUE with a value as in a program, such as `--set beta=1` or `--set z.via=score`."

    text: str
    problem: str


class DuplicateBlock(Diagnostic):
    """Two headers or two `train` blocks. The second place is the first of them."""

    code = "SCG117"
    title = "a program has only one `{block}`"
    label = "the second one"
    help = "remove one of them; other settings belong in a `variant`."

    block: str


class MissingReturn(Diagnostic):
    """A net whose body does not end with `return`, or that goes on after it."""

    code = "SCG118"
    title = "the body of `{name}` does not end with `return`"
    label = "{problem}"
    help = "the last statement of a net says what it gives: `return EXPR`."

    name: str
    problem: str = "no `return` here"


class Recursion(Diagnostic):
    """A net that calls itself, or calls one that leads back to it. The graph of a program has no circles."""

    code = "SCG119"
    title = "`{name}` calls itself: {chain}"
    label = "leads back to `{name}`"
    help = "a loop repeats a step: `for i in range(n) {{ x <- step(x) }}`."

    name: str
    chain: str


class SelfReference(Diagnostic):
    """A name that its own definition reads: it has no value there yet."""

    code = "SCG120"
    title = "the definition of `{name}` reads `{name}` itself"
    label = "has no value yet"
    help = "a name has one value: choose another name; in a loop `<-` gives a name its next value."

    name: str
