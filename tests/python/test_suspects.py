"""Leak suspects of one heap: the first line names what holds them, and what is said is true."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
import tracemalloc
import types
from typing import Any, Callable
from xml.etree import ElementTree

import pytest
from suspect_heap import APP, BYTES, COUNT, PLANTS, SESSION, Plant, Session, planted, sessions

import refgraph
from refgraph import Suspects


def suspects_of(**arguments: Any) -> Suspects:
    return refgraph.capture(collect=True).suspects(**arguments)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_the_first_line_names_the_holder_and_what_it_holds(
    plant: Plant, root: types.ModuleType
) -> None:
    with planted(plant, root) as expected:
        suspects = suspects_of()
    suspect = suspects[0]
    first = str(suspects).split("\n")[0]
    assert first.startswith(expected.begin)
    assert expected.edge in first
    assert suspect.holds == expected.holds
    assert suspect.count == len(suspect.objects) == expected.count
    if expected.count > 1:
        assert f" {expected.count:,} {expected.holds}" in first
    assert suspect.size >= COUNT * BYTES
    assert suspect.frees.size >= COUNT * BYTES
    assert {node.type for node in suspect.objects} == {expected.holds}
    assert suspect.example in suspect.objects
    assert not any(other.holds == expected.holds for other in suspects[1:])
    assert 2 <= len(suspect.text.split("\n")) <= 5


def test_what_is_said_in_numbers_is_what_the_snapshot_says(root: types.ModuleType) -> None:
    root.CACHE = {f"u{i}": sessions() for i in range(3)}  # type: ignore[attr-defined]
    snap = refgraph.capture(collect=True)
    suspect = snap.suspects()[0]
    assert suspect.point == snap.node(root.CACHE)
    assert suspect.count == 3 * COUNT
    assert set(suspect.objects) == set(snap.objects(Session))
    assert suspect.size == sum(snap.node(value).retained_size for value in root.CACHE.values())
    assert suspect.share == suspect.size / sum(row.size for row in snap._types())
    gone = snap.what_if(suspect.point)
    assert suspect.frees == (gone.count, gone.size)
    assert suspect.chain == f"{APP}CACHE"
    assert str(suspect).startswith(f"{APP}CACHE (dict) holds 6,000 {SESSION} in 3 list")
    assert "No other independent chain holds it. Without it " in suspect.text


def test_suspects_do_not_overlap(root: types.ModuleType) -> None:
    root.CACHE = dict(enumerate(sessions()))  # type: ignore[attr-defined]
    root.OTHER = {"inner": sessions(), "outer": [{}]}  # type: ignore[attr-defined]
    root.SPACE = types.SimpleNamespace(a=sessions(), b=sessions())  # type: ignore[attr-defined]
    suspects = suspects_of(limit=10)
    assert {suspect.chain for suspect in suspects[:4]} == {
        f"{APP}{name}" for name in ("CACHE", "OTHER['inner']", "SPACE.a", "SPACE.b")
    }
    assert sum(suspect.share for suspect in suspects) <= 1
    objects = [node for suspect in suspects[:4] for node in suspect.objects]
    assert len(objects) == len(set(objects)) == 4 * COUNT
    sizes = [suspect.size for suspect in suspects]
    assert sizes == sorted(sizes, reverse=True)


def test_other_chains_to_the_holder_are_told(root: types.ModuleType) -> None:
    root.CACHE = dict(enumerate(sessions()))  # type: ignore[attr-defined]
    root.ALIAS = types.SimpleNamespace(cache=root.CACHE)  # type: ignore[attr-defined]
    suspect = suspects_of()[0]
    assert suspect.others == [f"{APP}ALIAS.cache"]
    assert "It is held by 1 other independent chain: cut all of them." in suspect.text
    assert f"\n  also by {APP}ALIAS.cache" in suspect.text


def test_objects_that_two_variables_share_are_told_by_their_commonest_chain(
    root: types.ModuleType,
) -> None:
    root.CACHE = dict(enumerate(sessions()))  # type: ignore[attr-defined]
    root.ALL = list(root.CACHE.values())  # type: ignore[attr-defined]
    snap = refgraph.capture(collect=True)
    suspect = snap.suspects()[0]
    assert suspect.point == snap.node(root)
    assert suspect.chain == f"{APP}CACHE[*]"
    assert re.search(rf"\n  also by {re.escape(APP)}ALL\[\d+\]", suspect.text)
    gone = snap.what_if(suspect.objects)
    assert suspect.frees == (gone.count, gone.size)


def test_objects_that_two_modules_share_have_no_point(root: types.ModuleType) -> None:
    other = types.ModuleType("refgraph_test_other")
    sys.modules[other.__name__] = other
    try:
        root.CACHE = dict(enumerate(sessions()))  # type: ignore[attr-defined]
        other.ALL = list(root.CACHE.values())  # type: ignore[attr-defined]
        suspect = suspects_of()[0]
    finally:
        del sys.modules[other.__name__]
    assert suspect.point is None
    assert suspect.chain in (f"{APP}CACHE[*]", "sys.modules['refgraph_test_other'].ALL[*]")
    assert str(suspect).startswith(f"{suspect.chain} and others together hold 2,000 {SESSION}")


def test_a_leaked_reference_count_is_told(root: types.ModuleType) -> None:
    ctypes = pytest.importorskip("ctypes")
    leaked = sessions()
    for session in leaked:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))
    del leaked, session
    try:
        suspect = suspects_of()[0]
        assert suspect.count == COUNT
        assert "from outside the Python heap" in suspect.text.split("\n")[0]
    finally:
        for session in [item for item in gc.get_objects() if type(item) is Session]:
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(session))


def test_garbage_is_called_so() -> None:
    gc.collect()
    gc.disable()
    try:
        for session in sessions():
            session.self = session  # type: ignore[attr-defined]
        del session
        suspect = refgraph.capture().suspects()[0]
    finally:
        gc.enable()
        gc.collect()
    assert suspect.count == COUNT
    assert suspect.point is None
    lines = suspect.text.split("\n")
    assert lines[0] == f"2,000 {SESSION} are garbage, held by {SESSION}.self:"
    assert lines[2].startswith("No root reaches them: snapshot.cycles() says what frees them.")
    assert re.search(r"Without them [46],000 objects", lines[2])  # with dicts before 3.11


def test_the_line_of_allocation_is_told_where_tracemalloc_knows_it(root: types.ModuleType) -> None:
    tracemalloc.start()
    try:
        root.CACHE = dict(enumerate(sessions()))  # type: ignore[attr-defined]
        suspect = suspects_of()[0]
    finally:
        tracemalloc.stop()
    assert suspect.site is not None
    assert suspect.site.place is not None
    assert suspect.site.place.file.endswith("suspect_heap.py")
    assert suspect.site.count == COUNT
    line = f"python/suspect_heap.py:{suspect.site.place.line}"
    assert suspect.text.endswith(f"Allocated at {line} (tracemalloc, 2,000 of them).")
    table = Suspects([suspect], "nothing").table()
    assert line in table.text(width=None)
    assert json.loads(table.to_json())[0]["allocated"] == str(suspect.site.place)


NOTHING = """
import refgraph, sys, types
for number in range(60):
    module = sys.modules[f"app{number}"] = types.ModuleType(f"app{number}")
    module.CACHE = {i: bytes(2000) for i in range(200)}
del number, module
found = refgraph.capture(collect=True).suspects()
print(len(found), bool(found))
print(found)
print(repr(found))
print(found._repr_html_())
print(len(found.table()))
"""


def test_where_nothing_stands_out_that_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOTHING], capture_output=True, text=True, check=True
    )
    count, text, hint, *rest = done.stdout.split("\n")
    said = "No object holds more than 5 % of the heap through many objects of one type"
    assert count == "0 False"
    assert re.fullmatch(rf"{re.escape(said)} \([\d,]+ objects, [\d.]+ MiB\)\.", text)
    assert hint == "Who keeps how much: snapshot.retained(by='owner')."
    assert rest[0].startswith(f"<Suspects: {said}")
    assert said in rest[1]
    assert rest[-2] == "0"


def test_small_variables_of_one_module_are_told_together(root: types.ModuleType) -> None:
    for number in range(100):
        setattr(root, f"CACHE{number}", [Session() for _ in range(COUNT // 100)])
    snap = refgraph.capture(collect=True)
    suspect = snap.suspects()[0]
    assert suspect.point == snap.node(root)
    assert suspect.text.startswith(
        f"sys.modules['refgraph_test_root'] (module) holds 2,000 {SESSION} in 100 list:"
    )


def test_they_are_a_sequence_a_table_and_html(root: types.ModuleType) -> None:
    vars(root)["<b>"] = sessions()
    root.CACHE = dict(enumerate(sessions()))  # type: ignore[attr-defined]
    suspects = suspects_of(limit=2)
    assert [suspect.text for suspect in suspects[:2]] == [suspects[0].text, suspects[1].text]
    assert suspects[-1].text == suspects[len(suspects) - 1].text
    with pytest.raises(IndexError, match="there are only 2 suspects"):
        suspects[2]
    table = suspects.table()
    assert [(row.count, row.holds, row.where) for row in table] == [
        (suspect.count, suspect.holds, suspect.chain) for suspect in suspects
    ]
    assert json.loads(table.to_json())[0]["share"] == suspects[0].share
    assert json.loads(table.to_json())[0]["allocated"] is None
    page = suspects._repr_html_()
    ElementTree.fromstring(f"<div>{page}</div>")
    assert "<b>" not in page
    text = str(suspects)
    assert text.startswith(suspects[0].text)
    assert f"{table}" in text
    assert text.split("\n")[-1].startswith("What holds one of the objects")
    assert repr(suspects).startswith("<Suspects: 2 suspects, ")
    assert repr(suspects[0]).startswith("<Suspect: ")


@pytest.mark.parametrize("hostile", ["\x1b[31m\n", "a" * 5000, "\ud800"])
def test_hostile_names_cannot_break_a_line(hostile: str, root: types.ModuleType) -> None:
    root.SPACE = {hostile: sessions()}  # type: ignore[attr-defined]
    suspects = suspects_of()
    for text in (str(suspects), repr(suspects), repr(suspects[0]), suspects._repr_html_()):
        assert all(char.isprintable() or char == "\n" for char in text)
        assert max(map(len, text.split("\n"))) < 3000
    assert max(map(len, str(suspects).split("\n"))) < 600
    assert len(suspects[0].text.split("\n")) <= 5


@pytest.mark.parametrize(
    ("limit", "error"), [(0, ValueError), (-1, ValueError), ("3", TypeError), (2.5, TypeError)]
)
def test_a_wrong_limit_is_refused(limit: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="limit must be"):
        refgraph.capture().suspects(limit=limit)


def test_the_core_refuses_a_limit_below_zero() -> None:
    graph = refgraph.capture()._graph
    with pytest.raises(ValueError, match="limit must be at least 0"):
        graph.accumulations(0, -1)
    assert graph.accumulations(1 << 62, 5)[1] == []
    assert len(graph.accumulations(1, 3)[1]) == 3
    assert graph.accumulations(0, 0)[1] == []


def test_the_caller_does_not_see_itself(root: types.ModuleType) -> None:
    kept: list[Callable[[], object]] = []
    root.ITEMS = sessions()  # type: ignore[attr-defined]
    first = suspects_of()
    kept += [first.table, first.__str__]
    assert suspects_of()[0].text.split("\n")[0] == first[0].text.split("\n")[0]
