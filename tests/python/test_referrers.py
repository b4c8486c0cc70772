"""gc.get_referrers against the graph's in-edges, for 10,000 objects of a plain interpreter."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest

HERE = pathlib.Path(__file__).parent

# What a graph has beyond gc.get_referrers (docs/capture.md).
DOCUMENTED = {
    "not tracked": "get_referrers asks tracked objects only: code, tuples of atoms, static classes",
    "frozen": "nor those in the permanent generation, where 3.12 puts immortal tuples",
    "running frame": "a running frame is no object, or is not tracked",
    "not owned": "weak references and other borrowed pointers",
    "class": "an instance of a heap type owns a reference to it, reported or not",
    "key": "keys of dicts are reported where some key is no str only",
    "dict": "a static class's dict; an instance's, which 3.13.0 - 3.13.12 forget",
    "field that is not reported": "names of classes, functions and generators, entries of caches …",
}


@pytest.fixture(scope="module")
def comparison() -> dict[str, Any]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)]),
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "referrer_heap.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_every_referrer_that_gc_tells_of_is_in_the_graph(comparison: dict[str, Any]) -> None:
    assert comparison["sampled"] == 10_000
    assert comparison["hidden"] < 500
    assert comparison["agreed"] > 10_000
    assert comparison["missing"] == {}


def test_referrers_beyond_gc_are_of_the_documented_kinds(comparison: dict[str, Any]) -> None:
    assert set(comparison["extra"]) <= set(DOCUMENTED)


def test_no_object_has_more_references_than_its_count(comparison: dict[str, Any]) -> None:
    assert comparison["too_many"] == {}
