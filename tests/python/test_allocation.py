"""Places of allocation: tracemalloc itself is the oracle."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tracemalloc
import types
from typing import TYPE_CHECKING

import pytest

import refgraph

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAMES = 4


class Session:
    def __init__(self) -> None:
        self.data = {"k": [1]}


class Slotted:
    __slots__ = ("x",)


class WithDict(dict):  # type: ignore[type-arg]
    pass


@pytest.fixture(autouse=True)
def tracing() -> Iterator[None]:
    tracemalloc.start(FRAMES)
    yield
    tracemalloc.stop()


def make_here() -> Session:
    return Session()


def make_there() -> Session:
    return Session()


def expected(obj: object) -> list[tuple[str, int]]:
    """tracemalloc's own answer, most recent call first."""
    traceback = tracemalloc.get_object_traceback(obj)
    return [] if traceback is None else [(f.filename, f.lineno) for f in reversed(traceback)]


def test_each_object_tells_where_tracemalloc_says_it_was_allocated() -> None:
    objects: list[object] = [
        make_here(), make_there(), Slotted(), WithDict(), [1], {"a": 1}, {1}, (make_here(),),
        "".join(["a", "long", "text"]), 10**30, 1.5 * len(sys.argv), b"x" * len(sys.argv[0]),
        make_here, Exception("x"), type("Made", (), {}), iter([]), (i for i in ()),
    ]  # fmt: skip
    snap = refgraph.capture()
    for obj in objects:
        if sys.version_info[:2] == (3, 11) and type(obj) in (Session, WithDict):
            continue  # 3.11's own answer forgets the words in front of an instance
        assert [tuple(line) for line in snap.node(obj).allocation] == expected(obj), type(obj)
    assert len(snap.node(objects[0]).allocation) == FRAMES


def test_the_allocating_line_comes_first_and_reads_as_a_place() -> None:
    session = make_here()
    line, caller, *_ = refgraph.capture().node(session).allocation
    assert line.line == make_here.__code__.co_firstlineno + 1
    assert str(line) == f"{__file__}:{line.line}"
    assert caller.file == __file__


def test_the_answer_says_where_the_object_was_allocated(root: types.ModuleType) -> None:
    root.KEPT = make_here()  # type: ignore[attr-defined]
    chains = refgraph.capture().node(root.KEPT).why_alive()
    place = f"test_allocation.py:{make_here.__code__.co_firstlineno + 1}"
    assert f"python/{place}, is held by" in str(chains).split("\n")[0]
    assert f"the object allocated at python/{place}" in chains.tree()
    assert place in chains.node.backrefs(depth=1).svg


def test_an_object_from_before_tracing_has_no_place() -> None:
    tracemalloc.stop()
    session = make_here()
    assert refgraph.capture().node(session).allocation == []
    tracemalloc.start()
    assert refgraph.capture().node(session).allocation == []


def test_sites_count_and_add_up_by_line() -> None:
    kept = [make_here() for _ in range(7)] + [make_there() for _ in range(3)]
    snap = refgraph.capture()
    sites = snap.objects(Session).sites()
    size = snap.node(kept[0]).size
    here, there = (make.__code__.co_firstlineno + 1 for make in (make_here, make_there))
    assert [tuple(row) for row in sites] == [
        (refgraph.Location(__file__, here), 7, 7 * size),
        (refgraph.Location(__file__, there), 3, 3 * size),
    ]
    assert "10 of 10 objects" in str(sites)
    assert f"{__file__}:{here}"[-20:] in sites.text()


def test_sites_say_that_nobody_knows() -> None:
    tracemalloc.stop()
    kept = [make_here()]
    sites = refgraph.capture().objects(Session).sites()
    assert [(row.place, row.count) for row in sites] == [(None, len(kept))]
    assert "tracemalloc was not on" in str(sites)


def test_equal_places_are_stored_once() -> None:
    few = [make_here() for _ in range(10)]
    small = refgraph.capture().memory
    many = [make_here() for _ in range(5_000)]
    snap = refgraph.capture()
    rows = snap.objects(Session).sites()
    assert sum(row.count for row in rows) == len(few) + len(many)
    assert len(rows) == 1
    assert snap.memory - small < 5_000 * 4 * 200  # 4 objects each, with their edges and names


def test_tracing_changes_nothing_about_the_objects() -> None:
    session = make_here()
    before = sys.getrefcount(session)
    first, *others = (refgraph.capture().node(session).allocation for _ in range(3))
    assert first
    assert all(other == first for other in others)
    assert sys.getrefcount(session) == before


def test_tracing_from_the_first_instruction_is_noticed() -> None:
    """With -X tracemalloc nobody has imported the module."""
    code = (
        "import refgraph, sys\n"
        "class A: pass\n"
        "a = A()\n"
        "assert 'tracemalloc' not in sys.modules\n"
        "print(refgraph.capture().node(a).allocation[0].line)\n"
    )
    run = [sys.executable, "-X", "tracemalloc", "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout == "3\n"


def test_captures_survive_tracing_that_starts_and_stops() -> None:
    session = make_here()
    for start in itertools.islice(itertools.cycle((False, True)), 6):
        if start:
            tracemalloc.start(1)
        else:
            tracemalloc.stop()
        assert refgraph.capture().node(session).type.endswith("Session")
