"""docs/reference.md: everything that a program may name, section by section."""

from __future__ import annotations

from scgc.reference.markdown import join
from scgc.reference.operators import initialisers, operators, schedules
from scgc.reference.running import data_sets, measures, optimizers
from scgc.reference.stochastic import distributions, estimators

HEAD = """# Reference

Everything that a program may name, written by `python -m scgc.reference docs` from the declarations.
`scgc list ops` and its like show the same in a terminal. [The language](language.md) says how programs are
written; [the diagnostics](diagnostics.md) what the compiler says about wrong ones.

- [Operators and layers](#operators-and-layers)
- [Schedules](#schedules)
- [Initialisers](#initialisers)
- [Distributions](#distributions)
- [Estimators](#estimators)
- [Optimisers](#optimisers)
- [Data sets](#data-sets)
- [Measures](#measures)

## Signatures

A signature says what goes in and what comes out, in the language's own notation; types are written for one
example.

- `x : real[*s, n]` takes a value of the graph. A name in a shape stands for any size, the same wherever it
  stands again. `*s` stands for any number of leading axes; where it stands twice, the axes broadcast.
- `any` takes values of every kind, and the result repeats it; `dist` takes a distribution.
- `dim` is an integer known before running, `axis` an axis of one example (negative from the end), `number` a
  number, `flag` is `true` or `false`, `word` one of a few words, `text` a text in quotes.
- `= 1` behind a slot is what holds where the argument is left out, `none` that nothing is.
- `xs...` takes any number of arguments.
- Under *numbers* stands what options, and values that are numbers in the text, may be.

Where `real` is asked for, `bool`, `int` and `class` values are converted and `onehot` and `bit` values taken
as the numbers that they are. Overloads are tried in the order in which they stand here."""


def document() -> str:
    """The whole page."""
    sections = (
        operators, schedules, initialisers, distributions, estimators, optimizers, data_sets, measures,
    )  # fmt: skip
    return join([HEAD, *(part for section in sections for part in section())])
