"""Records that are first made after their schema was, which takes defaults away from their classes."""

from __future__ import annotations

import subprocess
import sys

TEXT = """
from scgc.ir.json import schema
schema()
from scgc.ir.graph import Evaluate
print(Evaluate(name="a").dims)
"""


def test_defaults_outlive_the_schema():
    ran = subprocess.run([sys.executable, "-c", TEXT], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("{}\n", "")
