"""Records of which the first is not made in the usual way: after the schema, or in another process."""

from __future__ import annotations

import pickle
import subprocess
import sys

from scgc.source import Source

SCHEMA = """
from scgc.ir.json import schema
schema()
from scgc.ir.graph import Evaluate
print(Evaluate(name="a").dims)
"""

PICKLED = """
import pickle
one = pickle.loads({!r})
print(one == one, hash(one) == hash(pickle.loads(pickle.dumps(one))))
"""


def printed(text: str) -> str:
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout


def test_defaults_outlive_the_schema():
    assert printed(SCHEMA) == "{}\n"


def test_a_record_from_another_process():
    stored = pickle.dumps(Source("page.scg", "program p"))
    assert printed(PICKLED.format(stored)) == "True True\n"
