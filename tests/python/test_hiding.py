"""refgraph is not in its own answer: not its objects, not what only they hold, not its holders."""

from __future__ import annotations

import gc
import subprocess
import sys
import types
import weakref
from typing import Any

import shapes

import refgraph
from refgraph import _core

WEAK = 3  # rg_strength


def own_modules() -> list[types.ModuleType]:
    return [m for name, m in sys.modules.items() if name.partition(".")[0] == "refgraph" and m]


def names_of(graph: _core.Graph, obj: Any) -> list[str]:
    node = graph.find(id(obj))
    assert node is not None
    return [edge[3] for edge in graph.referents(node)]


def test_nothing_of_refgraph_is_a_node_of_a_capture() -> None:
    item = shapes.Item()
    first = refgraph.capture()
    held = [first.node(item), first.node(item).why_alive(), first.types(), first.roots()]
    held += [first.objects(shapes.Item), held[0].backrefs(depth=2)]
    graph = _core.capture("refgraph")
    assert not [row for row in graph.types() if row[0].startswith("refgraph") and row[4]]
    for module in own_modules():
        assert graph.find(id(module)) is None
        assert graph.find(id(vars(module))) is None
        for value in vars(module).values():
            own_class = isinstance(value, type) and value.__module__.startswith("refgraph")
            own_function = isinstance(value, types.FunctionType) and (
                value.__globals__.get("__name__", "").startswith("refgraph")
            )  # not what a decorator of another module made of it
            if own_class or own_function:
                assert graph.find(id(value)) is None, value
    assert "refgraph" not in [name for kind, _, name, _ in graph.roots() if kind == "module"]
    assert not [name for _, _, name, _ in graph.roots() if "refgraph/" in name]
    assert held


def test_what_is_asked_about_has_no_unexplained_reference_for_it() -> None:
    items = [shapes.Item(i) for i in range(100)]
    first = refgraph.capture()
    held = [(first.node(item), first.node(item).why_alive()) for item in items]
    second = refgraph.capture()
    for item in items:
        node = second.node(item)
        assert node.unexplained_references == 0
        assert len(node.referrers) == 1
    assert held


def test_variables_that_hold_results_show_nothing_of_them() -> None:
    class Owner:
        pass

    snap = refgraph.capture()
    node = snap.node(gc)
    owner = Owner()
    owner.snap, owner.other = snap, [1]  # type: ignore[attr-defined]
    in_list = [snap, node, node.why_alive(), snap.types(), "kept"]
    in_dict = {"snap": snap, "other": [2]}
    in_tuple = (snap, [3])
    in_set = {snap, "kept"}

    def reads() -> Any:
        return snap

    bound = [snap.node, snap.types, snap._graph.roots, reads]
    weak = [weakref.ref(snap), weakref.proxy(snap)]
    graph = _core.capture("refgraph")
    assert names_of(graph, in_list) == ["[4]"]
    assert "['snap']" not in names_of(graph, in_dict)
    assert "['other']" in names_of(graph, in_dict)
    assert names_of(graph, in_tuple) == ["[1]"]
    assert names_of(graph, in_set) == ["element"]
    assert names_of(graph, bound) == ["[3]"]
    assert names_of(graph, weak) == []
    owned = names_of(graph, owner)
    if graph.find(id(vars(owner))) is not None:
        owned += names_of(graph, vars(owner))
    assert owned
    assert not [name for name in owned if name in (".snap", "['snap']")]
    cell = reads.__closure__[0]  # type: ignore[index]
    assert names_of(graph, cell) in ([], ["type"])
    locals_ = [
        edge[3]
        for kind, node_, name, _ in graph.roots()
        if kind == "frame" and "test_variables_that_hold" in name
        for edge in graph.referents(node_)
    ]
    assert "local in_list" in locals_
    assert "local node" not in locals_
    assert "local snap" not in locals_


def test_refcounts_are_shown_without_the_references_of_refgraph() -> None:
    class Held:
        pass

    held = Held()
    snap = refgraph.capture()
    before = snap.node(held).refcount
    asking = sys.getrefcount(held) - before  # 3.14 borrows its argument
    # a Node, a list in its instance … : whatever of refgraph's holds the class
    keepers = [refgraph.Snapshot.__new__(refgraph.Snapshot) for _ in range(5)]
    for keeper in keepers:
        keeper._captured = held  # type: ignore[assignment]
    again = refgraph.capture()
    assert again.node(held).refcount == before
    assert sys.getrefcount(held) == before + 5 + asking
    assert again.node(held).unexplained_references == 0


def test_a_subclass_of_the_user_is_shown() -> None:
    class Mine(refgraph.Snapshot):
        pass

    mine = Mine.__new__(Mine)
    snap = refgraph.capture()
    assert snap.node(Mine).unexplained_references == 0
    assert snap.node(mine).unexplained_references == 0
    assert ".__base__" not in names_of(snap._graph, Mine)


def test_without_a_hidden_package_everything_is_shown() -> None:
    snap = refgraph.capture()
    graph = _core.capture(None)
    assert graph.find(id(snap)) is not None
    assert graph.find(id(refgraph)) is not None
    assert graph.find(id(refgraph.Snapshot)) is not None


COUNTS = """
import sys
sys.path.insert(0, sys.argv[1])
import refgraph, collections

class User:
    pass

users = [User() for _ in range(10)]

def counts(graph):
    return {row[2]: row[4] for row in graph.types() if row[4]}

def growth(a, b):
    names = set(a) | set(b)
    return {n: b.get(n, 0) - a.get(n, 0) for n in names if a.get(n, 0) != b.get(n, 0)}

first = refgraph.capture()
second = refgraph.capture()
held = [second.node(user).why_alive() for user in users]
held.append(second.types())
held.append([str(x) for x in held] and second.roots())
third = refgraph.capture()
fourth = refgraph.capture()
print(growth(counts(first._graph), counts(second._graph)))
print(growth(counts(third._graph), counts(fourth._graph)))
later = growth(counts(second._graph), counts(third._graph))
print({n: d for n, d in later.items() if "refgraph" in n or "User" in n})
print(second.node_count - first.node_count, fourth.node_count - third.node_count)
"""


def test_a_second_capture_has_as_many_nodes_as_the_first() -> None:
    package = refgraph.__path__[0].rpartition("/")[0]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", COUNTS, package],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n") == ["{}", "{}", "{}", "0 0", ""]
