"""A capture leaves no trace: counts, dicts, frames and memory are what they were."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import random
import subprocess
import sys
import threading
import types
from typing import Any

import pytest
import shapes

import refgraph
from refgraph import _core


@pytest.fixture(autouse=True)
def learned() -> None:
    """The first capture of a process learns what it learns once."""
    _core.capture("refgraph")


@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_capture_leaves_every_refcount_as_it_was() -> None:
    kept = [make(shapes.Item(n)) for n in range(20) for make in shapes.SHAPES]
    objects: list[Any] = random.Random(5).sample(gc.get_objects(), 5000)
    objects += [None, True, 0, "", (), int, type, object, sys, "refgraph", 3.5, 10**20]
    before = [0] * len(objects)
    after = [0] * len(objects)
    i = 0
    for _ in range(2):  # once for the caches of the interpreter itself
        for i in range(len(objects)):
            before[i] = sys.getrefcount(objects[i])
        _core.capture("refgraph")
        for i in range(len(objects)):
            after[i] = sys.getrefcount(objects[i])
    moving = {id(None), id(0), id(_core), id(_core.capture), id("refgraph")}
    changed = [
        (type(objects[i]), before[i], after[i])
        for i in range(len(objects))
        if before[i] != after[i] and id(objects[i]) not in moving
    ]
    assert len(changed) <= 2, changed  # the lists and ints of this function
    assert all(kind in (list, int) for kind, _, _ in changed), changed
    assert kept


def test_a_capture_leaves_the_counts_of_the_collector() -> None:
    gc.disable()
    try:
        gc.collect()
        junk = [[] for _ in range(37)]
        before = gc.get_count()
        _core.capture("refgraph")
        after = gc.get_count()
    finally:
        gc.enable()
    assert abs(after[0] - before[0]) <= 2  # the tuples that hold the counts
    assert after[1:] == before[1:]
    assert junk


@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_capture_makes_no_dict_and_no_frame() -> None:
    kept = [make(shapes.Item(n)) for n in range(20) for make in shapes.SHAPES]
    plain = [shapes.Item(n) for n in range(1000)]  # without a dict from 3.11 on

    def count() -> dict[type, int]:
        found = dict.fromkeys((dict, types.FrameType, tuple, list, str), 0)
        for obj in gc.get_objects():
            if type(obj) in found:
                found[type(obj)] += 1
        return found

    count()
    gc.collect()
    before = count()
    graph = _core.capture("refgraph")
    after = count()
    assert graph.node_count > 10_000
    assert after[dict] - before[dict] in (0, 1)  # `before` itself
    assert after[types.FrameType] == before[types.FrameType]
    assert after[tuple] - before[tuple] <= 1
    assert after[list] == before[list]
    assert kept
    assert plain


def test_a_capture_tracks_and_untracks_nothing() -> None:
    objects = gc.get_objects()
    objects += [(1, 2), {1: 2}, {"a": 1}, ("a", ("b",)), [], {}]
    before = [gc.is_tracked(obj) for obj in objects]
    _core.capture("refgraph")
    assert [gc.is_tracked(obj) for obj in objects] == before


MEMORY = """
import ctypes, gc, os, sys
sys.path.insert(0, sys.argv[1])
import refgraph

class Node:
    pass

nodes = []
for i in range(40_000):
    node = Node()
    node.text, node.items, node.more = f"n{i}", [i], {"a": nodes[-1] if nodes else None}
    nodes.append(node)

def resident():
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)  # what the allocator keeps for later
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

for _ in range(3):
    refgraph.capture()
first = resident()
for _ in range(12):
    snap = refgraph.capture()
size = snap.memory
del snap
print(resident() - first, size)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_given_back_when_a_snapshot_goes() -> None:
    package = refgraph.__path__[0].rpartition("/")[0]
    # a sanitizer keeps what was freed for a while, up to 256 MB
    options = (
        os.environ.get("ASAN_OPTIONS", "")
        + ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MEMORY, package],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ASAN_OPTIONS": options},
    )
    grown, size = map(int, done.stdout.split())
    assert size > 8_000_000  # one that stayed would show: 12 were made
    assert grown < size / 2


def test_a_capture_leaves_no_file_no_thread_and_no_floating_point_flag() -> None:
    invalid_division_overflow_underflow = 0x1 | 0x4 | 0x8 | 0x10  # FE_… of x86
    library = ctypes.CDLL(None)
    kept = [1e308, 5e-324, float("nan"), 1.5]
    files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    flags = -1
    if hasattr(library, "fetestexcept") and platform.machine() == "x86_64":
        library.feclearexcept(0x3D)
        refgraph.capture()
        flags = library.fetestexcept(invalid_division_overflow_underflow)
    assert flags in (0, -1)
    assert len(os.listdir("/proc/self/fd")) == files
    assert threading.active_count() == threads
    assert kept
