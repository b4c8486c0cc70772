"""What objects keep alive: live heaps, beside what networkx says and what really goes."""

from __future__ import annotations

import csv
import gc
import io
import json
import random
import subprocess
import sys
import threading
import types
import weakref
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import refgraph
from refgraph import Edge, Node, Snapshot


class Thing:
    """Something that holds others, and has no dict on any version."""

    __slots__ = ("__weakref__", "links")

    def __init__(self, links: list[Thing] | None = None) -> None:
        self.links = links or []


def heap_size(snap: Snapshot) -> int:
    return sum(snap._graph.node(node)[2] for node in range(snap.node_count))


def held(snap: Snapshot) -> dict[int, list[tuple[int, int]]]:
    """(target, index) of each node's references that are not weak."""
    return {
        node: [
            (edge.target._id, edge.index)
            for edge in Node(snap, node).referents
            if edge.strength != "weak"
        ]
        for node in range(snap.node_count)
    }


def reached(
    edges: dict[int, list[tuple[int, int]]], starts: set[int], nodes: set[int], cut: set[int]
) -> set[int]:
    met = starts - nodes
    stack = list(met)
    while stack:
        for target, index in edges[stack.pop()]:
            if target not in met and target not in nodes and index not in cut:
                met.add(target)
                stack.append(target)
    return met


@pytest.fixture(scope="module")
def heap() -> tuple[Snapshot, dict[int, list[tuple[int, int]]], set[int]]:
    """A snapshot of this process, its references, and what hangs on the virtual root."""
    snap = refgraph.capture(collect=True)
    edges = held(snap)
    starts = {root.node._id for root in snap.roots()}
    left = set(edges) - reached(edges, starts, set(), set())
    for node in sorted(left):  # garbage, if there is any: the objects that we say hang there
        if Node(snap, node).dominator is None:
            starts.add(node)
    assert reached(edges, starts, set(), set()) == set(edges)
    return snap, edges, starts


# -- one object ------------------------------------------------------------------------------------


def test_dominators_of_a_captured_heap_are_those_of_networkx(heap: Any) -> None:
    networkx = pytest.importorskip("networkx")
    snap, edges, starts = heap
    graph = networkx.DiGraph()
    graph.add_edges_from((-1, start) for start in starts)
    graph.add_edges_from((node, target) for node in edges for target, _ in edges[node])
    theirs = networkx.immediate_dominators(graph, -1)
    for node in edges:
        dominator = Node(snap, node).dominator
        assert theirs[node] == (-1 if dominator is None else dominator._id)


def test_what_topmost_objects_retain_adds_up_to_the_heap(heap: Any) -> None:
    snap, edges, _ = heap
    tops = [node for node in (Node(snap, i) for i in edges) if node.dominator is None]
    assert sum(node.retained_size for node in tops) == heap_size(snap)
    assert sum(node.retained_count for node in tops) == snap.node_count


def test_a_cache_retains_what_only_it_holds(root: types.ModuleType) -> None:
    shared = Thing()
    root.cache = {str(i): Thing([shared]) for i in range(100)}  # type: ignore[attr-defined]
    root.other = [shared]  # type: ignore[attr-defined]
    snap = refgraph.capture()
    cache = snap.node(root.cache)
    things = list(root.cache.values())
    kept = {snap.node(thing) for thing in things} | {snap.node(thing.links) for thing in things}
    gone = set(snap.what_if(cache).nodes)
    assert kept < gone
    assert snap.node(shared) not in gone
    assert cache.retained_count == len(gone)
    assert cache.retained_size == sum(node.size for node in gone)
    assert all(snap.node(thing).dominator == cache for thing in things)
    assert snap.node(things[0].links).retained_count == 1


def test_any_thread_may_ask_first(root: types.ModuleType) -> None:
    root.cache = [Thing() for _ in range(1000)]  # type: ignore[attr-defined]
    snap = refgraph.capture()
    node = snap.node(root.cache)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(node.retained_size)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [node.retained_size] * 8


# -- what if ---------------------------------------------------------------------------------------


def test_what_would_go_is_what_a_search_around_it_does_not_meet(heap: Any) -> None:
    snap, edges, starts = heap
    choice = random.Random(5)
    whole = sorted(edges)
    for size in (1, 1, 1, 3, 30, 300):
        nodes = [Node(snap, node) for node in choice.sample(whole, size)]
        cut: list[Edge] = []
        for node in choice.sample(whole, 50 * size):
            cut += Node(snap, node).referrers[:1]
        for asked in (nodes, cut, [*nodes, *cut]):
            found = snap.what_if(asked)
            met = reached(
                edges,
                starts,
                {item._id for item in asked if isinstance(item, Node)},
                {item.index for item in asked if isinstance(item, Edge)},
            )
            gone = sorted(set(edges) - met)
            assert [node._id for node in found.nodes] == gone
            assert found.count == len(gone)
            assert found.size == sum(Node(snap, node).size for node in gone)


def build(root: types.ModuleType, links: list[list[int]], holders: list[int]) -> list[Any]:
    """Things that refer to one another, some held by the module; weak references to all."""
    things = [Thing() for _ in links]
    for thing, targets in zip(things, links):
        thing.links = [things[target] for target in targets]
    for i, holder in enumerate(holders):
        setattr(root, f"holder_{i}", things[holder])
    return [weakref.ref(thing) for thing in things]


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_what_would_go_does_go(data: Any) -> None:
    root = types.ModuleType("refgraph_test_retained")
    sys.modules[root.__name__] = root
    try:
        count = data.draw(st.integers(1, 30))
        thing = st.integers(0, count - 1)
        links = data.draw(st.lists(st.lists(thing, max_size=3), min_size=count, max_size=count))
        holders = data.draw(st.lists(thing, min_size=1, max_size=6))
        cut = data.draw(st.sets(st.integers(0, len(holders) - 1), min_size=1))
        weak = build(root, links, holders)
        gc.collect()
        snap = refgraph.capture()
        alive = {snap.node(thing) for ref in weak if (thing := ref()) is not None}
        thing = None
        names = {f"['holder_{i}']" for i in cut}
        edges = [edge for edge in snap.node(vars(root)).referents if edge.name in names]
        assert len(edges) == len(cut)
        gone = set(snap.what_if(edges).nodes) & alive
        for i in cut:
            delattr(root, f"holder_{i}")
        gc.collect()
        left = {snap.node(thing) for ref in weak if (thing := ref()) is not None}
        thing = None
        assert left == alive - gone
    finally:
        del sys.modules[root.__name__]


def test_one_of_two_parallel_references_is_not_enough(root: types.ModuleType) -> None:
    root.pair = [Thing()] * 2  # type: ignore[attr-defined]
    snap = refgraph.capture()
    edges = snap.node(root.pair).referents
    assert [edge.name for edge in edges] == ["[0]", "[1]"]
    assert edges[0] != edges[1]
    assert [snap.what_if(edge).count for edge in edges] == [0, 0]
    both = snap.what_if(edges)
    assert edges[0].target in both.nodes
    assert both.size == edges[0].target.retained_size


def test_the_answer_says_how_much_would_go(root: types.ModuleType) -> None:
    root.things = [bytes(4 << 20), bytes(2 << 20)]  # type: ignore[attr-defined]
    snap = refgraph.capture()
    node = snap.node(root.things)
    assert str(snap.what_if(node)) == "3 objects, 6.0 MiB would go."
    assert str(snap.what_if(node.referents[0])) == "1 object, 4.0 MiB would go."
    assert str(snap.what_if(snap.node(None).referrers[0])) == (
        "Nothing would go: something else holds all that it leads to."
    )
    assert repr(snap.what_if(node)) == "<WhatIf: 3 objects, 6.0 MiB would go.>"


def test_all_objects_of_a_type_may_be_asked_about(root: types.ModuleType) -> None:
    shared = Thing()
    root.one, root.two = Thing([shared]), Thing([shared])  # type: ignore[attr-defined]
    del shared
    snap = refgraph.capture()
    things = snap.objects(Thing)
    together = snap.what_if(things)
    assert set(things) <= set(together.nodes)
    holders = [snap.node(root.one), snap.node(root.two)]
    assert snap.what_if(holders).count > sum(snap.what_if(holder).count for holder in holders)


@pytest.mark.parametrize("what", [1, "app.CACHE", Thing(), None, [1], ["x"], [[]]])
def test_what_is_neither_node_nor_edge_is_refused(heap: Any, what: Any) -> None:
    snap, _, _ = heap
    wrong = type(what[0] if isinstance(what, list) else what).__name__
    with pytest.raises(TypeError, match=rf"a Node, an Edge, or several of them, not '{wrong}'"):
        snap.what_if(what)


def test_nodes_and_edges_of_another_snapshot_are_refused(heap: Any) -> None:
    old, new = heap[0], refgraph.capture()
    node = old.node(sys)
    for what in (node, [node], node.referents[0], old.objects(types.ModuleType)):
        with pytest.raises(
            ValueError, match=r"(node|edge) of another snapshot \(captured .*\): ask"
        ):
            new.what_if(what)


def test_an_edge_that_is_none_is_refused(heap: Any) -> None:
    snap, _, _ = heap
    edge = snap.node(sys).referents[0]
    for index in (-1, 2**70, edge.index + 1, "0"):
        wrong = edge._replace(index=index, target=snap.node(wrong_target))
        with pytest.raises(ValueError, match="is no reference of the snapshot"):
            snap.what_if(wrong)


wrong_target = Thing()


# -- tables ----------------------------------------------------------------------------------------


def test_owners_share_the_heap_exactly(heap: Any) -> None:
    snap, _, _ = heap
    owners = snap.retained("owner")
    assert sum(row.count for row in owners) == snap.node_count
    assert sum(row.size for row in owners) == heap_size(snap)
    assert sum(row.share for row in owners) == pytest.approx(1)
    assert [row.size for row in owners] == sorted((row.size for row in owners), reverse=True)


def owner(snap: Snapshot, name: str) -> refgraph.Owner:
    (row,) = (row for row in snap.retained("owner") if row.owner == name)
    return row


def test_a_variable_of_a_module_owns_what_it_alone_holds(
    root: types.ModuleType, evaluate: Any
) -> None:
    root.CACHE = {"u1": Thing(), "u2": Thing()}  # type: ignore[attr-defined]
    root.ACTIVE = [root.CACHE["u1"]]  # type: ignore[attr-defined]
    snap = refgraph.capture()
    cache = owner(snap, f"sys.modules['{root.__name__}'].CACHE")
    assert cache.kind == "variable"
    assert cache.node == snap.node(root.CACHE)
    assert evaluate(cache.owner) is root.CACHE
    assert (cache.count, cache.size) == (cache.node.retained_count, cache.node.retained_size)
    module = owner(snap, f"module {root.__name__} (itself, and what its variables share)")
    assert module.kind == "module"
    assert module.count >= 4  # module, dict, the thing that two variables hold, its links


def test_a_variable_of_a_running_function_is_an_owner() -> None:
    local_of_mine = [Thing(), Thing()]
    snap = refgraph.capture()
    row = next(row for row in snap.retained("owner") if row.node == snap.node(local_of_mine))
    assert row.kind == "variable"
    assert "test_a_variable_of_a_running_function_is_an_owner" in row.owner
    assert "local_of_mine" in row.owner
    assert row.count == 5  # the list, two things, their links


def test_what_two_modules_hold_is_shared(root: types.ModuleType) -> None:
    other = types.ModuleType("refgraph_test_other")
    sys.modules[other.__name__] = other
    try:
        root.x, other.x = [Thing()], []  # type: ignore[attr-defined]
        other.x.append(root.x[0])
        snap = refgraph.capture()
        row = owner(snap, f"{__name__}.Thing, held by several owners")
        assert snap.node(root.x[0]).dominator is None
        assert (row.kind, row.node) == ("shared", None)
        assert row.count >= 2  # with its links
    finally:
        del sys.modules[other.__name__]


def test_garbage_has_an_owner() -> None:
    gc.collect()
    gc.disable()
    try:
        thing = Thing()
        thing.links.append(thing)
        del thing
        row = owner(refgraph.capture(), f"{__name__}.Thing, garbage")
        assert (row.kind, row.node) == ("garbage", None)
        assert row.count >= 2
    finally:
        gc.enable()
        gc.collect()


@pytest.mark.parametrize("by", ["type", "module"])
def test_a_group_retains_the_union_of_what_its_objects_retain(heap: Any, by: str) -> None:
    snap, _, _ = heap
    table = snap.retained(by)
    module_of = [info.module or "builtins" for info in snap._types()]
    for row in table[:8]:
        members = [
            Node(snap, node)
            for node in range(snap.node_count)
            if row[0]
            == (Node(snap, node).type if by == "type" else module_of[snap._graph.node(node)[0]])
        ]
        inside = set(members)
        topmost = []
        for node in members:
            above = node.dominator
            while above is not None and above not in inside:
                above = above.dominator
            if above is None:
                topmost.append(node)
        assert row.count == len(members)
        assert row.size == sum(node.size for node in members)
        assert row.kept == sum(node.retained_count for node in topmost)
        assert row.retained == sum(node.retained_size for node in topmost)
        assert row.retained <= snap.what_if(members).size


def test_a_list_of_lists_counts_once_by_type(root: types.ModuleType) -> None:
    nested: list[Any] = [bytes(1000)]
    for _ in range(1000):
        nested = [nested]
    root.nested = nested  # type: ignore[attr-defined]
    del nested
    snap = refgraph.capture()
    row = next(row for row in snap.retained("type") if row.type == "list")
    assert row.kept <= snap.node_count  # each list's own sum alone would be half a million
    assert row.retained < heap_size(snap)


def test_the_largest_objects_come_first(root: types.ModuleType) -> None:
    root.big = [bytearray(50 << 20) for _ in range(2)]  # type: ignore[attr-defined]
    snap = refgraph.capture()
    table = snap.retained(limit=50)
    assert len(table) == 50
    row = next(row for row in table if row.node == snap.node(root.big))
    assert row.object == f"sys.modules['{root.__name__}'].big"
    assert row.retained == snap.node(root.big).retained_size > 100 << 20
    assert row.kept == 3
    assert row.share == pytest.approx(row.retained / heap_size(snap))
    assert [r.retained for r in table] == sorted((r.retained for r in table), reverse=True)
    assert f"sys.modules['{root.__name__}'].big" in table.text(width=None)
    more = snap.retained(limit=500)
    assert len(more) == 500
    assert list(more[:50]) == list(table)


def test_without_a_limit_every_object_is_listed_but_dicts_of_owners() -> None:
    code = """if True:
        import refgraph
        snap = refgraph.capture()
        rows = snap.retained(limit=None)
        nodes = {row.node for row in rows}
        assert len(nodes) == len(rows) < snap.node_count
        for id in range(snap.node_count):
            node = refgraph.Node(snap, id)
            owners = [e.source for e in node.referrers if e.name == ".__dict__"]
            assert node in nodes or node.dominator in owners
    """
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("by", ["object", "type", "module", "owner"])
def test_tables_leave_as_csv_and_json_without_the_nodes(heap: Any, by: str) -> None:
    snap, _, _ = heap
    table = snap.retained(by, limit=10)
    names = [column.name for column in table.columns]
    rows = list(csv.reader(io.StringIO(table.to_csv())))
    assert rows[0] == names
    assert all(len(row) == len(names) for row in rows)
    assert len(rows) == len(table) + 1
    assert [list(entry) for entry in json.loads(table.to_json())[:1]] == [names]
    assert f"{snap.node_count:,} objects" in table.headline


def test_an_unknown_grouping_and_a_wrong_limit_are_refused(heap: Any) -> None:
    snap, _, _ = heap
    with pytest.raises(ValueError, match="by: 'size' is none of object, type, module, owner"):
        snap.retained("size")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="by must be str, not 'int'"):
        snap.retained(3)  # type: ignore[call-overload]
    for by in ("object", "type", "module", "owner"):
        with pytest.raises(ValueError, match="limit must be at least 1"):
            snap.retained(by, limit=0)
        with pytest.raises(TypeError, match="limit must be an int"):
            snap.retained(by, limit="3")  # type: ignore[call-overload]


def test_what_if_of_nothing_says_so(root: types.ModuleType) -> None:
    snap = refgraph.capture()
    for nothing in ([], snap.objects("no.Such")):
        answer = snap.what_if(nothing)
        assert (answer.count, answer.size) == (0, 0)
        assert str(answer) == "Nothing was asked about: no object and no reference."
