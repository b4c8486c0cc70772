"""A chain printed as evaluable is a Python expression for the object: eval() is the oracle."""

from __future__ import annotations

import collections
import functools
import gc
import random
import sys
import types
import typing
import weakref
from typing import ClassVar

import pytest

import refgraph


class Slots:
    __slots__ = ("__private", "__weakref__", "a")

    def __init__(self, value: object) -> None:
        self.a = value
        self.__private = [value]


class MoreSlots(Slots):
    __slots__ = ("a", "b")  # a again: the base's slot is out of reach


class Tracked:
    """Instances only: their identity is what the test is about."""

    def __init__(self, note: str = "") -> None:
        self.note = note


class Described(Tracked):
    @property
    def shadowed(self) -> object:
        return Tracked("from the property")


class Awkward(Tracked):
    def __getattribute__(self, name: str) -> object:
        return Tracked(f"made up for {name}")


class Forgiving(Tracked):
    def __getattr__(self, name: str) -> object:
        raise AttributeError(name)


class OddItems(dict):  # type: ignore[type-arg]
    def __getitem__(self, key: object) -> object:
        return Tracked("made up")


class Meta(type):
    meta_attribute = Tracked("on the metaclass")

    @property
    def clash(cls) -> object:
        return Tracked("from the metaclass")


class Holder(metaclass=Meta):
    plain = Tracked("class attribute")
    listed: ClassVar = [Tracked("in a list")]
    clash = Tracked("hidden by the metaclass")

    class Inner:
        deep = Tracked("deep")

    @staticmethod
    def static() -> object:
        return static_cell

    @classmethod
    def klass(cls, default: object = Tracked("default")) -> object:
        return default

    @property
    def prop(self) -> object:
        return self

    def method(self, *, keyword: object = Tracked("keyword default")) -> object:
        return keyword


class Cached:
    @functools.cache  # noqa: B019
    def method(self) -> object:
        return self


static_cell = Tracked("module global")


def make_closure(captured: object):  # type: ignore[no-untyped-def]
    def inner() -> object:
        return captured

    inner.attribute = Tracked("function attribute")  # type: ignore[attr-defined]
    return inner


def generator(argument: object):  # type: ignore[no-untyped-def]
    local = Tracked("local of a generator")
    yield argument
    yield local


@types.coroutine
def suspended(argument: object):  # type: ignore[no-untyped-def]
    yield argument


async def coroutine(argument: object) -> object:
    local = Tracked("local of a coroutine")
    await suspended(argument)
    return local


async def async_generator(argument: object):  # type: ignore[no-untyped-def]
    yield argument


def raise_with(argument: object, depth: int = 3) -> None:
    local = Tracked("local of a frame in a traceback")
    if depth:
        raise_with(argument, depth - 1)
    try:
        raise KeyError(argument)
    except KeyError as error:
        raise ValueError(local) from error


def catch(argument: object) -> BaseException:
    try:
        raise_with(argument)
    except ValueError as error:
        return error
    raise AssertionError


def callback_that_keeps(kept: object):  # type: ignore[no-untyped-def]
    return lambda _: kept


KEPT: dict = {}


def fill() -> None:
    for i in range(12):
        described = Described()
        vars(described)["shadowed"] = Tracked("below a property")
        vars(described)["not an identifier"] = Tracked("odd name")
        vars(described)["class"] = Tracked("keyword")
        forgiving = Forgiving()
        forgiving.held = Tracked("kept by the forgiving")  # type: ignore[attr-defined]
        started = generator(Tracked("argument"))
        next(started)
        waiting = coroutine(Tracked("awaited"))
        waiting.send(None)
        slots = MoreSlots(Tracked("in a slot"))
        Slots.a.__set__(slots, Tracked("in the hidden slot"))  # type: ignore[attr-defined]
        odd = OddItems(a=Tracked("behind a strange __getitem__"))
        KEPT[f"holder {i}"] = Holder
        KEPT[i] = {
            "described": described,
            "forgiving": forgiving,
            "awkward": Awkward("x"),
            "generator": started,
            "fresh generator": generator(Tracked("never started")),
            "coroutine": waiting,
            "async generator": async_generator(Tracked("async")),
            "slots": slots,
            "odd": odd,
            "exception": catch(Tracked("carried")),
            "closure": make_closure(Tracked("captured")),
            "method": Holder().method,
            "partial": functools.partial(make_closure, Tracked("partial"), k=Tracked("keyword")),
            "deque": collections.deque([Tracked("first"), Tracked("second")]),
            "tuple": (Tracked("0"), (Tracked("1, 0"), [Tracked("1, 1, 0")])),
            "default": collections.defaultdict(list, {"k": [Tracked("defaulted")]}),
            "ordered": collections.OrderedDict(a=Tracked("a"), b={"c": Tracked("c")}),
            "counter": collections.Counter({"q'\"\n\u2028\x00": 1}),
            "namespace": types.SimpleNamespace(attr=Tracked("namespace")),
            "property": property(make_closure(Tracked("getter"))),
            "weak": weakref.ref(static_cell, callback_that_keeps(Tracked("callback"))),
            "set": {Tracked("no expression")},
            "slice": slice(Tracked("start"), None),
            (i, "tuple key"): Tracked("by tuple"),
            1.5: Tracked("by float"),
            -7: Tracked("by int"),
            True: Tracked("by bool"),
            None: Tracked("by None"),
            b"\x00'\xff": Tracked("by bytes"),
            "q'\"\\\n\t\u2028\x00\udc80é🐍": [Tracked("by a hostile str")],
            "x" * 300: Tracked("by a long str"),
            frozenset([1]): Tracked("by a frozenset: no literal"),
        }


fill()


def evaluate(expression: str) -> object:
    return eval(expression, {"__builtins__": __builtins__, "sys": sys})


def check(snapshot: refgraph.Snapshot, objects: list, limit: int = 4) -> collections.Counter:
    """Evaluate every evaluable chain; how many by type of the object."""
    evaluated: collections.Counter = collections.Counter()
    for obj in objects:
        if snapshot._graph.find(id(obj)) is None:  # refgraph's own, which is not shown
            continue
        for chain in snapshot.node(address=id(obj)).why_alive(limit=limit):
            if not chain.evaluable:
                continue
            value = evaluate(chain.expression)
            assert value is obj, f"{chain.expression} is not the {type(obj)}"
            evaluated[type(obj).__name__] += 1
    return evaluated


@pytest.fixture(scope="module")
def heap() -> tuple:
    """A snapshot, and the objects that were there before it."""
    gc.collect()
    objects = gc.get_objects()
    return refgraph.capture(), objects


@pytest.fixture(scope="module")
def snapshot(heap: tuple) -> refgraph.Snapshot:
    return heap[0]


def test_the_objects_of_every_kind_are_found_by_their_expressions(heap: tuple) -> None:
    snapshot, objects = heap
    evaluated = check(snapshot, [obj for obj in objects if type(obj) is Tracked])
    assert evaluated["Tracked"] >= 300


def test_the_expression_of_any_object_of_the_heap_evaluates_to_it() -> None:
    objects = gc.get_objects()
    snapshot = refgraph.capture()  # now: pytest moves its own objects about between two tests
    find = snapshot._graph.find
    shown = [obj for obj in objects if find(id(obj)) is not None]  # all but refgraph's own
    assert len(shown) > 0.95 * len(objects)
    chosen = random.Random(7).sample(shown, 3000)
    evaluated = check(snapshot, chosen, limit=2)
    assert sum(evaluated.values()) >= 500
    assert len(evaluated) >= 15, evaluated


@pytest.mark.parametrize(
    ("find", "ends"),
    [
        (lambda: KEPT[3]["described"].__dict__["shadowed"], ".__dict__['shadowed']"),
        (lambda: KEPT[3]["forgiving"].held, ".held"),
        (lambda: KEPT[3]["slots"].a, ".a"),
        (lambda: KEPT[3]["slots"]._Slots__private[0], "._Slots__private[0]"),
        (lambda: KEPT[3]["closure"].attribute, ".attribute"),
        (lambda: KEPT[3]["closure"]()._ if False else KEPT[3]["closure"](), ".cell_contents"),
        (lambda: KEPT[3]["deque"][1], "[1]"),
        (lambda: KEPT[3][-7], "[-7]"),
        (lambda: KEPT[3][None], "[None]"),
        (lambda: KEPT[3][(3, "tuple key")], "[(3, 'tuple key')]"),
        (lambda: KEPT[3]["x" * 300], "x" * 300 + "']"),
        (lambda: KEPT[3]["partial"].keywords["k"], ".keywords['k']"),
        (lambda: KEPT[3]["generator"].gi_frame.f_locals["local"], ".f_locals['local']"),
        (lambda: Holder.Inner.deep, "Holder.Inner.deep"),
        (lambda: Holder.__dict__["klass"], "Holder.__dict__['klass']"),
        (lambda: Cached.method, "Cached.method"),
        (lambda: Holder.__dict__["klass"].__func__.__defaults__[0], "[0]"),
        (lambda: Holder.__dict__["clash"], "Holder.__dict__['clash']"),
        (lambda: KEPT[3]["exception"].__cause__.args[0], ".args[0]"),
    ],
)
def test_an_expression_is_spelled_as_a_person_would(find, ends, snapshot) -> None:  # type: ignore[no-untyped-def]
    obj = find()
    expressions = [c.expression for c in snapshot.node(obj).why_alive(limit=8) if c.evaluable]
    assert any(expression.endswith(ends) for expression in expressions), expressions


@pytest.mark.parametrize("name", ["awkward", "odd", "set"])
def test_what_no_expression_reaches_is_not_called_evaluable(
    name: str, snapshot: refgraph.Snapshot
) -> None:
    holder = KEPT[5][name]
    inside = gc.get_referents(holder)
    inside += [x for d in inside if type(d) is dict for x in gc.get_referents(d)]
    tracked = [x for x in inside if type(x) is Tracked] or [
        x for x in gc.get_objects() if type(x) is Tracked and x.note == "no expression"
    ][:1]
    for obj in tracked:
        for chain in snapshot.node(obj).why_alive():
            assert not chain.evaluable or evaluate(chain.expression) is obj


def test_the_entries_of_an_lru_cache_are_told_apart() -> None:
    @functools.lru_cache(maxsize=100)
    def bounded(a: object, b: object) -> list:
        return [a]

    @functools.cache
    def unbounded(a: object, b: object) -> list:
        return [a]

    markers = [Tracked() for _ in range(5)]
    for marker in markers:
        bounded(marker, 1)
        unbounded(marker, 1)
    snapshot = refgraph.capture()
    for cache, names in ((bounded, {"cache key", "cache result"}), (unbounded, {"key", "[tuple]"})):
        found = set()
        for marker in markers:
            for edge in snapshot.node(marker).referrers:
                for holder in edge.source.referrers:
                    found.add(holder.name)
                    if holder.name in ("cache key", "key"):
                        assert edge.source.type == "tuple"
                    elif holder.name in ("cache result", "[tuple]"):
                        assert edge.source.type == "list"
        assert names <= found
        assert snapshot.node(cache).kind == "function"


def test_the_parts_of_every_kind_of_object_have_names() -> None:
    """Each object's references by name: what a person reads in a chain."""
    deque = collections.deque([Tracked("a"), Tracked("b")])
    exception = catch(Tracked("carried"))
    started = generator(Tracked("argument"))
    next(started)
    waiting = coroutine(Tracked("awaited"))
    waiting.send(None)
    ref = weakref.ref(static_cell, lambda _: None)
    closure = make_closure(Tracked("captured"))
    odd_set = {Tracked("element")}
    method = Holder().method
    slots = Slots(Tracked())
    snapshot = refgraph.capture()

    def names(obj: object) -> set:
        return {edge.name for edge in snapshot.node(obj).referents}

    assert {"[0]", "[1]"} <= names(deque)
    assert {".args", ".__traceback__", ".__cause__"} <= names(exception)
    assert {".tb_frame", ".tb_next"} <= names(exception.__traceback__)
    assert {"weak", ".__callback__"} <= names(ref)
    assert {".__code__", ".__globals__", ".__closure__", ".__name__"} <= names(closure)
    assert names(closure.__closure__[0]) >= {".cell_contents"}
    assert names(method) >= {".__func__", ".__self__"}
    assert names(slots) >= {".a", "._Slots__private"}
    assert "element" in names(odd_set)
    frame_of = started if sys.version_info >= (3, 11) else started.gi_frame
    assert {"local argument", "local local"} <= names(frame_of)
    frame_of = waiting if sys.version_info >= (3, 11) else waiting.cr_frame
    assert "local argument" in names(frame_of)
    assert {".__dict__", ".__mro__", ".__bases__", ".__base__"} <= names(Holder)
    assert snapshot.node(closure.__closure__[0]).text == "captured"


def test_references_into_the_machinery_are_infrastructure() -> None:
    snapshot = refgraph.capture()
    strengths = {edge.name: edge.strength for edge in snapshot.node(make_closure).referents}
    assert strengths[".__globals__"] == "infrastructure"
    assert strengths[".__code__"] == "own"
    module = snapshot.node(sys.modules[__name__])
    assert [edge.name for edge in module.referents].count(".__dict__") == 1
    tracked = snapshot.node(static_cell)
    assert {e.strength for e in tracked.referents if e.name == "type"} == {"infrastructure"}
    error = catch(Tracked())
    snapshot = refgraph.capture()
    steps = {e.name: e.strength for e in snapshot.node(error.__traceback__).referents}
    assert steps[".tb_frame"] == "frame"
    assert steps[".tb_next"] == "own"


class HasOwnDict:
    __dict__ = 5  # type: ignore[assignment]


NAMED: dict = {}


@pytest.mark.parametrize("make", [lambda: typing.TypeVar("T"), HasOwnDict])  # type: ignore[misc]
def test_a_dict_that_x_dict_does_not_give_is_no_expression(make: typing.Callable) -> None:
    holder = make()
    holder.payload = Tracked()
    NAMED["holder"] = holder
    snapshot = refgraph.capture()
    assert snapshot.node(holder.payload).why_alive(1)[0].evaluable
    assert check(snapshot, [holder.payload])["Tracked"]
    for edge in snapshot.node(holder).referents:
        for chain in edge.target.why_alive():
            if chain.evaluable:
                assert id(evaluate(chain.expression)) == edge.target.address, chain.expression
    NAMED.clear()


def test_an_attribute_that_is_named_like_the_dict_is_read_from_the_dict() -> None:
    holder = Tracked()
    vars(holder)["__dict__"] = Tracked()
    target = vars(holder)["__dict__"]
    NAMED["plain"] = holder
    assert check(refgraph.capture(), [target])["Tracked"]
    NAMED.clear()
