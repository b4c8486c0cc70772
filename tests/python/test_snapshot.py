"""Snapshots, nodes, edges and roots, as a person uses them; the interpreter is the oracle."""

from __future__ import annotations

import datetime
import gc
import re
import sys
import threading
import time
import types
import weakref
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import refgraph
from refgraph import _core


class Session:
    """An ordinary instance."""

    def __init__(self, name: str = "anna") -> None:
        self.name = name
        self.parts = [1.5, "part"]


class Slotted:
    """An instance without a dict."""

    __slots__ = ("value",)


class Hostile:
    """Any use of an instance beyond looking at its memory is an error."""

    def _refuse(self, *_: object) -> Any:
        raise AssertionError("user code was run")

    __repr__ = __str__ = __hash__ = __eq__ = __getattribute__ = __bool__ = __len__ = _refuse
    __index__ = __int__ = _refuse
    __class__ = property(_refuse)


def test_counts_are_positive_and_memory_is_that_of_the_arrays() -> None:
    snap = refgraph.capture()
    assert snap.node_count > len(gc.get_objects()) / 2
    assert snap.edge_count > snap.node_count
    assert snap.memory >= 36 * snap.node_count + 12 * snap.edge_count


def test_a_node_describes_its_object() -> None:
    session = Session()
    node = refgraph.capture().node(session)
    assert node.address == id(session)
    assert node.type == f"{__name__}.Session"
    assert node.kind == "instance"
    argument = sys.version_info < (3, 14)  # since then a local is lent to a call
    assert node.refcount == sys.getrefcount(session) - argument
    assert node.is_tracked
    assert not node.is_frozen
    assert not node.has_finalizer
    assert node.generation in (0, 1, 2)


@pytest.mark.parametrize(
    "obj",
    [[1, 2, 3], {"a": [1]}, (1, []), {1, 2}, "a string of text", b"bytes", 12.75, 10**30, len],
    ids=lambda obj: type(obj).__name__,
)
def test_size_is_what_getsizeof_says(obj: object) -> None:
    holder = [obj]
    assert refgraph.capture().node(holder[0]).size == sys.getsizeof(obj)


def test_a_str_shows_its_beginning() -> None:
    holder = ["short text", "x" * 1000]
    snap = refgraph.capture()
    assert snap.node(holder[0]).text == "'short text'"
    text = snap.node(holder[1]).text
    assert text is not None
    assert text.startswith("'xxxxx")
    assert "…" in text[-2:]
    assert len(text) < 100


def test_nodes_are_found_by_object_by_address_and_by_keyword() -> None:
    session = Session()
    snap = refgraph.capture()
    node = snap.node(session)
    assert snap.node(id(session)) == node
    assert snap.node(address=id(session)) == node


def test_an_int_that_is_no_address_means_itself() -> None:
    holder = [10**15 + 1]
    node = refgraph.capture().node(holder[0])
    assert node.type == "int"
    assert node.address == id(holder[0])


def test_nodes_are_values() -> None:
    session, other = Session(), Session()
    snap, later = refgraph.capture(), refgraph.capture()
    assert snap.node(session) == snap.node(session)
    assert snap.node(session) != snap.node(other)
    assert snap.node(session) != later.node(session)
    assert snap.node(session) != "something else"
    assert len({snap.node(session), snap.node(session), snap.node(other)}) == 2


def test_a_node_prints_as_type_short_address_and_size() -> None:
    session = Session()
    text = repr(refgraph.capture().node(session))
    address = f"{id(session):#x}"
    assert text.startswith("<Session at ")
    assert address[:6] in text
    assert address[-3:] in text
    assert address not in text
    assert " B)" in text or " KiB)" in text


def test_modules_classes_and_functions_print_with_their_names() -> None:
    snap = refgraph.capture()
    assert repr(snap.node(sys)).startswith("<module sys at 0x")
    assert repr(snap.node(Session)).startswith(f"<type {__name__}.Session at 0x")
    assert repr(snap.node(Session.__init__)).startswith("<function Session.__init__ at 0x")


def test_objects_by_class_and_by_name_are_the_same() -> None:
    sessions = [Session() for _ in range(7)]
    snap = refgraph.capture()
    expected = sorted(id(session) for session in sessions)
    for of in (Session, f"{__name__}.Session"):
        found = snap.objects(of)
        assert [node.address for node in found] == expected
        assert len(found) == 7
        assert found.type == f"{__name__}.Session"
    assert set(expected) <= {node.address for node in snap.objects("Session")}


def test_objects_are_a_sequence() -> None:
    sessions = [Session() for _ in range(5)]
    found = refgraph.capture().objects(Session)
    assert found[-1] == found[len(sessions) - 1]
    assert found[1:3] == [found[1], found[2]]
    assert found[2] in found
    with pytest.raises(IndexError):
        found[len(sessions)]


def test_objects_of_a_type_leave_subclasses_out() -> None:
    class Special(Session):
        pass

    special = Special()
    snap = refgraph.capture()
    assert snap.node(special) not in snap.objects(Session)
    assert list(snap.objects(Special)) == [snap.node(special)]


def test_two_classes_of_one_name_are_told_apart_by_class() -> None:
    def make() -> type:
        class Twin:
            pass

        return Twin

    first, second = make(), make()
    one, two = first(), second()
    snap = refgraph.capture()
    assert [node.address for node in snap.objects(first)] == [id(one)]
    assert [node.address for node in snap.objects(second)] == [id(two)]
    name = snap.node(one).type
    assert {node.address for node in snap.objects(name)} == {id(one), id(two)}
    assert next(row.count for row in snap.types() if row.type == name) == 2


def test_objects_of_an_unknown_name_are_none() -> None:
    assert len(refgraph.capture().objects("no.such.Type")) == 0


def test_objects_of_something_else_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="int"):
        refgraph.capture().objects(5)  # type: ignore[arg-type]


def test_types_count_what_is_there() -> None:
    kept = [Session() for _ in range(50)]
    functions = [obj for obj in gc.get_objects() if type(obj) is types.FunctionType]
    snap = refgraph.capture()
    counted = {row.type: row.count for row in snap.types()}
    own = [row for row in counted if row.startswith("refgraph.")]
    assert not own
    assert sum(counted.values()) <= snap.node_count
    assert sum(counted.values()) > 0.99 * snap.node_count
    assert counted[f"{__name__}.Session"] == len(snap.objects(Session)) >= len(kept)
    captured = {node.address for node in snap.objects("function")}
    assert counted["function"] == len(captured)
    for function in functions:
        if id(function) not in captured:  # refgraph's own, and what only that holds
            assert function.__module__.startswith(("refgraph", "namedtuple_"))


def test_types_by_module_are_the_sums_of_the_table_of_types() -> None:
    snap = refgraph.capture()
    sums: dict[str, list[Any]] = {}
    for row in snap.types():
        dot = max((info.module for info in snap._types() if info.text == row.type), key=len)
        module = sums.setdefault(dot or "builtins", [0, 0, 0, 0])
        module[0] += 1
        module[1] += row.count
        module[2] += row.size
        module[3] = max(module[3], row.largest)
    table = snap.types(by="module")
    assert {row.module: list(row[1:]) for row in table} == sums
    assert list(table) == sorted(table, key=lambda row: (-row.size, -row.count, row.module))
    assert "refgraph" not in sums
    counts = [sum(row.count for row in snap.types(by)) for by in ("type", "module")]
    assert counts[0] == counts[1]
    text = str(snap.types(by="module", limit=1))
    assert re.search(r"\n +index +types +count +% +size +% +cum % +largest +module\n +0 ", text)


def test_types_are_by_type_or_by_module() -> None:
    snap = refgraph.capture()
    assert list(snap.types("type")) == list(snap.types())
    with pytest.raises(ValueError, match="by: 'owner' is none of type, module"):
        snap.types(by="owner")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="by must be str"):
        snap.types(5)  # type: ignore[call-overload]


def test_sizes_of_types_are_the_sums_of_their_nodes() -> None:
    class Counted(Session):
        pass

    kept = [Counted(), Counted(), Counted()]
    snap = refgraph.capture()
    row = next(row for row in snap.types() if row.type.endswith("Counted"))
    assert row.size == sum(node.size for node in snap.objects(Counted)) > 0
    assert row.count == len(kept)


def test_referents_of_a_list_have_their_positions() -> None:
    a, b = Session(), Session()
    listed = [a, b, a]
    snap = refgraph.capture()
    edges = snap.node(listed).referents
    assert [(edge.name, edge.target.address) for edge in edges] == [
        ("[0]", id(a)),
        ("[1]", id(b)),
        ("[2]", id(a)),
    ]
    assert {edge.source for edge in edges} == {snap.node(listed)}
    assert {edge.strength for edge in edges} == {"own"}


def test_values_of_a_dict_have_their_keys() -> None:
    a, b = Session(), Session()
    mapping = {"k": a, 5: b}
    snap = refgraph.capture()
    names = {edge.target.address: edge.name for edge in snap.node(mapping).referents}
    assert names[id(a)] == "['k']"
    assert names[id(b)] == "[5]"


def test_slots_and_attributes_have_their_names() -> None:
    slotted, session = Slotted(), Session()
    slotted.value = session
    node = refgraph.capture().node(slotted)
    assert [edge.name for edge in node.referents if edge.target.address == id(session)] == [
        ".value"
    ]


def test_a_weak_reference_is_weak_and_named_as_such() -> None:
    session = Session()
    weak = weakref.ref(session)
    snap = refgraph.capture()
    edges = [edge for edge in snap.node(session).referrers if edge.source == snap.node(weak)]
    assert [edge.strength for edge in edges] == ["weak"]


def test_referrers_are_the_referents_seen_from_the_other_side() -> None:
    target = Session()
    holders = [[target, target], {"k": target}, (target, [])]
    snap = refgraph.capture()
    node = snap.node(target)
    seen = Counter((edge.source.address, edge.name) for edge in node.referrers)
    for holder in holders:
        forward = Counter(
            (edge.source.address, edge.name)
            for edge in snap.node(holder).referents
            if edge.target == node
        )
        assert forward
        assert all(seen[key] == number for key, number in forward.items())
    assert all(edge.target == node for edge in node.referrers)


nested = st.recursive(
    st.integers(10**6) | st.text(min_size=2, max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, min_size=1, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(nested, min_size=1, max_size=5))
def test_random_containers_have_the_references_that_gc_reports(value: list[Any]) -> None:
    snap = refgraph.capture()
    pending: list[Any] = [value]
    while pending:
        container = pending.pop()
        reported = gc.get_referents(container)
        captured = Counter(edge.target.address for edge in snap.node(container).referents)
        expected = Counter(map(id, reported))
        assert not expected - captured
        if isinstance(container, (list, tuple)):
            assert captured == expected
        pending += [inner for inner in reported if isinstance(inner, (list, tuple, dict))]


def test_modules_and_running_frames_are_roots() -> None:
    snap = refgraph.capture()
    modules = {root.name: root.node for root in snap.roots() if root.kind == "module"}
    assert modules["sys"] == snap.node(sys)
    assert modules[__name__].kind == "module"
    frames = [root for root in snap.roots() if root.kind == "frame"]
    here = test_modules_and_running_frames_are_roots.__name__
    assert any(here in root.name for root in frames)
    assert all(root.node.kind == "frame" for root in frames)


def test_frames_of_the_tool_itself_are_not_roots() -> None:
    names = [root.name for root in refgraph.capture().roots() if root.kind == "frame"]
    assert names
    assert not [name for name in names if "refgraph/capturing.py" in name]


def test_every_thread_has_its_frames() -> None:
    ready, done = threading.Event(), threading.Event()

    def wait_in_a_thread() -> None:
        held = Session()
        ready.set()
        done.wait(30)
        del held

    thread = threading.Thread(target=wait_in_a_thread, name="held-in-a-thread")
    thread.start()
    try:
        assert ready.wait(30)
        snap = refgraph.capture()
    finally:
        done.set()
        thread.join()
    frames = [
        root for root in snap.roots() if root.kind == "frame" and "wait_in_a_thread" in root.name
    ]
    assert len(frames) == 1
    held = [edge for edge in frames[0].node.referents if edge.name == "local held"]
    assert [edge.target for edge in held] == list(snap.objects(Session))


def test_a_snapshot_holds_no_reference_to_what_it_describes() -> None:
    session = Session()
    before = sys.getrefcount(session)
    snap = refgraph.capture()
    node = snap.node(session)
    everything = [
        node.referents,
        node.referrers,
        list(node.why_alive()),
        str(node.why_alive()),
        list(snap.objects(Session)),
        snap.roots(),
    ]
    assert sys.getrefcount(session) == before
    gone = weakref.ref(session)
    del session
    assert gone() is None
    assert everything
    assert node.type.endswith("Session")


def test_a_refused_question_holds_no_reference_either() -> None:
    snap = refgraph.capture()
    late = Session()
    before = sys.getrefcount(late)
    with pytest.raises(refgraph.NotInSnapshot) as caught:
        snap.node(late)
    assert caught.value.__traceback__ is not None
    assert sys.getrefcount(late) == before


def test_asking_for_a_node_runs_no_code_of_the_object() -> None:
    hostile = Hostile()
    snap = refgraph.capture()
    node = snap.node(hostile)
    assert node.address == id(hostile)
    assert "Hostile" in repr(node)
    assert node.why_alive().node == node
    with pytest.raises(refgraph.NotInSnapshot, match="Hostile"):
        snap.node(Hostile())


def test_an_object_born_later_is_refused_with_type_address_and_time() -> None:
    snap = refgraph.capture()
    late = Session()
    address = f"{id(late):#x}"
    with pytest.raises(refgraph.NotInSnapshot) as caught:
        snap.node(late)
    text = str(caught.value)
    assert text.startswith("Session at ")
    assert address[:6] in text
    assert f"(captured {snap.captured_at:%H:%M:%S})" in text
    assert text.endswith("capture again to see it.")
    assert isinstance(caught.value, refgraph.Error)
    assert isinstance(caught.value, LookupError)


def test_an_object_of_another_type_in_the_place_of_a_captured_one_is_refused() -> None:
    class First:
        __slots__ = ()

    class Second:
        __slots__ = ()

    captured = First()
    place = id(captured)
    snap = refgraph.capture()
    assert snap.node(captured).address == place
    del captured
    later: list[Second] = []
    while not later or id(later[-1]) != place:
        later.append(Second())
        if len(later) == 100_000:
            pytest.skip("this allocator does not reuse memory (a sanitizer's does not)")
    with pytest.raises(refgraph.NotInSnapshot, match="Second"):
        snap.node(later[-1])


def test_an_address_where_nothing_lay_is_refused() -> None:
    snap = refgraph.capture()
    for address in (1, 0, -5, 2**70):
        with pytest.raises(refgraph.NotInSnapshot, match="nothing lay at"):
            snap.node(address=address)


def test_an_address_that_is_no_int_is_refused_by_name() -> None:
    snap = refgraph.capture()
    for wrong in ("0x10", 1.5, b""):
        with pytest.raises(TypeError) as caught:
            snap.node(address=wrong)  # type: ignore[call-overload]
        assert str(caught.value) == f"address must be an int, not '{type(wrong).__name__}'"


def test_an_int_that_is_no_address_and_not_captured_is_said_to_be_both() -> None:
    snap = refgraph.capture()
    for number in (id(snap) * 2**16 + 5, -id(snap), id(snap) ** 60):
        with pytest.raises(refgraph.NotInSnapshot) as caught:
            snap.node(number)
        text = str(caught.value)
        assert text.startswith(
            f"nothing lay at {number:#x}"[:30]
        )  # the middle of a long one is cut
        assert text.endswith("and this int is not in it.")
        assert "created after" not in text
        assert "\n" not in text
        assert len(text) < 200


def test_every_object_of_the_collector_has_a_node() -> None:
    everything = gc.get_objects()
    snap = refgraph.Snapshot(_core.capture(None), time.time())  # refgraph's own, too
    for obj in everything:
        assert snap.node(obj).address == id(obj)


def test_an_index_beyond_the_objects_says_how_many_there_are() -> None:
    class Counted(Session):
        pass

    kept = [Counted(), Counted(), Counted()]
    snap = refgraph.capture()
    objects = snap.objects(Counted)
    for index in (3, 99, -4, 2**70):
        with pytest.raises(IndexError) as caught:
            objects[index]
        assert str(caught.value) == f"there are only 3 objects of {objects.type}"
    assert [objects[index].address for index in (-3, -2, -1)] == sorted(map(id, kept))
    with pytest.raises(TypeError, match="index must be an int, not 'str'"):
        objects["0"]  # type: ignore[call-overload]
    with pytest.raises(IndexError, match="there are 0 objects of nobody"):
        snap.objects("nobody")[0]


def test_node_takes_exactly_one_question() -> None:
    snap = refgraph.capture()
    with pytest.raises(TypeError):
        snap.node([], [])  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        snap.node()  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        snap.node([], address=5)  # type: ignore[call-overload]


def test_capture_knows_when_it_was_and_what_it_cost() -> None:
    before = datetime.datetime.now().astimezone()
    snap = refgraph.capture()
    after = datetime.datetime.now().astimezone()
    assert before <= snap.captured_at <= after
    assert snap.captured_at.tzinfo is not None
    assert 0 < snap.cost.pause <= snap.cost.seconds <= (after - before).total_seconds() + 0.01


def test_capture_collects_only_when_asked() -> None:
    def make_garbage() -> weakref.ref[Session]:
        session = Session()
        session.parts.append(session)  # type: ignore[arg-type]
        return weakref.ref(session)

    gc.disable()
    try:
        garbage = make_garbage()
        refgraph.capture()
        assert garbage() is not None
        refgraph.capture(collect=True)
        assert garbage() is None
    finally:
        gc.enable()


def test_collect_is_true_or_false() -> None:
    for wrong in ("no", 1, None):
        with pytest.raises(TypeError) as caught:
            refgraph.capture(collect=wrong)  # type: ignore[arg-type]
        assert str(caught.value) == f"collect must be a bool, not '{type(wrong).__name__}'"


def test_a_capture_inside_a_collection_is_refused_in_one_sentence() -> None:
    refused: list[Exception] = []

    class Dying:
        def __del__(self) -> None:
            try:
                refgraph.capture()
            except refgraph.CollectionRunning as error:
                refused.append(error)

    dying = Dying()
    dying.itself = dying  # type: ignore[attr-defined]
    del dying
    gc.collect()
    assert len(refused) == 1
    assert isinstance(refused[0], refgraph.CaptureError)
    assert "collection" in str(refused[0])
    assert "\n" not in str(refused[0])


def test_threads_may_capture_and_ask_at_the_same_time() -> None:
    kept = [Session() for _ in range(200)]
    shared = refgraph.capture()
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for snap in (shared, refgraph.capture(wait=True)):  # another one may collect
                node = snap.node(kept[number])
                assert node.address == id(kept[number])
                assert len(snap.objects(Session)) == len(kept)
                assert node.why_alive()
        except BaseException as error:  # every failure is reported below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_snapshot_prints_its_size_and_time() -> None:
    snap = refgraph.capture()
    assert repr(snap).startswith(f"<Snapshot of {snap.node_count:,} objects, captured ")


def test_snapshots_and_their_parts_are_freed() -> None:
    snap = refgraph.capture()
    gone = weakref.ref(snap)
    parts = [snap.roots()[0].node, snap.objects("dict"), snap.types()]
    del snap, parts
    assert gone() is None
