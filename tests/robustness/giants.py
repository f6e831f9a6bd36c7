"""Texts far beyond what a person writes: deep, wide, long, or short and standing for much.

`python tests/robustness/giants.py` prints what each takes on its way through every stage, in a process of its
own, so that its memory is known and a hang is ended. Depth has a megabyte: it is refused from the brackets
alone, or after one reading. What is legal and wide is as large as a program of some thousand statements.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

WEIGHT = "param w : real[]\n"
COST = f"{WEIGHT}loss c = w\n"
SECONDS, MEGABYTES = 60, 1500
"""What one may take."""


def giants(depth: int, width: int) -> Iterator[tuple[str, str]]:
    """Each with what it is: of so many characters where it is deep, and where it is wide."""
    yield from _brackets(depth)
    yield from _operators(depth)
    yield from _letters(depth)
    yield from _many(width)
    yield from _explosive()
    yield from _files(width)


def _brackets(n: int) -> Iterator[tuple[str, str]]:
    for pair in ("()", "[]", "{}"):
        yield f"nested {pair}", f"{WEIGHT}loss c = {pair[0] * (n // 2)}w{pair[1] * (n // 2)}"
        yield f"only {pair[0]}", f"{WEIGHT}loss c = {pair[0] * n}"
        yield f"only {pair[1]}", f"{WEIGHT}loss c = w{pair[1] * n}"
    yield "nested loops", f"{WEIGHT}x = w\n" + "for i in range(2) { " * (n // 21) + "}" * (n // 21)
    yield "nested choices", f"{WEIGHT}x = w\n" + "if w > 1 { " * (n // 12) + "}" * (n // 12)
    yield "nested nets", "net f() -> real { " * (n // 19) + "}" * (n // 19)


def _operators(n: int) -> Iterator[tuple[str, str]]:
    for sign in (" + w", " ^ w", " |> exp", "'", ".w", "[0]", "()", " < w"):
        yield f"chain of {sign}", f"{WEIGHT}loss c = w{sign * (n // len(sign))}"
    for sign in ("-", "not ", "w + "):
        yield f"chain of {sign}", f"{WEIGHT}loss c = {sign * (n // len(sign))}w"


def _letters(n: int) -> Iterator[tuple[str, str]]:
    yield "long name", f"param {'w' * n} : real[]\nloss c = {'w' * n}"
    yield "long unknown name", f"{WEIGHT}loss c = {'v' * n}"
    yield "long number", f"{WEIGHT}loss c = w * {'9' * n}"
    yield "long fraction", f"{WEIGHT}loss c = w * 0.{'9' * n}"
    yield "long exponent", f"{WEIGHT}loss c = w * 1e{'9' * n}"
    yield "long text", f'{COST}train {{ data = npz("{"x" * n}") }}'
    yield "long comment", f"{COST}#{'x' * n}"
    for what, letter in {
        "zeros": "\0",
        "spaces": " ",
        "lines": "\n",
        "quotes": '"',
        "semicolons": ";",
    }.items():
        yield f"only {what}", COST + letter * n


def _many(n: int) -> Iterator[tuple[str, str]]:
    yield "many names", f"{COST}" + "".join(f"x{i} = w\n" for i in range(n // 12))
    yield "many sums", f"{COST}x0 = w\n" + "".join(f"x{i} = x{i - 1} + w\n" for i in range(1, n // 20))
    yield "many nodes", f"{COST}" + "".join(f"z{i} ~ Normal(w, 1)\n" for i in range(n // 24))
    yield "many losses", WEIGHT + "".join(f"loss c{i} = w\n" for i in range(n // 15))
    yield (
        "many dims",
        f"{COST}dim d0 = 1\n" + "".join(f"dim d{i} = d{i - 1} + 1\n" for i in range(1, n // 20)),
    )
    yield "many variants", COST + "".join(f"variant v{i} {{ c = w }}\n" for i in range(n // 250))
    yield "long key", f"{COST}variant v {{ {'a.' * (n // 2)}a = 1 }}"
    yield "the same name", f"{COST}" + "x = w\n" * (n // 6)
    yield "the same mistake", f"{COST}" + "x = y\n" * (n // 6)
    yield "other mistakes", f"{COST}" + "".join(f"x{i} = y{i}\n" for i in range(n // 13))
    yield "no statements", f"{COST}" + "x = = w\n" * (n // 8)
    yield "other choices", f"{COST}x = w\nif w > 1 {{ x <- 1 }} " + "else if w > 1 { x <- 1 } " * (n // 25)
    for head, item, tail in (
        ("loss d = sum([", "w, ", "w])"),
        ("loss d = max(", "w, ", "w)"),
        ("input x : real[", "2, ", "2]"),
    ):
        yield f"wide {head}", COST + head + item * (n // len(item)) + tail
    for words in ("batch = 1 ", 'use "a.scg" ', "# allow SCG405: why\n", "for ", "z ~ "):
        yield f"many {words}", COST + words * (n // len(words))


def _explosive() -> Iterator[tuple[str, str]]:
    """Short texts that stand for much."""
    for kind in ("fn", "net"):
        node = "z ~ Normal(x, 1) return z" if kind == "net" else "return x"
        calls = "".join(
            f"{kind} f{i}(x : real) -> real {{ return f{i - 1}(x) + f{i - 1}(x) }}\n" for i in range(1, 40)
        )
        yield f"doubling {kind}", f"{kind} f0(x : real) -> real {{ {node} }}\n{calls}{WEIGHT}loss c = f39(w)"
    rounds = "x = w\n" + "for i in range(9) { " * 40 + "x <- x + 1 " + "}" * 40
    yield "loops in loops", f"{WEIGHT}{rounds} loss c = x"
    yield (
        "doubling axes",
        f"{COST}x0 = stack(w, w)\n" + "".join(f"x{i} = stack(x{i - 1}, x{i - 1})\n" for i in range(1, 60)),
    )
    yield (
        "squares",
        f"{COST}dim d0 = 10\n" + "".join(f"dim d{i} = d{i - 1} * d{i - 1}\n" for i in range(1, 60)),
    )
    terms = "".join(f"dim a{i} = data.n{i}\n" for i in range(60)) + COST
    yield "products", f"{terms}input x : real[{' * '.join(f'(a{i} + 1)' for i in range(60))}]\n"
    yield (
        "products of axes",
        f"{terms}input x : real[{', '.join(f'a{i} + 1' for i in range(60))}]\ny = flatten(x)",
    )
    yield "towers", f"{COST}dim d = {' ^ '.join(['9'] * 90)}\nloss d = w * {' ^ '.join(['9'] * 90)}"
    yield "factors", f"{WEIGHT}loss c = w * {' * '.join(['9' * 18] * 90)}"


def _files(n: int) -> Iterator[tuple[str, str]]:
    """Texts that stand in a folder with others."""
    with TemporaryDirectory() as folder, chdir(folder):
        for i in range(n // 100):
            Path(f"f{i}.scg").write_text(f'use "f{i + 1}.scg"\nx{i} = 2 * {i}\n', encoding="utf-8")
        Path(f"f{n // 100}.scg").write_text(WEIGHT, encoding="utf-8")
        yield "chain of use", 'use "f0.scg"\nloss c = w\n'


def measured(text: str) -> tuple[float, float, str]:
    """Processor time, memory and verdict of a text in a process of its own."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _child(text, write)
    os.close(write)
    with open(read, encoding="utf-8") as pipe:
        verdict = pipe.read()
    _, status, used = os.wait4(child, 0)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, verdict or f"ended by signal {status}"


def _child(text: str, write: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    try:
        from stages import through_every_stage

        from scgc.source import Source

        through_every_stage(Source("case.scg", text))
        verdict = "ok"
    except BaseException as error:
        verdict = f"{type(error).__name__}: {str(error)[:200]}"
    os.write(write, verdict.encode())
    os._exit(0)


def main(depth: int = 1_000_000, width: int = 50_000) -> None:
    for name, text in giants(depth, width):
        took, megabytes, verdict = measured(text)
        size = f"{len(text):8} characters {took:6.1f} s {megabytes:5.0f} MB"
        print(f"{name[:24].strip():24} {size}  {verdict}", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main(*map(int, sys.argv[1:]))
