"""Refcounts against what the graph explains of them.

Nothing of a program is ever called unexplained but what C code leaked, and then exactly so many
references.
"""

from __future__ import annotations

import ctypes
import gc
import heapq
import itertools
import json
import random
import subprocess
import sys
import threading
import types
import weakref
from collections.abc import Iterator
from typing import Any, Callable

import pytest
import shapes
from hypothesis import given, settings
from hypothesis import strategies as st

import refgraph
from refgraph import _core

WEAK = 3  # rg_strength
ATOMS = (str, int, float, bytes, complex, bool, type(None), type(Ellipsis), type(NotImplemented))


def unexplained_of(
    graph: _core.Graph, kinds: tuple[str, ...] = ("native", "probable")
) -> dict[int, int]:
    """{address: references that nothing explains}, those included that a word on a stack may be.

    Above the top of a running frame's stack old words stay behind: one of them may point at an
    object that C code leaked, and then the leaked reference is called "probably" that word.
    """
    found: dict[int, int] = {}
    for kind, node, _, references in graph.roots():
        if kind in kinds:
            address = graph.node(node)[1]
            found[address] = found.get(address, 0) + references
    return found


def reachable(start: list[Any], known: set[int]) -> dict[int, Any]:
    """What is reached from these objects but through `known` ones, modules and static types."""
    found: dict[int, Any] = {}
    stack = list(start)
    while stack:
        obj = stack.pop()
        if id(obj) in found or id(obj) in known or isinstance(obj, ATOMS):
            continue
        if type(obj) is types.FrameType:  # the frames of generators are looked into by gc too
            continue
        found[id(obj)] = obj
        stack += gc.get_referents(obj)
    return found


def over_explained(graph: _core.Graph) -> list[Any]:
    """Objects with more owned references in the graph than their count has."""
    explained = [0] * graph.node_count
    for kind, node, _, references in graph.roots():
        if kind != "native":
            explained[node] += references
    for node in range(graph.node_count):
        for edge in graph.referents(node):
            if edge[4] != WEAK:
                explained[edge[1]] += 1
    immortal_or_synthetic = 2 | 64
    wrong = []
    for node, count in enumerate(explained):
        _, _, _, refcount, _, flags = graph.node(node)
        if count > refcount and not flags & immortal_or_synthetic:
            wrong.append((graph.type_of(node), graph.text(node), refcount, count))
    return wrong


# ---- five thousand instances of all shapes ----


def parked_thread(stop: threading.Event, ready: threading.Event) -> threading.Thread:
    """A thread with objects in its locals and in a suspended generator."""

    def work() -> None:
        local = [shapes.Item(1), {"k": shapes.Item(2)}]
        generator = shapes.started(shapes.Item(3))
        threading.local().item = local
        ready.set()
        stop.wait()
        assert local
        generator.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def make_all(count: int) -> list[Any]:
    """At least `count` objects, shape by shape."""
    kept: list[Any] = []
    number = 0
    while len(kept) < count:
        kept += [make(shapes.Item(number)) for make in shapes.SHAPES]
        number += 1
    return kept


def captured_before() -> set[int]:
    """Addresses of what is there before a test makes its objects, their caches filled."""
    warm = make_all(1)
    del warm
    gc.collect()
    graph = _core.capture(None)
    return {graph.node(node)[1] for node in range(graph.node_count)}


@pytest.mark.filterwarnings("ignore:coroutine")
def test_none_of_five_thousand_instances_of_all_shapes_has_an_unexplained_reference() -> None:
    known = captured_before()
    stop, ready = threading.Event(), threading.Event()
    thread = parked_thread(stop, ready)
    try:
        ready.wait()
        kept = make_all(5000)
        graph = _core.capture("refgraph")
        mine = reachable(kept, known)
        found = unexplained_of(graph)
        wrong = [(type(mine[a]), mine[a], n) for a, n in found.items() if a in mine]
        assert len(mine) > 40_000
        assert not wrong, wrong[:5]
        assert not over_explained(graph)
    finally:
        stop.set()
        thread.join()


def leak(obj: Any, count: int) -> None:
    for _ in range(count):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(obj))


def unleak(obj: Any, count: int) -> None:
    for _ in range(count):
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(obj))


@pytest.mark.filterwarnings("ignore:coroutine")
def test_exactly_the_leaked_references_are_unexplained_with_their_numbers() -> None:
    known = captured_before()
    kept = make_all(1000)
    candidates = [obj for obj in reachable(kept, known).values() if not isinstance(obj, type)]
    chosen = random.Random(3).sample(candidates, 60)
    leaked = {id(obj): (1, 2, 7)[i % 3] for i, obj in enumerate(chosen)}
    for obj in chosen:
        leak(obj, leaked[id(obj)])
    try:
        graph = _core.capture("refgraph")
        mine = reachable(kept, known)
        found = {a: n for a, n in unexplained_of(graph).items() if a in mine}
    finally:
        for obj in chosen:
            unleak(obj, leaked[id(obj)])
    assert found == leaked


@settings(max_examples=12, deadline=None)
@given(
    edges=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=120),
    leaks=st.dictionaries(st.integers(0, 30), st.integers(1, 5), max_size=6),
    seed=st.integers(0, 999),
)
def test_leaks_are_found_in_any_graph_of_objects(
    edges: list[tuple[int, int]], leaks: dict[int, int], seed: int
) -> None:
    makers = (
        shapes.Item,
        shapes.Slotted,
        lambda n: [n],
        lambda n: {n: n},
        lambda n: shapes.DictChild(a=n),
        lambda n: types.SimpleNamespace(n=n),
    )
    rng = random.Random(seed)
    nodes = [rng.choice(makers)(n + 100_000) for n in range(31)]
    for a, b in edges:
        source, target = nodes[a], nodes[b]
        if isinstance(source, list):
            source.append(target)
        elif isinstance(source, dict):
            source[f"to {b}"] = target
        elif isinstance(source, shapes.Slotted):
            source.right = target
        else:
            setattr(source, f"to_{b}", target)
    for n, count in leaks.items():
        leak(nodes[n], count)
    try:
        graph = _core.capture("refgraph")
        found = unexplained_of(graph)
        assert {n: found.get(id(obj), 0) for n, obj in enumerate(nodes)} == {
            n: leaks.get(n, 0) for n in range(31)
        }
    finally:
        for n, count in leaks.items():
            unleak(nodes[n], count)


def test_a_leaked_dict_of_weak_references_is_not_that_of_a_static_types_subclasses() -> None:
    class Some:
        pass

    class Other(Some):
        pass

    dead = {id(Some): weakref.ref(Some()), 5: weakref.ref(Some())}
    to_class = {id(Some): weakref.ref(Some)}
    to_classes = {id(Some): weakref.ref(Some), id(Other): weakref.ref(Other)}
    addresses = [id(leaked) for leaked in (dead, to_class, to_classes)]
    for leaked in (dead, to_class, to_classes):
        leak(leaked, 1)
    kept = [weakref.ref(Some), weakref.ref(Other)]
    del leaked, dead, to_class, to_classes  # the leaked reference is their only one
    graph = _core.capture("refgraph")
    found = unexplained_of(graph)
    assert kept
    assert [found.get(address) for address in addresses] == [1, 1, 1]
    for address in addresses:
        unleak(ctypes.cast(address, ctypes.py_object).value, 1)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the types have their dicts themselves")
def test_the_dicts_of_static_types_subclasses_are_known() -> None:
    graph = _core.capture("refgraph")
    roots = graph.roots()
    dicts = [node for _, node, name, _ in roots if name == "subclasses of a static type"]
    assert len(dicts) > 10
    assert len(set(dicts)) == len(dicts)


def test_a_running_generator_and_what_it_holds_are_explained() -> None:
    def run() -> Any:
        kept = [shapes.Item()]
        yield id(kept), id(kept[0]), _core.capture("refgraph")
        yield kept

    generator = run()
    outer, inner, graph = next(generator)
    found = unexplained_of(graph, ("native",))  # the call of next() holds the generator on a stack
    assert not {outer, inner, id(generator)} & set(found)


def test_a_captured_stack_word_is_probable_and_not_native_too() -> None:
    graph = _core.capture("refgraph")
    natives = {node for kind, node, _, _ in graph.roots() if kind == "native"}
    seen = set()
    for kind, node, name, references in graph.roots():
        if kind == "probable":
            assert references >= 1
            assert (node, name) not in seen
            seen.add((node, name))
    assert natives


# ---- what C code has in hand ----


class Taken:
    """An instance that a C function takes out of the hands of Python code."""

    def __init__(self, act: Any = None) -> None:
        self.act = act

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        if self.act:
            self.act()
        return False

    def __lt__(self, other: object) -> bool:
        if self.act:
            self.act()
        return False

    def __radd__(self, other: Any) -> Any:
        self.act()
        return self


def in_map(act: Any) -> None:
    list(map(lambda _: act(), [Taken()]))  # noqa: C417 (map is what is tested)


def in_filter(act: Any) -> None:
    list(filter(lambda _: act(), [Taken()]))


def in_min(act: Any) -> None:
    min([Taken(), Taken()], key=lambda _: act() or 1)


def in_sort(act: Any) -> None:
    items = [Taken() for _ in range(5)]
    items.sort(key=lambda _: act() or 1)


def in_sorted(act: Any) -> None:
    sorted([Taken(act), Taken(act)])


def in_dict(act: Any) -> None:
    assert len({Taken(act): 1, Taken(act): 2}) == 2


def in_set(act: Any) -> None:
    assert len({Taken(act), Taken(act)}) == 2


def in_heap(act: Any) -> None:
    heapq.heapify([Taken(act), Taken(act), Taken(act)])


def in_sum(act: Any) -> None:
    sum([Taken(act)])


def in_groups(act: Any) -> None:
    list(itertools.groupby([Taken(), Taken()], key=lambda _: act()))


CALLS = (
    in_map,
    in_filter,
    in_min,
    in_sort,
    in_sorted,
    in_dict,
    in_set,
    in_heap,
    in_sum,
    in_groups,
)


def elsewhere(act: Callable[[list[Taken]], object]) -> None:
    """Let another thread do something with 100 instances, in places where nothing was before.

    A word that an earlier call has left on a stack would name one of them, and is believed,
    probably.
    """
    thread = threading.Thread(target=lambda: act([Taken() for _ in range(5000)][-100:]))
    thread.start()
    thread.join()


@pytest.fixture(scope="module")
def leaked() -> Iterator[set[int]]:
    """Addresses of instances whose one reference is leaked."""
    addresses: set[int] = set()

    def leak_some(items: list[Taken]) -> None:
        for item in items[:20]:
            leak(item, 1)
            addresses.add(id(item))

    elsewhere(leak_some)
    yield addresses
    for address in addresses:
        ctypes.pythonapi.Py_DecRef(ctypes.c_void_p(address))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
def test_what_was_leaked_is_told_whatever_c_code_is_doing(call: Any, leaked: set[int]) -> None:
    graphs: list[_core.Graph] = []
    call(lambda: graphs.append(_core.capture("refgraph")))
    assert graphs
    for graph in graphs:
        number = [name for _, name, *_ in graph.types()].index("Taken")
        nodes = (graph.node(node) for node in range(graph.node_count))
        taken = {node[1] for node in nodes if node[0] == number}
        assert len(taken) > 20
        natives = set(unexplained_of(graph, ("native",))) & taken
        assert leaked <= set(unexplained_of(graph))
        if call in (in_sort, in_sorted):  # while a list is sorted any may be in it
            assert natives <= leaked
        else:  # what C code has in hand is unexplained, and no leaked one is taken for it
            assert leaked <= natives


def test_the_items_of_a_list_that_another_thread_sorts_are_probably_in_it() -> None:
    begin, ready, stop = threading.Event(), threading.Event(), threading.Event()
    items: list[Taken] = []
    addresses: set[int] = set()
    two = Taken()
    leak(two, 2)

    def wait(_: Any) -> int:
        ready.set()
        stop.wait()
        return 1

    def sort() -> None:
        begin.wait()
        items.sort(key=wait)

    def make(new: list[Taken]) -> None:
        items.extend(new)
        addresses.update(map(id, new))

    def named(graph: _core.Graph) -> set[int]:
        name = "a list that is being sorted (list.sort)"
        return {graph.node(node)[1] for _, node, text, _ in graph.roots() if text == name}

    assert not named(_core.capture("refgraph"))
    thread = threading.Thread(target=sort)
    thread.start()  # first: later it would be given the stack of the one that makes the items
    elsewhere(make)
    begin.set()
    try:
        ready.wait()
        graph = _core.capture("refgraph")
    finally:
        stop.set()
        thread.join()
    natives = unexplained_of(graph, ("native",))
    assert not set(natives) & addresses
    assert len(named(graph) & addresses) > 97
    assert natives[id(two)] == 2
    assert not named(_core.capture("refgraph"))
    unleak(two, 2)


# ---- what is left in a plain interpreter, and why ----

LEFT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from refgraph import _core
graph = _core.capture("refgraph")
types = graph.types()
left = []
for kind, node, name, references in graph.roots():
    if kind in ("native", "probable"):
        module, qualname = types[graph.node(node)[0]][:2]
        referents = [graph.text(edge[1], 40) for edge in graph.referents(node)[:2]]
        what = f"{module}.{qualname}"
        left.append((kind, what, graph.text(node, 60), referents, name, references))
print(json.dumps(left))
"""

# (type, what its text begins with, why). Atoms are one row each: there are hundreds.
REASONS = (
    ("builtins.str", "", "identifiers in C variables, names in the type cache, keys of C tables"),
    ("builtins.bytes", "", "≤ 3.10: one-character bytes are kept in a C array"),
    ("builtins.int", "", "≤ 3.10: small ints are kept in a C array; datetime keeps 9999"),
    ("builtins.tuple", "0 items", "≤ 3.10: the empty tuple is kept in a C variable"),
    ("builtins.frozenset", "0 items", "3.9: the empty frozenset is kept in a C variable"),
    ("builtins.tuple", "2 items", "names of keyword arguments, in C variables of CPython itself"),
    ("builtins.type", "signal.ItimerError", "3.9: a C variable of _signal"),
    ("builtins.type", "ExceptionGroup", "3.11+: a class that the interpreter keeps"),
    ("builtins.type", "interpreters.", "3.13: a class that the interpreter keeps"),
    ("builtins.type", "concurrent.interpreters.", "3.14: a class that the interpreter keeps"),
    ("builtins.moduledef", "", "≤ 3.11: PyModuleDef is a static C object, its count begins at 1"),
    ("builtins.dict", "0 items", "warnings.onceregistry: the state of _warnings keeps it too"),
    ("builtins.list", "0 items", "3.9: an empty list of the interpreter, there before any import"),
    ("builtins.list", "", "what the compiler keeps of a program that is given by -c or as a file"),
    ("builtins.builtin_function_or_method", "default_int_handler", "3.9: a C variable of _signal"),
    ("builtins.wrapper_descriptor", "__abs__", "int.__abs__: _random keeps it and does not say so"),
    ("builtins.PyCapsule", "", "≤ 3.12: datetime's C interface, in a C variable"),
    ("datetime.timezone", "", "≤ 3.12: datetime.timezone.utc and the epoch, in C variables"),
    ("Token.MISSING", "", "≤ 3.11: a static C object, its count begins at 1"),
    ("builtins.dict", "", "≤ 3.11: the table of single-phase modules; 3.14: of errno classes"),
)

# "Probably" this or that: what holds it is a word that nobody vouches for.
PROBABLE_REASONS = (
    ("builtins.code", "the C code that called <module>", "an argument on the C stack"),
    ("builtins.function", "the C code that called <module>", "an argument on the C stack"),
    ("builtins.module", "the C function that runs the program", "a variable on the C stack"),
    ("builtins.dict", "a field (+0x20) of builtins.moduledef", "≤ 3.11: m_copy, the first state"),
    ("builtins.tuple", "a call that C code is making,", "≤ 3.10: the empty tuple, as an argument"),
    ("builtins.str", "a field (", "a field of a type outside the collector"),
    ("builtins.str", "the evaluation stack of <module>", "the string being called or passed"),
    ("builtins.int", "the evaluation stack of <module>", "the number being called or passed"),
    ("builtins.bytes", "the evaluation stack of <module>", "the bytes being called or passed"),
)


def reason_of(row: list[Any]) -> str | None:
    kind, type_, text, referents, place, _ = row
    table = REASONS if kind == "native" else PROBABLE_REASONS
    for known, begin, reason in table:
        if type_ == known and (text or "").startswith(begin if kind == "native" else ""):
            if kind == "probable" and not place.startswith(begin):
                continue
            if (
                type_ == "builtins.list"
                and not str(referents[:1]).startswith("[\"b'")
                and text != "0 items"
            ):
                continue
            if kind == "probable" and type_ == "builtins.tuple" and text != "0 items":
                continue
            known_dict = referents[1:2] in ([None], ["BlockingIOError"])
            if type_ == "builtins.dict" and begin == "" and not known_dict:
                continue
            return reason
    return None


def test_in_a_plain_interpreter_what_is_left_unexplained_has_a_reason_each() -> None:
    package = refgraph.__path__[0].rpartition("/")[0]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LEFT, package],
        capture_output=True,
        text=True,
        check=True,
    )
    left = json.loads(done.stdout)
    unknown = [row for row in left if reason_of(row) is None]
    assert not unknown, unknown
    atoms = ("builtins.str", "builtins.int", "builtins.bytes")
    others = [row for row in left if row[1] not in atoms and "ast." not in f"{row[1]} {row[2]}"]
    assert len(others) < 40, others
    names_of_roots = {row[0] for row in left}
    assert names_of_roots <= {"native", "probable"}


def test_the_names_that_instances_share_are_held_once_by_their_class() -> None:
    class Sharing:
        def __init__(self) -> None:
            self.shared_name_of_a_test = [1]

    instances = [Sharing() for _ in range(5)]
    dicts = [vars(instance) for instance in instances[:3]]  # they share the table of the class
    graph = _core.capture("refgraph")
    class_ = graph.find(id(Sharing))
    assert class_ is not None
    shared = [edge for edge in graph.referents(class_) if edge[3] == "shared keys"]
    keys = [edge[1] for edge in shared if graph.text(edge[1]) == "'shared_name_of_a_test'"]
    assert len(keys) == 1
    nodes_of_dicts = {graph.find(id(d)) for d in dicts}
    from_dicts = [edge for edge in graph.referrers(keys[0]) if edge[0] in nodes_of_dicts]
    assert len(from_dicts) >= 3
    assert all(edge[4] == WEAK for edge in from_dicts)
    assert all(edge[4] != WEAK for edge in shared)
