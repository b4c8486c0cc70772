"""What a report says of 2,000 random graphs, against what gc.collect() does to them.

The graphs, and what is compared, are in cycle_heap.py, which runs in an interpreter of its own.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest

HERE = pathlib.Path(__file__).parent
SEED = 1
GENERATIONAL = not (3, 14) <= sys.version_info < (3, 14, 5)
FORGETS_DICTS = (3, 13) <= sys.version_info < (3, 13, 13) or (3, 14) <= sys.version_info < (
    3,
    14,
    4,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)]),
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "cycle_heap.py"), str(SEED)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_the_collector_does_what_a_report_says_of_2000_graphs(seen: dict[str, Any]) -> None:
    assert seen["graphs"] == 2000
    assert seen["wrong"] == []


def test_the_graphs_have_garbage_of_every_kind(seen: dict[str, Any]) -> None:
    assert seen["garbage"] > 4000
    assert seen["isolated cycles"] > 300
    assert seen["other cycles"] > 50
    assert seen["frozen cycles"] > 20
    assert seen["dropped by finalizers"] > 100
    for generation in (0, 1):
        assert seen[f"do not survive gc.collect({generation})"] > 20
        assert seen[f"survive gc.collect({generation})"] > 20
    assert seen["do not survive gc.collect(2)"] > 20
    assert seen["survive gc.collect(2)"] > 5
    assert not GENERATIONAL or seen["cross-generation"] > 20


def test_dicts_that_instances_forget_are_left_by_the_collector(seen: dict[str, Any]) -> None:
    assert (seen["forgotten dicts"] > 50) == FORGETS_DICTS
