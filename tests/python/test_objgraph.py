"""`refgraph.objgraph`: counting, finding, chains. Where objgraph is installed, beside it on the
same heap.
"""

from __future__ import annotations

import contextvars
import copy
import gc
import inspect
import io
import pickle
import sys
import threading
import types
import weakref
from typing import Any

import pytest

import refgraph.objgraph as objgraph


class Session:
    """What the tests count."""

    def __init__(self, held: object = None) -> None:
        self.held = held


def at_peer() -> Any:
    """objgraph itself, or the test is skipped."""
    return pytest.importorskip("objgraph")


# ---- counts ----


def test_names_are_short_and_with_a_dot_long():
    kept = [type("MyClass", (), {"__module__": name})() for name in ("one", "two", "two")]
    assert objgraph.count("MyClass") == 3
    assert objgraph.count("two.MyClass") == 2
    assert objgraph.count("two.MyClass", kept[:2]) == 1
    assert objgraph.by_type("two.MyClass") == kept[1:]
    assert objgraph.typestats(kept) == {"MyClass": 3}
    assert objgraph.typestats(kept, shortnames=False) == {"one.MyClass": 1, "two.MyClass": 2}


def test_what_a_class_says_of_itself_does_not_count():
    class Liar:
        @property
        def __class__(self) -> Any:
            raise ValueError("a class that nobody may see")

        def __getattribute__(self, name: str) -> Any:
            raise ValueError(name)

    liar = Liar()
    assert objgraph.count("Liar") == 1
    assert objgraph.by_type("Liar")[0] is liar
    assert not objgraph.is_proper_module(liar)


def test_a_module_that_is_no_text_leaves_the_name():
    for module in (None, "", 7):
        kept = type("Odd", (), {"__module__": module})()
        assert objgraph.typestats([kept], shortnames=False) == {"Odd": 1}


def test_counts_are_those_of_get_objects():
    kept = [Session(i) for i in range(10)]
    gc.collect()
    found = objgraph.typestats(shortnames=False)
    expected: dict[str, int] = {}
    for obj in gc.get_objects():
        name = f"{type(obj).__module__}.{type(obj).__name__}"
        expected[name] = expected.get(name, 0) + 1
    own = {f"builtins.{n}" for n in ("dict", "list", "function", "frame", "cell", "tuple")}
    assert {k: v for k, v in found.items() if k not in own} == {
        k: v for k, v in expected.items() if k not in own
    }
    assert objgraph.count(f"{__name__}.Session") == len(kept)


def test_what_is_frozen_is_not_counted():
    kept = [Session() for _ in range(5)]
    assert objgraph.count("Session") >= len(kept)
    gc.freeze()
    try:
        assert objgraph.count("Session") == 0
        assert objgraph.at(id(kept[0])) is None
    finally:
        gc.unfreeze()


def test_a_filter_is_asked_of_every_object():
    kept = [Session(i) for i in range(6)]
    stats = objgraph.typestats(filter=lambda o: any(o is k for k in kept[:2]))
    assert stats == {"Session": 2}
    assert objgraph.typestats([*kept, 1], filter=lambda o: type(o) is int) == {"int": 1}


def test_limits_of_nothing_are_everything():
    stats = objgraph.typestats([1, 2, "a", None, 3.0, "b", 4])
    rows = [("int", 3), ("str", 2), ("NoneType", 1), ("float", 1)]
    for limit in (None, 0, 9):
        assert objgraph.most_common_types(limit, [1, 2, "a", None, 3.0, "b", 4]) == rows
    assert objgraph.most_common_types(1, objects=[1, "a", "b"]) == [("str", 2)]
    assert list(stats.items()) == [("int", 3), ("str", 2), ("NoneType", 1), ("float", 1)]


def test_the_table_of_types_is_printed_as_ever(capsys):
    objgraph.show_most_common_types(objects=[1, 2, "a", None])
    assert capsys.readouterr().out == "int      2\nstr      1\nNoneType 1\n"
    out = io.StringIO()
    objgraph.show_most_common_types(objects=[], file=out)  # objgraph dies of that
    assert out.getvalue() == ""


def test_a_frame_that_is_kept_holds_no_list_of_everything():
    gc.disable()
    try:
        kept = Session()
        for ask in (objgraph.count, objgraph.by_type):
            before = len(gc.get_referrers(kept))
            result = ask("Session")
            del result
            assert len(gc.get_referrers(kept)) == before
        objgraph.typestats(filter=lambda o: True)
        assert len(gc.get_referrers(kept)) == before
    finally:
        gc.enable()


# ---- growth ----


def tracked(kind: type) -> int:
    number = 0
    for obj in gc.get_objects():
        number += type(obj) is kind
    return number


def test_what_a_call_makes_for_itself_is_not_counted(request):
    kinds = [list, tuple, dict, types.FunctionType, types.CellType, types.GeneratorType]
    gc.collect()
    request.addfinalizer(gc.enable)
    gc.disable()  # a collection between two counts would take tuples out
    for kind in kinds:
        short, dotted = kind.__name__, f"{kind.__module__}.{kind.__name__}"
        number = tracked(kind)
        counted = objgraph.count(short)
        counted_dotted = objgraph.count(dotted)
        found = len(objgraph.by_type(short))
        found_dotted = len(objgraph.by_type(dotted))
        in_stats = objgraph.typestats().get(short, 0)
        in_stats_dotted = objgraph.typestats(None, False).get(dotted, 0)
        assert (counted, counted_dotted, found, found_dotted) == (number,) * 4, dotted
        assert (in_stats, in_stats_dotted) == (number, number), dotted


def test_callbacks_of_collections_that_a_call_starts_may_read_every_list():
    kept = [type(f"Kind{i}", (), {})() for i in range(20)]
    state: dict[str, Any] = {}
    read = []

    def read_lists(phase: str, info: object) -> None:
        read.extend([len(list(obj)) for obj in gc.get_objects() if type(obj) is list])

    threshold = gc.get_threshold()
    gc.callbacks.append(read_lists)
    gc.set_threshold(40)
    try:
        assert objgraph.typestats()["Kind7"] == 1
        assert len(objgraph.get_new_ids(limit=0, _state=state)["Kind7"]) == 1
        assert objgraph.by_type("Kind7") == [kept[7]]
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(read_lists)
    assert read


def test_growth_is_what_exceeds_the_highest_count_so_far():
    peak: dict[str, int] = {}
    objgraph.growth(None, peak)
    kept = [Session() for _ in range(4)]
    assert ("Session", peak["Session"] + 4, 4) in objgraph.growth(None, dict(peak))
    objgraph.growth(None, peak)
    high = peak["Session"]
    del kept[:2]
    assert not [row for row in objgraph.growth(0, peak) if row[0] == "Session"]
    assert peak["Session"] == high
    kept += [Session() for _ in range(3)]
    assert ("Session", high + 1, 1) in objgraph.growth(None, peak)


def test_growth_collects_garbage_first():
    peak: dict[str, int] = {}
    objgraph.growth(None, peak)
    loop = Session()
    loop.held = loop
    died = weakref.ref(loop)
    del loop
    assert not [row for row in objgraph.growth(None, peak) if row[0] == "Session"]
    assert died() is None


def test_growth_is_printed_in_columns(monkeypatch):
    import refgraph.objgraph.stats as stats

    monkeypatch.setattr(stats._core, "census", lambda objects: [(int, 12), (Session, 3)], False)
    out = io.StringIO()
    objgraph.show_growth(peak_stats={"int": 2}, file=out)
    assert out.getvalue() == "int           12       +10\nSession        3        +3\n"


# ---- new ids ----


def test_new_ids_are_those_since_the_last_call():
    state: dict[str, Any] = {}
    objgraph.get_new_ids(limit=0, _state=state)
    kept = [Session() for _ in range(3)]
    new = objgraph.get_new_ids(limit=0, _state=state)
    assert new["Session"] == set(map(id, kept))
    assert objgraph.get_new_ids(skip_update=True, limit=0, _state=state) is new
    again = objgraph.get_new_ids(limit=0, _state=state)
    assert again["Session"] == set()
    assert again["no such type"] == set()
    assert objgraph.at_addrs(new["Session"]) == kept


def test_sets_of_new_ids_are_there_however_they_are_read():
    def fresh() -> Any:
        return objgraph.get_new_ids(limit=0, _state=dict(state))

    state: dict[str, Any] = {}
    objgraph.get_new_ids(limit=0, _state=state)
    kept = Session()
    readers = [
        lambda new: dict(new)["Session"],
        lambda new: {**new}["Session"],
        lambda new: new.get("Session"),
        lambda new: dict(new.items())["Session"],
        lambda new: new.copy()["Session"],
        lambda new: copy.copy(new)["Session"],
        lambda new: pickle.loads(pickle.dumps(new))["Session"],
        lambda new: (new | {})["Session"],
        lambda new: new.pop("Session"),
        lambda new: next(s for s in new.values() if s & {id(kept)}),
    ]
    for reader in readers:
        assert reader(fresh()) == {id(kept)}
        assert type(reader(fresh())) is set
    assert "Session" in fresh()
    assert len(fresh()) > 10
    new = fresh()
    assert new == dict(new)


def test_whoever_reads_new_ids_waits_for_the_sets_that_another_thread_fills():
    new: Any = objgraph.get_new_ids(limit=0, _state={})
    ids, begun, go = new._ids, threading.Event(), threading.Event()

    class Slow:
        def fill(self, sets: list[set[int]]) -> None:
            begun.set()
            assert go.wait(60)
            ids.fill(sets)

    new._ids = Slow()
    sizes: list[int] = []
    threads = [threading.Thread(target=lambda: sizes.append(len(new))) for _ in range(2)]
    threads[0].start()
    assert begun.wait(60)
    threads[1].start()
    threads[1].join(0.05)
    go.set()
    for thread in threads:
        thread.join(60)
    assert sizes == [len(new)] * 2
    assert len(new["dict"]) > 10


def test_short_names_are_remembered():
    state: dict[str, Any] = {}
    objgraph.get_new_ids(limit=0, shortnames=False, _state=state)
    kept = Session()
    assert objgraph.get_new_ids(limit=0, _state=state)[f"{__name__}.Session"] == {id(kept)}
    assert "Session" in objgraph.get_new_ids(limit=0, shortnames=True, _state=state)


def test_the_table_of_new_ids_is_printed_as_ever():
    state: dict[str, Any] = {}
    objgraph.get_new_ids(limit=0, _state=state)
    kept = [Session() for _ in range(40)]
    out = io.StringIO()
    objgraph.get_new_ids(limit=1, file=out, _state=state)
    line = "=" * (len("Session") + 52)
    old = objgraph.count("Session") - len(kept)
    assert out.getvalue().splitlines() == [
        line,
        "Type         Old_ids  Current_ids      New_ids Count_Deltas",
        line,
        f"Session{old:13}{old + 40:13}{'+40':>13}{'+40':>13}",
        line,
    ]
    del kept
    out = io.StringIO()
    objgraph.get_new_ids(limit=None, file=out, sortby="old", _state=state)
    rows = out.getvalue().splitlines()[3:-1]
    assert any(row.split() == ["Session", str(old + 40), str(old), "+0", "-40"] for row in rows)
    numbers = [int(row.split()[1]) for row in rows]
    assert numbers == sorted(numbers, reverse=True)


def test_a_column_that_is_none_is_refused_before_any_work():
    state: dict[str, Any] = {}
    with pytest.raises(KeyError, match="old, current, new, deltas"):
        objgraph.get_new_ids(sortby="bogus", _state=state)
    assert not state


# ---- finding ----


def test_an_address_is_an_object_or_none():
    kept = Session()
    assert objgraph.at(id(kept)) is kept
    for nothing in (0, -1, 7, 1 << 70, "x", None, id("a string, which is not tracked")):
        assert objgraph.at(nothing) is None  # type: ignore[arg-type]
    assert objgraph.at_addrs([]) == []
    assert objgraph.at_addrs({id(kept), 3}) == [kept]


def test_leaking_is_what_no_tracked_object_refers_to():
    lonely, held = [Session()], Session()
    objects = [lonely, held, lonely[0], b"atom" * 2]
    assert objgraph.get_leaking_objects(objects) == [lonely, held, b"atomatom"]  # no locals
    holder = [held]
    assert objgraph.get_leaking_objects(objects) == [lonely, b"atomatom"]
    assert objgraph.get_leaking_objects(iter(objects)) == []  # `objects` is not known as theirs
    assert objgraph.get_leaking_objects([]) == []
    del objects
    everything = list(map(id, objgraph.get_leaking_objects()))
    assert id(lonely) in everything
    assert id(held) not in everything
    assert id(holder) in everything


def test_a_proper_module_is_the_one_that_sys_modules_has():
    other = types.ModuleType("sys")
    assert objgraph.is_proper_module(sys)
    for odd in (other, types.ModuleType("no such module"), "sys", Session(), Session):
        assert not objgraph.is_proper_module(odd)
    del other.__name__
    assert not objgraph.is_proper_module(other)


# ---- chains ----


def test_a_chain_leads_from_what_was_looked_for_to_the_object(root):
    target = Session()
    root.holder = {"key": [target]}
    chain = objgraph.find_backref_chain(target, objgraph.is_proper_module)
    assert chain[0] is root
    assert chain[-1] is target
    assert chain[1] is vars(root)
    assert chain[2] is root.holder
    assert all(any(r is b for r in gc.get_referents(a)) for a, b in zip(chain, chain[1:]))
    forward = objgraph.find_ref_chain(root, lambda o: o is target)
    assert [id(o) for o in forward] == [id(o) for o in chain]


def test_the_object_itself_stands_for_itself_and_for_nothing():
    target = Session()
    for find in (objgraph.find_backref_chain, objgraph.find_ref_chain):
        assert find(target, lambda o: True) == [target]
        assert find(target, lambda o: False, max_depth=3) == [target]
        assert find(target, lambda o: o is sys, max_depth=0) == [target]


def test_depth_counts_references_and_the_last_is_tested():
    target = Session()
    middle = [target]
    top = [middle]
    for depth, length in ((0, 1), (1, 1), (2, 3)):
        chain = objgraph.find_backref_chain(target, lambda o: o is top, max_depth=depth)
        assert len(chain) == length
        assert len(objgraph.find_ref_chain(top, lambda o: o is target, depth)) == length


def test_ids_to_ignore_are_not_gone_through():
    target = Session()
    short, long = [target], [[target]]
    both = [short, long]
    ignored = [id(short)]
    chain = objgraph.find_backref_chain(target, lambda o: o is both, extra_ignore=ignored)
    assert [id(o) for o in chain] == [id(both), id(long), id(long[0]), id(target)]
    chain = objgraph.find_ref_chain(both, lambda o: o is target, extra_ignore=ignored)
    assert len(chain) == 4


def test_what_a_predicate_raises_is_raised_and_nothing_is_left():
    target = Session()
    holder = [[target]]
    before = sys.getrefcount(holder)

    def refuses(obj: object) -> bool:
        if obj is holder:
            raise LookupError("found")
        return False

    for _ in range(3):
        with pytest.raises(LookupError, match="found"):
            objgraph.find_backref_chain(target, refuses)
        with pytest.raises(LookupError, match="found"):
            objgraph.find_ref_chain([holder], refuses)
    gc.collect()  # of what the exceptions' frames hold
    assert sys.getrefcount(holder) == before


def test_a_predicate_may_change_what_is_being_searched():
    holder: list[Any] = [Session(i) for i in range(50)]

    def clears(obj: object) -> bool:
        holder.clear()
        gc.collect()
        return False

    assert objgraph.find_ref_chain(holder, clears) == [holder]
    target = Session()
    holder.extend([target] for _ in range(50))
    assert objgraph.find_backref_chain(target, clears, max_depth=3) == [target]


def test_any_function_gives_neighbours():
    graph = {1: [2, 3], 2: [4], 3: [4], 4: [1]}
    find = objgraph._find_chain
    assert find(1, lambda o: o == 4, lambda o: graph[o]) == [1, 2, 4]
    assert find(1, lambda o: o == 4, lambda o: graph[o], extra_ignore=[id(2)]) == [1, 3, 4]
    assert find(1, lambda o: o == 4, lambda o: graph[o], max_depth=1) == [1]


def test_chains_of_one_capture_are_those_of_one_moment(root):
    targets = [Session(i) for i in range(20)]
    root.holder = [[target] for target in targets]
    alone = [objgraph.find_backref_chain(t, objgraph.is_proper_module) for t in targets]
    with objgraph.one_capture():
        found = [objgraph.find_backref_chain(t, objgraph.is_proper_module) for t in targets]
        with objgraph.one_capture():  # the same
            root.holder.append(found)
            again = objgraph.find_backref_chain(targets[0], objgraph.is_proper_module)
    assert [list(map(id, c)) for c in found] == [list(map(id, c)) for c in alone]
    assert list(map(id, again)) == list(map(id, alone[0]))


def test_one_capture_leaves_nothing_alive():
    target = Session()
    died = weakref.ref(target)
    with objgraph.one_capture():
        objgraph.find_backref_chain(target, lambda o: False, max_depth=1)
        del target
        gc.collect()
        assert died() is not None
    gc.collect()
    assert died() is None


def test_a_task_begun_in_the_block_shares_it_until_its_end_and_keeps_nothing():
    def search(target: Any) -> None:
        assert len(objgraph.find_backref_chain(target, lambda o: type(o) is dict, max_depth=1)) == 2

    target = Session()
    died = weakref.ref(target)
    with objgraph.one_capture():
        first = {"held": target}
        search(target)
        later = contextvars.copy_context()  # as tasks, callbacks and asyncio.to_thread() take it
        before = later.run(objgraph.find_backref_chain, target, lambda o: o == 1, 1)
    assert before == [target]
    born = Session()
    also = {"held": born}  # after the block: what is found is asked of the heap as it is now
    later.run(search, born)
    with objgraph.one_capture():
        later.run(search, born)
    died_later = weakref.ref(born)
    del target, first, before, born, also
    gc.collect()
    assert died() is None
    assert died_later() is None


def test_a_block_that_ends_in_another_context_keeps_nothing():
    def generator(obj: object) -> Any:
        with objgraph.one_capture():
            yield objgraph.find_backref_chain(obj, lambda o: False, max_depth=1)

    target = Session()
    died = weakref.ref(target)
    steps = generator(target)
    context = contextvars.copy_context()
    context.run(next, steps)
    with pytest.raises(StopIteration):
        next(steps)
    del target, steps
    gc.collect()
    assert died() is None


def test_a_depth_may_be_a_float():
    target = Session()
    holder = [target]
    for find, match in ((objgraph.find_backref_chain, holder), (objgraph.find_ref_chain, target)):
        start = target if match is holder else holder
        for depth in (float("inf"), 0.5, 2**70):
            assert find(start, lambda o, m=match: o is m, max_depth=depth) == [holder, target]
        assert find(start, lambda o, m=match: o is m, max_depth=0.0) == [start]


# ---- beside objgraph ----


def test_signatures_are_objgraphs():
    peer = at_peer()
    for name in objgraph.__all__:
        if name != "one_capture":
            ours, theirs = (inspect.signature(getattr(m, name)) for m in (objgraph, peer))
            assert [(p.name, p.kind) for p in ours.parameters.values()] == [
                (p.name, p.kind) for p in theirs.parameters.values()
            ]
            if name not in ("growth", "get_new_ids"):  # defaults that fill up
                assert [p.default for p in ours.parameters.values()] == [
                    p.default for p in theirs.parameters.values()
                ]
    missing = [name for name in dir(peer) if callable(getattr(peer, name))]
    assert [n for n in missing if not hasattr(objgraph, n) and n != "StringIO"] == []


def test_answers_are_objgraphs(root):
    peer = at_peer()
    target = Session()
    root.holder = {"a": [target, (target, [target])], 7: Session(target)}
    gc.collect()
    gc.disable()
    try:
        for ask in (
            lambda m: m.by_type("Session"),
            lambda m: m.count("wrapper_descriptor"),
            lambda m: m.at(id(root)),
            lambda m: m.find_backref_chain(target, m.is_proper_module),
            lambda m: m.find_backref_chain(target, lambda o: type(o) is tuple),
            lambda m: m.find_ref_chain(root, lambda o: o is target),
            lambda m: [row[0] for row in m.most_common_types(3)],
            lambda m: [row[0] for row in m.growth(5, {})],
        ):
            ours, theirs = ask(objgraph), ask(peer)
            if isinstance(ours, list) and type(ours[0]) is not str:
                ours, theirs = list(map(id, ours)), list(map(id, theirs))
            assert ours == theirs
    finally:
        gc.enable()
