"""Heaps that try to crash a capture, or to make it print an expression that is not the object."""

from __future__ import annotations

import builtins
import collections
import functools
import struct
import subprocess
import sys
import types

import pytest

import refgraph
from refgraph import _core

HELD = types.ModuleType("held")


class Target:
    pass


@pytest.fixture(autouse=True)
def held_module():  # type: ignore[no-untyped-def]
    sys.modules["held"] = HELD
    yield
    del sys.modules["held"]
    vars(HELD).clear()


@pytest.mark.parametrize(
    "name",
    [
        "builtin_function_or_method",
        "collections.deque",
        "functools._lru_cache_wrapper",
        "frame",
        "module",
        "functools.partial",
        "_struct.Struct",
    ],
)
@pytest.mark.parametrize("slots", [False, True])
def test_a_class_may_have_any_name(name: str, slots: bool) -> None:
    namespace = {"__slots__": ()} if slots else {}
    fake = type(name, (), namespace)()
    if not slots:
        fake.a = fake.b = Target()
    HELD.fake = fake
    node = refgraph.capture().node(fake)
    assert node.kind == "instance"
    assert node.size == sys.getsizeof(fake)


def test_a_half_built_object_of_c_is_not_asked_for_its_size() -> None:
    class Broken(struct.Struct):
        def __init__(self) -> None:
            raise ValueError

    HELD.half_built = [Broken.__new__(Broken) for _ in range(3)]
    assert refgraph.capture().node(HELD.half_built[0]).size > 0


def test_no_import_hook_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list = []

    def hook(*arguments: object, **keywords: object) -> object:
        called.append(arguments)
        raise ImportError("refused")

    monkeypatch.setattr(builtins, "__import__", hook)
    graph = _core.capture("refgraph")
    monkeypatch.undo()
    assert called == []
    assert graph.node_count > 1000


class PropertyArgs(Exception):
    @property
    def args(self) -> object:  # type: ignore[override]
        return "from the property"


class Slotted:
    __slots__ = ("__dict__", "other", "x")


class ClassAttributeOverSlot(Slotted):
    x = "from the class"


class ReplacedSlot:
    __slots__ = ("x",)


class DictBase:
    pass


class DictProperty(DictBase):
    __dict__ = property(lambda self: {})  # type: ignore[assignment]


class Registry(dict):  # type: ignore[type-arg]
    pass


class Rows(list):  # type: ignore[type-arg]
    pass


def hide_in_exception_field() -> object:
    error = PropertyArgs()
    BaseException.args.__set__(error, (Target(),))  # type: ignore[attr-defined]
    return error


def hide_beside_a_slot() -> object:
    instance = Slotted()
    instance.__dict__["x"] = Target()
    return instance


def hide_below_a_class_attribute() -> object:
    instance = ClassAttributeOverSlot()
    Slotted.x.__set__(instance, Target())  # type: ignore[attr-defined]
    return instance


def hide_in_a_replaced_slot() -> object:
    class Replaced:
        __slots__ = ("x",)

    instance = Replaced()
    instance.x = Target()
    Replaced.x = 5  # type: ignore[assignment]
    return instance


def hide_below_a_dict_property() -> object:
    instance = DictProperty()
    DictBase.__dict__["__dict__"].__get__(instance)[5] = Target()
    return instance


def hide_in_partial_dict() -> object:
    partial = functools.partial(print)
    partial.__dict__["args"] = Target()
    return partial


def hide_in_exception_dict() -> object:
    error = OSError(1, "x")
    error.__dict__["errno"] = Target()
    return error


def hide_below_dunders() -> object:
    instance = DictBase()
    instance.__dict__["__class__"] = Target()
    return instance


@pytest.mark.parametrize(
    "hide",
    [
        hide_in_exception_field,
        hide_beside_a_slot,
        hide_below_a_class_attribute,
        hide_in_a_replaced_slot,
        hide_below_a_dict_property,
        hide_in_partial_dict,
        hide_in_exception_dict,
        hide_below_dunders,
    ],
)
def test_an_evaluable_expression_is_the_object_however_it_is_hidden(hide) -> None:  # type: ignore[no-untyped-def]
    HELD.holder = hide()
    snapshot = refgraph.capture()
    checked = 0
    for node in snapshot.objects(Target):
        for chain in node.why_alive():
            checked += 1
            if chain.evaluable:
                assert id(eval(chain.expression, {"sys": sys})) == node.address
    assert checked


@pytest.mark.parametrize("kind", [Registry, collections.Counter, collections.OrderedDict])
def test_subclasses_of_dict_are_indexed_like_dicts(kind: type) -> None:
    HELD.registry = kind()
    HELD.registry["u1"] = target = Target()
    chains = refgraph.capture().node(target).why_alive()
    assert "sys.modules['held'].registry['u1']" in [chain.expression for chain in chains]


def test_subclasses_of_list_are_indexed_like_lists() -> None:
    HELD.rows = Rows([Target()])
    chains = refgraph.capture().node(HELD.rows[0]).why_alive()
    assert "sys.modules['held'].rows[0]" in [chain.expression for chain in chains]


MUTATORS = """
import collections, contextvars, functools, sys, threading, weakref
import refgraph

sys.setswitchinterval(1e-4)
stop = threading.Event()
local = threading.local()
variable = contextvars.ContextVar("variable")

class Slots:
    __slots__ = ("a", "__weakref__")

def generate(n):
    for i in range(n):
        yield [i, generate]

async def sleep(x):
    return x

def mutate(number):
    data = {}
    queue = collections.deque(maxlen=50)
    cached = functools.lru_cache(maxsize=20)(lambda key: [key])
    while not stop.is_set():
        made = type("Made", (object,), {"__slots__": ()} if number % 2 else {})
        for i in range(50):
            slots = Slots()
            slots.a = [generate(3), functools.partial(mutate, i), {str(i): (i, [made()])}]
            next(slots.a[0])
            data[i, number] = data[str(i)] = weakref.ref(slots, queue.append) if i % 3 else slots
            local.x = slots
            variable.set({i: slots})
            cached(i)
            sleep(slots).close()
            made.x = i
            instance = Exception(i)
            instance.y = instance
            try:
                raise instance
            except Exception as error:
                data["error"] = error
        data.clear()

threads = [threading.Thread(target=mutate, args=(i,)) for i in range(8)]
for thread in threads:
    thread.start()
try:
    for i in range(200):
        snap = refgraph.capture(wait=60)
        assert snap.node_count > 5000
        if i % 20 == 0:
            for kind in ("__main__.Slots", "generator", "Exception"):
                for node in snap.objects(kind)[:3]:
                    str(node.why_alive()), node.referrers, node.references
finally:
    stop.set()
    for thread in threads:
        thread.join()
print("alive")
"""


@pytest.mark.slow
def test_eight_threads_that_change_everything_do_not_crash_two_hundred_captures() -> None:
    run = [sys.executable, "-X", "faulthandler", "-c", MUTATORS]
    done = subprocess.run(run, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout == "alive\n"


SHIM = """
import refgraph

class Captures:
    def __init__(self, number):
        if number > 30:  # by now the call below is specialised
            refgraph.capture()

def make(number):
    Captures(number)

def leave_stale_words():
    a = b = c = d = e = f = g = h = i = j = k = l = m = n = o = p = "x" * (10_000_000 + len("ab"))

for number in range(60):
    leave_stale_words()  # pointers to a string that is freed, and unmapped
    make(number)
print("alive")
"""


def test_a_capture_in_a_constructor_does_not_read_the_frame_that_calls_it() -> None:
    """From 3.13 on a specialised call of a class has a frame whose globals are never set."""
    run = [sys.executable, "-X", "faulthandler", "-c", SHIM]
    done = subprocess.run(run, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "alive\n"
