"""How big objects are: beside brute force with gc and sys, beside pympler, and on hostile ones."""

from __future__ import annotations

import collections
import copy
import dataclasses
import datetime
import functools
import gc
import io
import json
import pickle
import random
import sys
import threading
import types
import weakref
from typing import Any, Callable

import pytest

import refgraph

PROGRAM = (type, types.ModuleType, types.CodeType)


def brute_force(*objects: Any) -> tuple[int, int]:
    """Bytes and count of what plain structures reach: each object once, program left out.

    ``gc.get_referents`` and ``sys.getsizeof``, with what they are known to leave out: str keys.
    """
    met: dict[int, Any] = {}
    stack = list(objects)
    while stack:
        obj = stack.pop()
        if id(obj) in met:
            continue
        met[id(obj)] = obj
        keys = list(obj) if isinstance(obj, dict) else []
        stack.extend(x for x in [*gc.get_referents(obj), *keys] if not isinstance(x, PROGRAM))
    return sum(map(sys.getsizeof, met.values())), len(met)


def random_structure(choice: random.Random) -> Any:
    """Containers in each other, that share and come back."""
    pool: list[Any] = [1.5, "text", b"bytes", 10**30, None, "é" * 9, ()]
    for _ in range(choice.randrange(3, 60)):
        some = [choice.choice(pool) for _ in range(choice.randrange(6))]
        hashable = [x for x in some if isinstance(x, (str, bytes, float, int))]
        kind = choice.randrange(6)
        if kind == 0:
            pool.append(some)
        elif kind == 1:
            pool.append(tuple(some))
        elif kind == 2:
            pool.append(dict.fromkeys(hashable, some))
        elif kind == 3:
            pool.append(set(hashable))
        elif kind == 4:
            pool.append(collections.deque(some))
        else:
            pool.append({"self": some, "list": [some]})
    for container in pool:
        if isinstance(container, list):
            container.append(choice.choice(pool))
    return pool


# ---- what is counted -----------------------------------------------------------------------------


def test_plain_structures_have_the_size_that_brute_force_finds() -> None:
    for seed in range(200):
        structure = random_structure(random.Random(seed))
        size = refgraph.sizeof(structure)
        assert (size, size.count) == brute_force(structure)


def test_several_objects_count_once_what_they_share() -> None:
    shared = [bytes(1000)]
    one, other = [shared], (shared, shared)
    both = refgraph.sizeof(one, other, one)
    assert (both, both.count) == brute_force(one, other)
    separate = refgraph.sizeof(one) + refgraph.sizeof(other)
    assert both == separate - refgraph.sizeof(shared)


def test_own_sizes_are_those_of_getsizeof() -> None:
    objects = [[1, 2], {"a": 1}, "text", 5, (1,), {1}, b"x", 1.5, None, range(3), object()]
    for obj in objects:
        size = refgraph.sizeof(obj, deep=False)
        assert (size, size.count) == (sys.getsizeof(obj), 1)
    assert refgraph.sizeof(*objects, deep=False) == sum(map(sys.getsizeof, objects))


class Plain:
    def __init__(self, *values: Any) -> None:
        self.first, self.second = values


class Slotted:
    __slots__ = ("__weakref__", "first", "second")

    def __init__(self, *values: Any) -> None:
        self.first, self.second = values


@dataclasses.dataclass
class Record:
    first: Any
    second: Any


Pair = collections.namedtuple("Pair", "first second")


@pytest.mark.parametrize("make", [Plain, Slotted, Record, Pair])
def test_instances_count_with_what_their_attributes_hold(make: Callable[..., Any]) -> None:
    big, small = bytes(5000), [bytes(300)]
    size = refgraph.sizeof(make(big, small))
    types_ = {row.type: row.count for row in size.types()}
    assert types_["bytes"] == 2
    assert types_["list"] == 1
    values = sum(map(sys.getsizeof, (big, small, small[0])))
    assert values < size < values + 500
    assert len(types_) <= 4  # and the instance, and a dict where it has one


def test_names_of_attributes_belong_to_the_class() -> None:
    plain = Plain(1.5, 2.5)
    for _ in range(2):
        assert "str" not in {row.type for row in refgraph.sizeof(plain).types()}
        assert plain.__dict__  # from now on it has a dict in any version
    assert "dict" in {row.type for row in refgraph.sizeof(plain).types()}


def test_no_dict_is_made_where_an_instance_has_none() -> None:
    things = [Plain(i, str(i)) for i in range(100)]
    first = refgraph.sizeof(things)
    assert refgraph.sizeof(things) == first


@functools.lru_cache(maxsize=500)
def answer(number: int) -> bytes:
    return bytes(number)


def test_a_cache_counts_with_its_entries() -> None:
    answer.cache_clear()
    empty = refgraph.sizeof(answer)
    for i in range(100):
        answer(10_000 + i)
    assert refgraph.sizeof(answer) > empty + 100 * 10_000
    answer.cache_clear()


def test_the_program_is_not_counted() -> None:
    def local() -> None: ...

    program = [sys, Plain, answer.__wrapped__, len, str.join, local.__code__]
    assert refgraph.sizeof(program).count == 1
    for obj in program:
        size = refgraph.sizeof(obj)  # asked for itself
        assert size >= refgraph.sizeof(obj, deep=False) > 0


def test_closures_and_bound_methods_hold_their_data() -> None:
    data = [bytes(7000)]

    def closure(default: Any = (bytes(900),)) -> Any:
        return data, default

    assert 7000 + 900 < refgraph.sizeof([closure]) < 7000 + 900 + 1500
    assert refgraph.sizeof(data.append) > 7000
    assert refgraph.sizeof(Plain(data, 1).__init__) > 7000
    assert refgraph.sizeof(functools.partial(print, data)) > 7000


def test_a_module_is_the_values_of_its_variables() -> None:
    module = types.ModuleType("some")
    before = refgraph.sizeof(module)
    module.CACHE = bytes(50_000)  # type: ignore[attr-defined]
    module.json = json  # type: ignore[attr-defined]
    assert 50_000 < refgraph.sizeof(module) - before < 51_000


def test_weak_references_and_running_frames_lead_nowhere() -> None:
    big = Slotted(bytes(100_000), 1)
    size = refgraph.sizeof([weakref.ref(big), weakref.WeakValueDictionary({1: big})])
    assert size < 10_000
    assert refgraph.sizeof([sys._getframe()]) < 20_000


def test_a_suspended_generator_holds_its_variables() -> None:
    def generator() -> Any:
        data = bytes(30_000)
        yield data

    suspended = generator()
    next(suspended)
    assert 30_000 < refgraph.sizeof(suspended) < 32_000


def test_exceptions_count_without_the_frames_of_their_traceback() -> None:
    def fails() -> None:
        local = bytes(40_000)
        raise ValueError(len(local), bytes(500))

    with pytest.raises(ValueError, match="40000") as info:
        fails()
    assert 500 < refgraph.sizeof(info.value) < 3_000


def test_what_a_type_of_c_does_not_report_is_counted() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=1), "Z" * 1000)
    assert refgraph.sizeof(datetime.datetime.now(zone)) > 1000


def test_buffers_of_arrays_are_counted() -> None:
    numpy = pytest.importorskip("numpy")
    array = numpy.zeros(100_000)
    assert 800_000 < refgraph.sizeof([array]) < 802_000
    view = array[10:20]
    assert refgraph.sizeof(view) > 800_000  # its base
    objects = numpy.array([bytes(4000), None], dtype=object)
    assert 4000 < refgraph.sizeof(objects) < 6000


@pytest.mark.parametrize("is_written", [False, True])
def test_the_buffer_of_a_file_in_memory_is_counted_once(is_written: bool) -> None:
    file = io.BytesIO(bytes(100_000))
    if is_written:
        file.write(b"more")
    assert 100_000 < refgraph.sizeof(file) < 120_000
    assert refgraph.sizeof(file, deep=False) < 1_000


def test_a_million_links_and_a_million_items_are_no_recursion() -> None:
    head: Any = None
    for _ in range(1_000_000):
        head = [head]
    size = refgraph.sizeof(head)
    assert size.count == 1_000_001
    while head is not None:
        (head,) = head
    assert refgraph.sizeof([object() for _ in range(1_000_000)]).count == 1_000_001


# ---- what only they keep -------------------------------------------------------------------------


def test_retained_is_what_would_go_whoever_asks(root: Any) -> None:
    shared, mine = bytes(9000), bytes(3000)
    root.OTHER = [shared]
    obj = Slotted(mine, [shared])
    del mine, shared
    alias = obj
    assert obj is alias  # the caller's own variables do not count as keeping it
    expected = {"bytes": 1, "list": 1, f"{__name__}.Slotted": 1}
    kept = refgraph.sizeof(obj, deep="retained")
    assert {row.type: row.count for row in kept.types()} == expected
    assert kept.count == 3
    assert refgraph.sizeof(obj) == kept + sys.getsizeof(root.OTHER[0])
    both = refgraph.sizeof(obj, root.OTHER, deep="retained")
    assert both.count == 5
    assert both > 12_000


def test_retained_of_something_that_nothing_else_holds_is_all_of_it() -> None:
    size = refgraph.sizeof([[bytes(2000)]], deep="retained")
    assert size == refgraph.sizeof([[bytes(2000)]])


def test_retained_agrees_with_the_node(root: Any) -> None:
    root.CACHE = {"key": [Slotted(bytes(100), 1.5) for _ in range(50)]}
    gc.collect()
    node = refgraph.capture().node(root.CACHE)
    kept = refgraph.sizeof(root.CACHE, deep="retained")
    assert (kept, kept.count) == (node.retained_size, node.retained_count)


# ---- of a snapshot -------------------------------------------------------------------------------


def test_nodes_reach_what_sizeof_counts(root: Any) -> None:
    root.DATA = [
        random_structure(random.Random(5)),
        Plain([1.5], {"k": 1}),
        Slotted(sys, Plain),
        Record(lambda: 5, [].append),
        Pair(datetime.datetime.now(), answer),
        weakref.ref(Plain),
    ]
    snap = refgraph.capture()
    for obj in (root.DATA, *root.DATA):
        node, size = snap.node(obj), refgraph.sizeof(obj)
        assert (node.reachable_size, node.reachable_count) == (size, size.count)


def test_rules_of_a_capture_change_what_nodes_reach(root: Any) -> None:
    root.DATA = Slotted([bytes(10_000)], 1)
    snap = refgraph.capture(weak_edges=[f"{__name__}.Slotted.first"])
    assert snap.node(root.DATA).reachable_size < 1000 < refgraph.sizeof(root.DATA)


# ---- nothing runs, nothing changes ---------------------------------------------------------------


class Hostile:
    """Whatever is asked of it in Python fails."""

    def __init__(self) -> None:
        object.__setattr__(self, "payload", bytes(2500))

    def fail(self, *args: Any) -> Any:
        raise AssertionError("code of an object ran")

    __getattribute__ = __sizeof__ = __len__ = __iter__ = __repr__ = __eq__ = __hash__ = fail
    __dir__ = __reduce_ex__ = fail  # type: ignore[assignment]

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        raise AssertionError("code of an object ran")


def test_no_code_of_the_objects_runs() -> None:
    hostile = Hostile()
    assert 2500 < refgraph.sizeof([hostile]) < 4000
    assert 2500 < refgraph.sizeof(hostile, deep="retained") < 4000
    assert refgraph.sizeof(hostile, deep=False) < 2500


def test_nothing_is_held_and_no_reference_count_changes() -> None:
    things = [Slotted([], 1), bytes(10), {}]
    refs, count = [sys.getrefcount(x) for x in things], len(gc.get_objects())
    sizes = [refgraph.sizeof(*things, deep=deep) for deep in (True, False)]
    assert [sys.getrefcount(x) for x in things] == refs
    assert len(gc.get_objects()) <= count + 30
    gone = weakref.ref(things[0])
    things.clear()
    assert gone() is None
    assert all(size > 0 for size in sizes)


def test_it_may_be_asked_during_a_collection() -> None:
    seen: list[int] = []

    class Finalized:
        def __init__(self) -> None:
            self.me, self.data = self, bytes(5000)

        def __del__(self) -> None:
            seen.append(refgraph.sizeof(self))

    Finalized()
    gc.collect()
    assert len(seen) == 1
    assert seen[0] > 5000


def test_threads_may_ask_while_others_change_the_structure() -> None:
    data: dict[int, Any] = {}
    stop = threading.Event()

    def change() -> None:
        i = 0
        while not stop.is_set():
            data[i % 5000] = [i]
            data.pop((i * 7) % 5000, None)
            i += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(100):
            assert refgraph.sizeof(data) >= sys.getsizeof({})
    finally:
        stop.set()
        thread.join()


# ---- the number ----------------------------------------------------------------------------------


def test_a_size_is_an_int_that_knows_its_objects() -> None:
    size = refgraph.sizeof([bytes(100), bytes(100)])
    assert isinstance(size, int)
    assert f"{size:,}" == str(int(size)) == repr(size) == json.dumps(size)
    assert size + 1 == int(size) + 1
    assert str(size.types()).startswith(f"{size.count} objects of 2 types")
    for other in (pickle.loads(pickle.dumps(size)), copy.copy(size), copy.deepcopy(size)):
        assert (other, other.count, list(other.types())) == (size, size.count, list(size.types()))


@pytest.mark.parametrize(
    ("deep", "error", "words"),
    [
        ("kept", ValueError, "deep must be True, False or 'retained', not 'kept'"),
        (1, TypeError, "deep must be True, False or 'retained', not 'int'"),
        (None, TypeError, "deep must be"),
    ],
)
def test_another_depth_is_refused(deep: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        refgraph.sizeof([], deep=deep)


def test_an_object_is_needed() -> None:
    with pytest.raises(TypeError):
        refgraph.sizeof()  # type: ignore[call-arg]


# ---- beside pympler ------------------------------------------------------------------------------


def test_pympler_finds_the_same_of_plain_structures() -> None:
    asizeof = pytest.importorskip("pympler.asizeof")
    texts = [f"text {i}" for i in range(300)]
    structures: list[Any] = [
        texts,
        {text: [len(text) / 3, text] for text in texts},
        [(float(i), {i, i + 0.5}) for i in range(100)],
        frozenset(texts),
        Slotted(texts, 1.5),
        collections.OrderedDict.fromkeys(texts, 1.5),
        ValueError(texts),
    ]
    for structure in structures:
        assert refgraph.sizeof(structure) == asizeof.asizeof(structure, align=1)


def test_pympler_leaves_out_what_its_types_do_not_tell() -> None:
    asizeof = pytest.importorskip("pympler.asizeof")
    data = [bytes(9000)]
    for obj in (
        collections.deque(data),
        [lambda: data],
        [data.append],
        functools.partial(print, data),
        {1: data}.values(),
    ):
        assert asizeof.asizeof(obj) < 9000 < refgraph.sizeof(obj)
