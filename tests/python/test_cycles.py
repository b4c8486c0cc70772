"""Cycles: verdict, reasons, path and what goes with them, against what the interpreter does."""

from __future__ import annotations

import ctypes
import gc
import re
import sys
import types
import weakref
from typing import TYPE_CHECKING, Any, Callable, ClassVar

import pytest

import refgraph

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_AT_ONCE = 10**8  # allocations before the collector begins by itself


class Parent:
    def __init__(self) -> None:
        self.children: dict[str, Child] = {}


class Child:
    def __init__(self, parent: Parent, name: str = "x") -> None:
        self.parent = parent
        parent.children[name] = self


class Loop:
    """An instance that refers to itself."""

    def __init__(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)
        self.me = self


class Lazarus(Loop):
    saved: ClassVar[list[Lazarus]] = []
    runs = 0

    def __del__(self) -> None:
        Lazarus.runs += 1
        Lazarus.saved.append(self)


class Slow(Loop):
    def __del__(self) -> None:
        pass


@pytest.fixture(autouse=True)
def no_garbage() -> Iterator[None]:
    """The collector is on, and does not begin by itself."""
    thresholds = gc.get_threshold()
    gc.collect()
    gc.set_threshold(ALL_AT_ONCE, 10, 10)
    yield
    gc.enable()
    gc.set_threshold(*thresholds)


def cycle_at(address: int, snapshot: refgraph.Snapshot | None = None) -> refgraph.Cycle:
    """The one cycle with a member at an address."""
    report = (snapshot or refgraph.capture()).cycles()
    [found] = [cycle for cycle in report if address in map(address_of, cycle.members)]
    return found


def address_of(node: refgraph.Node) -> int:
    return node.address


def pair() -> int:
    child = Child(Parent())
    return id(child)


# ---- verdicts ------------------------------------------------------------------------------------


def test_garbage_is_isolated_and_the_next_collection_frees_it() -> None:
    made = Loop()
    alive = weakref.ref(made)
    address = id(made)
    del made
    cycle = cycle_at(address)
    assert cycle.verdict == "isolated"
    assert cycle.isolated
    assert not cycle.in_use
    assert not cycle.frozen
    assert not cycle.cross_generation
    assert not cycle.resurrected
    assert cycle.generations == (0,)
    assert cycle.freed_by == 0
    assert [cycle.survives(g) for g in (0, 1, 2)] == [False, False, False]
    assert cycle.finalizers == []
    assert "the next collection of generation 0 frees it" in cycle.fate
    gc.collect(0)
    assert alive() is None


@pytest.mark.skipif((3, 14) <= sys.version_info < (3, 14, 5), reason="two generations")
def test_garbage_of_generation_1_needs_its_collection() -> None:
    made = Loop()
    gc.collect(0)
    alive = weakref.ref(made)
    address = id(made)
    del made
    cycle = cycle_at(address)
    assert (cycle.verdict, cycle.generations, cycle.freed_by) == ("isolated", (1,), 1)
    assert [cycle.survives(g) for g in (0, 1, 2)] == [True, False, False]
    gc.collect(0)
    assert alive() is not None
    gc.collect(1)
    assert alive() is None


@pytest.mark.parametrize("generation", [-1, 3, 0.5, "0", None])
def test_there_are_three_generations_to_survive(generation: Any) -> None:
    cycle = cycle_at(pair())
    with pytest.raises(ValueError, match="generation must be 0, 1 or 2"):
        cycle.survives(generation)


def cut_off_the_collector() -> None:
    gc.disable()


def no_threshold() -> None:
    gc.set_threshold(0, 10, 10)


@pytest.mark.parametrize("switch", [cut_off_the_collector, no_threshold])
def test_where_gc_is_off_garbage_waits_for_gc_collect(switch: Callable[[], None]) -> None:
    switch()
    made = Loop()
    alive = weakref.ref(made)
    address = id(made)
    del made
    cycle = cycle_at(address)
    assert cycle.verdict == "gc is off"
    assert cycle.isolated
    assert "only gc.collect() frees it" in cycle.fate
    gc.collect()
    assert alive() is None


def test_a_cycle_of_two_generations_is_not_freed_by_younger_collections() -> None:
    parent = Parent()
    gc.collect()
    alive = weakref.ref(parent)
    child = Child(parent)
    address = id(child)
    del parent, child
    cycle = cycle_at(address)
    assert cycle.verdict == "isolated, cross-generation"
    assert cycle.cross_generation
    assert cycle.isolated
    assert cycle.generations == (0, 2)
    assert cycle.freed_by == 2
    assert [cycle.survives(g) for g in (0, 1, 2)] == [True, True, False]
    assert cycle.fate.startswith("Garbage in generations 0 and 2")
    assert cycle.size == sum(node.size for node in cycle.members)
    gc.collect(0)
    gc.collect(1)
    assert alive() is not None
    gc.collect(2)
    assert alive() is None


def test_a_young_cycle_that_older_garbage_holds_is_cross_generation() -> None:
    old: list[Any] = []
    old.append(old)
    gc.collect()
    young = Loop()
    old.append(young)
    alive = weakref.ref(young)
    address = id(young)
    del young, old
    cycle = cycle_at(address)
    assert (cycle.verdict, cycle.generations) == ("isolated, cross-generation", (0,))
    assert cycle.freed_by == 2
    assert "held by older garbage" in cycle.fate
    gc.collect(0)
    gc.collect(1)
    assert alive() is not None
    gc.collect()
    assert alive() is None


def test_what_gc_freeze_puts_aside_is_frozen_and_what_it_holds_too() -> None:
    made = Loop()
    gc.freeze()
    try:
        young = Loop()
        made.next = young  # type: ignore[attr-defined]
        addresses, alive = [id(made), id(young)], [weakref.ref(made), weakref.ref(young)]
        del made, young
        snapshot = refgraph.capture()
        cycles = [cycle_at(address, snapshot) for address in addresses]
        gc.collect()
        assert all(weak() is not None for weak in alive)
    finally:
        gc.unfreeze()
    assert [cycle.verdict for cycle in cycles] == ["frozen", "frozen"]
    assert all(cycle.frozen and not cycle.isolated for cycle in cycles)
    assert [cycle.freed_by for cycle in cycles] == [None, None]
    assert [cycle.generations for cycle in cycles] == [(3,), (0,)]
    assert all(cycle.survives(g) for cycle in cycles for g in (0, 1, 2))
    assert "gc.freeze()" in cycles[0].fate
    gc.collect()
    assert all(weak() is None for weak in alive)


def test_a_leaked_reference_holds_a_cycle_from_outside() -> None:
    made = Loop()
    alive = weakref.ref(made)
    address = id(made)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(made))
    del made
    try:
        cycle = cycle_at(address)
        gc.collect()
        assert alive() is not None
    finally:
        leaked = ctypes.cast(address, ctypes.py_object)
        ctypes.pythonapi.Py_DecRef(leaked)
        del leaked
    assert cycle.verdict == "held from outside the heap"
    assert not cycle.isolated
    assert not cycle.in_use
    assert cycle.freed_by is None
    assert cycle.survives(2)
    assert "no collection frees the cycle" in cycle.fate
    gc.collect()
    assert alive() is None


def test_a_cycle_that_a_module_holds_is_in_use(
    root: types.ModuleType, evaluate: Callable[[str], Any]
) -> None:
    root.cache = {"k": [Loop()]}  # type: ignore[attr-defined]
    cycle = cycle_at(id(root.cache["k"][0]))
    assert cycle.verdict == "in use"
    assert cycle.in_use
    assert not cycle.isolated
    assert cycle.freed_by is None
    chains = cycle.why_alive()
    assert evaluate(chains[0].expression) is root.cache["k"][0]
    assert chains[0].expression == "sys.modules['refgraph_test_root'].cache['k'][0]"
    assert chains[0].expression in str(refgraph.capture().cycles(type=Loop))
    gc.collect()
    assert root.cache["k"][0]


def test_nothing_holds_garbage() -> None:
    assert len(cycle_at(pair()).why_alive()) == 0


# ---- finalizers ----------------------------------------------------------------------------------


def test_a_del_method_is_a_finalizer() -> None:
    made = Slow()
    address = id(made)
    del made
    cycle = cycle_at(address)
    assert cycle.verdict == "with a finalizer"
    assert cycle.isolated
    [found] = cycle.finalizers
    assert found.node.address == address
    assert (found.kind, found.has_run) == ("__del__", False)
    assert not cycle.resurrected
    assert f"{__name__}.Slow has __del__" in cycle.fate


def test_a_finalizer_that_has_resurrected_does_not_run_again() -> None:
    Lazarus.runs = 0
    made = Lazarus()
    address = id(made)
    del made
    gc.collect()
    assert Lazarus.runs == 1
    alive = weakref.ref(Lazarus.saved[0])
    Lazarus.saved.clear()
    cycle = cycle_at(address)
    assert cycle.resurrected
    assert [(f.kind, f.has_run) for f in cycle.finalizers] == [("__del__", True)]
    assert "it will not run again" in cycle.fate
    gc.collect()
    assert alive() is None
    assert Lazarus.runs == 1


def test_a_generator_suspended_in_try_is_a_finalizer_and_another_is_none() -> None:
    ran = []

    def careful(owner: Loop) -> Any:
        try:
            yield owner
        finally:
            ran.append(1)

    def plain(owner: Loop) -> Any:
        yield owner

    addresses = []
    for function in careful, plain:
        made = Loop()
        made.generator = function(made)  # type: ignore[attr-defined]
        next(made.generator)  # type: ignore[attr-defined]
        addresses.append(id(made))
    del made
    snapshot = refgraph.capture()
    one, two = (cycle_at(address, snapshot) for address in addresses)
    assert [f.kind for f in one.finalizers] == ["suspended in try"]
    assert one.finalizers[0].node.type == "generator"
    assert one.verdict == "with a finalizer"
    assert (two.verdict, two.finalizers) == ("isolated", [])
    gc.collect()
    assert ran == [1]


def test_a_callback_from_outside_counts() -> None:
    seen: list[Any] = []
    made = Loop()
    address = id(made)
    outside = weakref.ref(made, seen.append)
    del made
    cycle = cycle_at(address)
    assert [(f.kind, f.node.address) for f in cycle.finalizers] == [("weakref callback", address)]
    assert cycle.verdict == "with a finalizer"
    gc.collect()
    assert seen == [outside]


def test_weakref_finalize_counts() -> None:
    seen: list[int] = []
    made = Loop()
    address = id(made)
    weakref.finalize(made, seen.append, 1)
    del made
    assert [f.kind for f in cycle_at(address).finalizers] == ["weakref callback"]
    gc.collect()
    assert seen == [1]


def test_a_callback_of_the_garbage_itself_does_not_count() -> None:
    seen: list[Any] = []
    made = Loop()
    address = id(made)
    made.weak = weakref.ref(made, seen.append)  # type: ignore[attr-defined]
    del made
    cycle = cycle_at(address)
    assert (cycle.verdict, cycle.finalizers) == ("isolated", [])
    gc.collect()
    assert seen == []


def test_housekeeping_of_weak_containers_does_not_count() -> None:
    made = Loop()
    address = id(made)
    kept = [
        weakref.WeakSet([made]),
        weakref.WeakKeyDictionary({made: 1}),
        weakref.WeakValueDictionary({1: made}),
        weakref.ref(made),
        weakref.proxy(made),
    ]
    del made
    cycle = cycle_at(address)
    assert (cycle.verdict, cycle.finalizers) == ("isolated", [])
    gc.collect()
    assert [len(container) for container in kept[:3]] == [0, 0, 0]  # type: ignore[arg-type]


# ---- path and cut --------------------------------------------------------------------------------


def test_a_path_reads_like_an_expression_and_ends_where_it_begins() -> None:
    cycle = cycle_at(pair())
    text = f"{__name__}.Child.parent → {__name__}.Parent.children['x'] → {__name__}.Child"
    assert str(cycle.path) == text
    assert cycle.path.is_shortest
    assert repr(cycle.path) == f"<CyclePath: {text}>"
    assert str(cycle).splitlines()[0] == text
    assert str(cycle.cut) == f"{__name__}.Child.parent"
    assert cycle.cut.is_enough
    assert not cycle.cut.is_bounded
    assert "weakref.ref" in cycle.cut.advice
    assert repr(cycle.cut) == f"<Cut: {__name__}.Child.parent>"
    assert f"Cut: {__name__}.Child.parent" in str(cycle)
    assert text in repr(cycle)
    assert cycle.path[:] == list(cycle.path)
    assert cycle.cut[:] == list(cycle.cut)
    assert cycle.cut[0] in list(cycle.path)


def test_every_path_of_the_heap_is_a_cycle_of_its_members() -> None:
    for _ in range(3):
        pair()
    report = refgraph.capture().cycles()
    assert len(report.groups) > 5
    for group in report.groups:
        path, members = list(group.example.path), set(group.example.members)
        assert path
        for one, two in zip(path, [*path[1:], path[0]]):
            assert one.target == two.source
            assert one.source in members
            assert one in [edge for edge in one.source.referents if edge.target == one.target]
        sources = [edge.source for edge in path]
        assert len(set(sources)) == len(sources)


def test_a_self_edge_is_a_path_of_one() -> None:
    made = Loop()
    address = id(made)
    del made
    path = cycle_at(address).path
    names = [edge.name for edge in path]
    assert names == ([".me"] if sys.version_info >= (3, 11) else [".__dict__", "['me']"])
    assert str(path) == f"{__name__}.Loop.me → {__name__}.Loop"


# ---- groups --------------------------------------------------------------------------------------


def test_equal_cycles_are_one_group() -> None:
    for _ in range(10_000):
        pair()
    report = refgraph.capture().cycles(type=Child)
    assert len(report) == 10_000
    [group] = report.groups
    assert group.count == len(group) == 10_000
    members = len(group.example.members)
    assert group.object_count == 10_000 * members
    assert group.size == sum(cycle.size for cycle in group)
    assert group.verdict == "isolated"
    assert group.generations == (0,)
    assert not group.of_class
    assert "10,000 ×" in str(report)
    assert repr(group).startswith("<CycleGroup: 10,000 × ")
    assert len(group[:3]) == 3
    assert group[-1].members[0].address == group[9_999].members[0].address
    with pytest.raises(IndexError):
        group[10_000]


def test_trees_with_different_numbers_of_children_are_one_group() -> None:
    for children in range(1, 6):
        parent = Parent()
        for number in range(children):
            Child(parent, f"c{number}")
        del parent
    [group] = refgraph.capture().cycles(type=Parent).groups
    assert group.count == 5
    assert len({len(cycle.members) for cycle in group}) == 5
    assert group.example.size == min(cycle.size for cycle in group)


def test_different_verdicts_are_different_groups(root: types.ModuleType) -> None:
    pair()
    root.kept = Child(Parent())  # type: ignore[attr-defined]
    report = refgraph.capture().cycles(type=Child)
    assert [group.verdict for group in report.groups] == ["isolated", "in use"]


# ---- the report ----------------------------------------------------------------------------------


def test_filters_split_the_report(root: types.ModuleType) -> None:
    root.kept = [Loop(), Slow()]  # type: ignore[attr-defined]
    parent = Parent()
    gc.collect()
    Child(parent)
    del parent
    pair()
    Slow()
    snapshot = refgraph.capture()
    everything = snapshot.cycles()
    for name, of in [
        ("isolated", lambda cycle: cycle.isolated),
        ("finalizers", lambda cycle: bool(cycle.finalizers)),
        ("cross_generation", lambda cycle: cycle.cross_generation),
        ("in_use", lambda cycle: cycle.in_use),
    ]:
        expected = {True: set(), False: set()}  # type: ignore[var-annotated]
        for cycle in everything:
            expected[of(cycle)].add(cycle.members[0].address)
        for wanted in True, False:
            report = snapshot.cycles(**{name: wanted})  # type: ignore[arg-type]
            assert {cycle.members[0].address for cycle in report} == expected[wanted]
            assert expected[wanted]
            assert sum(group.count for group in report.groups) == len(report)
    assert len(snapshot.cycles(type=Loop)) == 1
    assert len(snapshot.cycles(type=Slow)) == 2
    assert len(snapshot.cycles(type=Slow, in_use=True)) == 1
    assert len(snapshot.cycles(type=Slow, in_use=True, isolated=True)) == 0
    assert len(snapshot.cycles(type=f"{__name__}.Child")) == 2
    assert len(snapshot.cycles(type=f"{__name__}.Child", cross_generation=True)) == 1


def test_a_type_in_no_cycle_gives_an_empty_report() -> None:
    report = refgraph.capture().cycles(type=complex)
    assert len(report) == 0
    assert not report
    assert report.groups == []
    assert str(report) == "No cycles."
    assert repr(report) == "<CycleReport: No cycles.>"
    with pytest.raises(IndexError, match="no cycles"):
        report[0]


@pytest.mark.parametrize("name", ["isolated", "finalizers", "cross_generation", "in_use"])
@pytest.mark.parametrize("value", [1, 0, "yes", [], 1.0])
def test_a_filter_that_is_no_bool_is_refused(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{name} must be a bool"):
        refgraph.capture().cycles(**{name: value})


@pytest.mark.parametrize("value", [3, [Loop], b"Loop", True])
def test_a_type_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="type"):
        refgraph.capture().cycles(type=value)


def test_a_class_made_later_is_not_in_the_snapshot() -> None:
    snapshot = refgraph.capture()
    late = type("Late", (), {})
    with pytest.raises(refgraph.NotInSnapshot):
        snapshot.cycles(type=late)


def test_the_first_lines_count_every_cycle(root: types.ModuleType) -> None:
    root.kept = Loop()  # type: ignore[attr-defined]
    for _ in range(3):
        pair()
    report = refgraph.capture().cycles()
    head = str(report).split("\n\n")[0]
    counts = [int(n.replace(",", "")) for n in re.findall(r"^([\d,]+) ", head, re.M)]
    assert sum(counts) == len(report)
    isolated = sum(cycle.isolated for cycle in report)
    in_use = sum(cycle.in_use for cycle in report)
    assert isolated >= 3
    assert head.startswith(f"{isolated} cycles are garbage ({len(report.garbage):,} objects, ")
    assert counts[0] == isolated
    assert sum(counts[-2:]) == in_use
    assert report.garbage_size == sum(node.size for node in report.garbage)
    assert repr(report) == f"<CycleReport: {' '.join(head.split())}>"


def test_the_garbage_is_what_no_root_reaches() -> None:
    parent = Parent()
    parent.payload = [Slow(), ["text" * 10]]  # type: ignore[attr-defined]
    Child(parent)
    expected = {id(parent), id(parent.payload), id(parent.payload[1]), id(parent.payload[0])}  # type: ignore[attr-defined]
    del parent
    garbage = set(map(address_of, refgraph.capture().cycles().garbage))
    assert expected <= garbage


def test_a_limit_is_of_groups_of_each_verdict(root: types.ModuleType) -> None:
    root.kept = Loop()  # type: ignore[attr-defined]
    pair()
    Loop()
    report = refgraph.capture().cycles(isolated=True)
    assert report.text(1).count(" × ") == 1
    assert "… 1 more group of 1 cycle" in report.text(1)
    assert report.text(2).count(" × ") == 2
    assert str(report) == report.text()
    with pytest.raises(ValueError, match="limit must be at least 1"):
        report.text(0)
    with pytest.raises(TypeError, match="limit must be an int"):
        report.text("1")  # type: ignore[arg-type]


def test_a_report_is_a_sequence() -> None:
    for _ in range(3):
        pair()
    report = refgraph.capture().cycles(type=Child)
    assert len(report) == 3
    first = [cycle.members[0].address for cycle in report]
    assert [report[i].members[0].address for i in range(3)] == first
    assert [report[i].members[0].address for i in range(-3, 0)] == first
    assert [cycle.members[0].address for cycle in report[1:]] == first[1:]
    for index in 3, -4:
        with pytest.raises(IndexError, match="there are only 3 cycles"):
            report[index]
    with pytest.raises(TypeError, match="index must be an int"):
        report["0"]  # type: ignore[call-overload]


def test_types_of_a_cycle_are_those_of_its_members() -> None:
    cycle = cycle_at(pair())
    counted = {row.type: (row.count, row.size) for row in cycle.types}
    expected: dict[str, tuple[int, int]] = {}
    for node in cycle.members:
        count, size = expected.get(node.type, (0, 0))
        expected[node.type] = count + 1, size + node.size
    assert counted == expected
    addresses = list(map(address_of, cycle.members))
    assert addresses == sorted(addresses)


# ---- what goes with a cycle ----------------------------------------------------------------------


def test_what_only_a_cycle_reaches_is_what_dies_with_it(root: types.ModuleType) -> None:
    shared = [Parent()]
    root.shared = shared  # type: ignore[attr-defined]
    made = Loop(own=[[1.5], {"k": [2.5]}, (shared, [shared])], shared=shared)
    made.own.append(Loop(up=[made.own]))  # type: ignore[attr-defined]  # in cycles of their own
    address = id(made)
    del made, shared
    snapshot = refgraph.capture()
    cycle = cycle_at(address, snapshot)
    reached = {node.address for node in cycle.reachable_only if node.is_tracked}
    members = {node.address for node in cycle.members if node.is_tracked}
    assert cycle.reachable_only_count == len(cycle.reachable_only)
    assert cycle.reachable_only_size == sum(node.size for node in cycle.reachable_only)
    assert cycle.members[0] not in list(cycle.reachable_only)
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    assert reached | members == set(map(id, gc.garbage))
    gc.garbage.clear()


def test_what_another_cycle_holds_too_goes_with_neither() -> None:
    shared = [3.5]
    addresses = []
    for _ in range(2):
        made = Loop(shared=shared, own=[4.5])
        addresses.append(id(made))
    address = id(shared)
    del made, shared
    snapshot = refgraph.capture()
    for cycle in (cycle_at(a, snapshot) for a in addresses):
        reached = set(map(address_of, cycle.reachable_only))
        assert address not in reached
        assert len([node for node in cycle.reachable_only if node.type == "list"]) == 1
    [group] = snapshot.cycles(type=Loop).groups
    assert group.reachable_only_count == sum(c.reachable_only_count for c in group)
    assert group.reachable_only_size == sum(c.reachable_only_size for c in group)


# ---- asking changes nothing ----------------------------------------------------------------------


def ask_everything(snapshot: refgraph.Snapshot) -> None:
    report = snapshot.cycles()
    str(report), repr(report), len(report.garbage)
    for group in report.groups[:12]:
        str(group), repr(group)
        cycle = group.example
        for answer in (cycle, cycle.path, cycle.cut, cycle.types, cycle.members):
            str(answer), repr(answer)
        cycle.fate, cycle.finalizers, cycle.reachable_only, cycle.why_alive(1)


def test_asking_changes_nothing() -> None:
    address = pair()
    snapshot = refgraph.capture()
    ask_everything(snapshot)  # so that everything is imported and cached
    [kept] = [obj for obj in gc.get_objects() if id(obj) == address]
    stats = [dict(row) for row in gc.get_stats()]
    counts = gc.get_count()[1:]
    references = sys.getrefcount(kept)
    objects = len(gc.get_objects())
    ask_everything(refgraph.capture())
    assert len(gc.get_objects()) == objects
    assert sys.getrefcount(kept) == references
    assert gc.get_count()[1:] == counts
    assert gc.isenabled()
    assert [dict(row) for row in gc.get_stats()] == stats
    assert kept.parent.children["x"] is kept
    assert gc.garbage == []
