"""The catalogue, 54x: factors of variation, and the pictures of studies."""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class WithoutFactors(Diagnostic):
    """A measure of disentanglement where nobody knows the factors of the examples: the data set does not
    supply them, or the nodes are drawn freely and belong to no example."""

    code = "SCG540"
    title = "`{measure}` compares codes with factors of variation, and {reason}"
    label = "needs the factors of every example"
    help = "{advice}"

    measure: str
    reason: str
    advice: str


class BadFactors(Diagnostic):
    """Factors of the user's own data that are no table, or a table that is none: [examples, factors], a
    column for each factor, of finite numbers; names that differ from each other and from the other fields."""

    code = "SCG541"
    title = "the factors of `{data}` cannot be used: {problem}"
    help = "{advice}"

    data: str
    problem: str
    advice: str


class MissingPackage(Diagnostic):
    """Something that only an optional Python package can do, which is not installed."""

    code = "SCG542"
    title = "{what} needs the package {package}"
    help = "`pip install {package}` installs it."

    what: str
    package: str


class BadTable(Diagnostic):
    """A file that is no table of a sweep, or one without a finished run."""

    code = "SCG543"
    title = "{path} cannot be studied: {problem}"
    help = "`scgc sweep` writes such a table, results.parquet; name it or its folder."

    path: str
    problem: str


class UnknownColumn(Diagnostic):
    """A value or setting that a table does not have, or a short name that fits several."""

    code = "SCG544"
    title = "`{column}` is no column of {path}"
    help = "{reason}.{nearest}"

    column: str
    path: str
    reason: str
    nearest: str = ""


class NothingToShow(Diagnostic):
    """A run of a program that has not what a picture shows: codes, a decoder, or data with factors."""

    code = "SCG545"
    title = "{path} has no {missing} to show"
    help = "{advice}"

    path: str
    missing: str
    advice: str
