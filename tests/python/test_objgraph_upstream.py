"""objgraph's own test-suite against `refgraph.objgraph`, with no program on the PATH.

REFGRAPH_OBJGRAPH names the folder in which its source distribution was unpacked: `./dev` does that
with LIBRARIES=1. Nothing of it is in this repository.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

import refgraph

RUN = """
import os, sys, unittest
import refgraph.objgraph
sys.modules["objgraph"] = refgraph.objgraph
sys.path.insert(0, os.getcwd())
import tests
result = unittest.TextTestRunner(verbosity=2).run(tests.test_suite())
sys.exit(not result.wasSuccessful())
"""


def test_objgraphs_own_tests_pass(tmp_path):
    folder = os.environ.get("REFGRAPH_OBJGRAPH", "")
    if not os.path.exists(os.path.join(folder, "tests.py")):
        reason = "REFGRAPH_OBJGRAPH names no folder with objgraph's sources: LIBRARIES=1 ./dev test"
        if os.environ.get("REFGRAPH_LIBRARIES"):
            pytest.fail(reason)
        pytest.skip(reason)
    environment = {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    package = os.path.dirname(os.path.dirname(os.path.abspath(refgraph.__file__)))
    environment.update(PATH=str(tmp_path), TMPDIR=str(tmp_path), PYTHONPATH=package)
    done = subprocess.run(
        [sys.executable, "-B", "-c", RUN],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    ran = re.search(r"^Ran (\d+) tests", done.stdout, re.MULTILINE)
    # 3.12.1 leaves skipped tests out of the number
    assert int(ran[1] if ran else 0) >= 57, done.stdout[-2000:]
