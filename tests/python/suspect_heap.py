"""Leaks of one kind each, planted in a heap with noise, and what the first line must name."""

from __future__ import annotations

import collections
import contextvars
import functools
import sys
import threading
import types
import weakref
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Callable, NamedTuple

COUNT = 2000
BYTES = 10_000  # in each, so that 20 MB are planted: more than a test runner has


class Session:
    """What leaks."""

    def __init__(self) -> None:
        self.data = bytes(BYTES)


class Link:
    """What leaks, one behind another."""

    def __init__(self, behind: Link | None) -> None:
        self.next = behind
        self.data = bytes(BYTES)


class Registry:
    """Callbacks, as a library keeps them."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], object]] = []

    def connect(self, callback: Callable[[], object]) -> None:
        """Remember it for ever."""
        self._callbacks.append(callback)


class Handler(Session):
    """What registers a method of its own."""

    def on_event(self) -> bytes:
        """What is registered."""
        return self.data


class Report:
    """A property that is kept once it was computed."""

    @functools.cached_property
    def rows(self) -> list[Session]:
        """Made at the first look."""
        return sessions()


class Key:
    """Something that can be referred to weakly."""


def sessions() -> list[Session]:
    """As many as leak."""
    return [Session() for _ in range(COUNT)]


def noise(module: types.ModuleType) -> None:
    """What a program has besides: no type of it is as much as what is planted."""
    vars(module)["SETTINGS"] = {f"name{i}": [i, str(i), (i, i + 1)] for i in range(500)}
    vars(module)["TEXTS"] = ["x" * (i % 50) for i in range(2000)]
    vars(module)["TREE"] = {i: {j: {str(j): float(j)} for j in range(10)} for i in range(20)}


class Planted(NamedTuple):
    """How the first line begins, the type that it says is held, how many, and what it names too."""

    begin: str
    holds: str
    count: int = COUNT  # type: ignore[assignment]  # over tuple.count
    edge: str = ""


APP = "sys.modules['refgraph_test_root']."
SESSION = "suspect_heap.Session"
Plant = Callable[[types.ModuleType], Iterator[Planted]]


def dict_values(app: Any) -> Iterator[Planted]:
    app.CACHE = dict(enumerate(sessions()))
    yield Planted(f"{APP}CACHE (dict) holds", SESSION)


def list_items(app: Any) -> Iterator[Planted]:
    app.ITEMS = sessions()
    yield Planted(f"{APP}ITEMS (list) holds", SESSION)


def linked_list(app: Any) -> Iterator[Planted]:
    head = None
    for _ in range(COUNT):
        head = Link(head)
    app.HEAD = head
    del head
    yield Planted(f"{APP}HEAD (suspect_heap.Link) holds", "suspect_heap.Link")


def closure_cell(app: Any) -> Iterator[Planted]:
    def remember() -> Callable[[], int]:
        seen = sessions()
        return lambda: len(seen)

    app.REMEMBER = remember()
    del remember
    yield Planted(f"{APP}REMEMBER.__closure__[0].cell_contents (list) holds", SESSION)


def frame_locals(app: Any) -> Iterator[Planted]:
    ready, done = threading.Event(), threading.Event()

    def serve() -> None:
        last = sessions()
        ready.set()
        done.wait()
        del last

    thread = threading.Thread(target=serve, name="server")
    thread.start()
    ready.wait()
    yield Planted("thread server · ", SESSION, edge=" · local 'last' (list) holds")
    done.set()
    thread.join()


def callbacks_in_a_registry(app: Any) -> Iterator[Planted]:
    app.SIGNAL = Registry()
    for _ in range(COUNT):
        app.SIGNAL.connect(Handler().on_event)
    yield Planted(f"{APP}SIGNAL._callbacks (list) holds", "suspect_heap.Handler")


def two_holders(app: Any) -> Iterator[Planted]:
    app.CACHE = dict(enumerate(sessions()))
    app.ALL = list(app.CACHE.values())
    yield Planted(f"{APP}CACHE[*] and others together hold", SESSION)


def lru_cache(app: Any) -> Iterator[Planted]:
    @functools.lru_cache(maxsize=None)  # noqa: UP033
    def load(number: int) -> Session:
        return Session()

    app.load = load
    for number in range(COUNT):
        load(number)
    del load
    yield Planted(f"{APP}load", SESSION)


def bounded_lru_cache(app: Any) -> Iterator[Planted]:
    @functools.lru_cache(maxsize=COUNT)
    def load(number: int) -> Session:
        return Session()

    app.load = load
    for number in range(COUNT):
        load(number)
    del load
    yield Planted(f"{APP}load", SESSION)


def deque_of_pairs(app: Any) -> Iterator[Planted]:
    app.QUEUE = collections.deque((i, Session()) for i in range(COUNT))
    yield Planted(f"{APP}QUEUE (collections.deque) holds", SESSION)


def class_attribute(app: Any) -> Iterator[Planted]:
    class Model:
        instances: Any = sessions()

    Model.__module__ = app.__name__
    app.Model = Model
    del Model
    yield Planted(f"{APP}Model.instances (list) holds", SESSION)


def instance_attribute(app: Any) -> Iterator[Planted]:
    app.POOL = types.SimpleNamespace(free=sessions(), size=7)
    yield Planted(f"{APP}POOL.free (list) holds", SESSION)


def thread_local(app: Any) -> Iterator[Planted]:
    app.LOCAL = threading.local()
    app.LOCAL.sessions = sessions()
    yield Planted(f"{APP}LOCAL{{", SESSION, edge="['sessions'] (list) holds")


def context_variable(app: Any) -> Iterator[Planted]:
    variable: contextvars.ContextVar[Any] = contextvars.ContextVar("current")
    app.VARIABLE = variable
    token = variable.set(sessions())
    yield Planted("thread MainThread · context", SESSION, edge="{value of current}")
    variable.reset(token)


def nested_dicts(app: Any) -> Iterator[Planted]:
    app.CACHE = {
        f"user{i}": {f"key{j}": Session() for j in range(COUNT // 100)} for i in range(100)
    }
    yield Planted(f"{APP}CACHE (dict) holds", SESSION)


def a_few_large_users(app: Any) -> Iterator[Planted]:
    app.CACHE = {f"user{i}": {j: Session() for j in range(COUNT // 4)} for i in range(4)}
    yield Planted(f"{APP}CACHE (dict) holds", SESSION)


def one_large_user(app: Any) -> Iterator[Planted]:
    app.CACHE = {f"user{i}": {0: Session()} for i in range(20)}
    app.CACHE["guest"] = dict(enumerate(sessions()))
    yield Planted(f"{APP}CACHE['guest'] (dict) holds", SESSION)


def set_elements(app: Any) -> Iterator[Planted]:
    app.SEEN = set(sessions())
    yield Planted(f"{APP}SEEN (set) holds", SESSION)


def weak_keyed_values(app: Any) -> Iterator[Planted]:
    app.KEYS = [Key() for _ in range(COUNT)]
    app.EXTRA = weakref.WeakKeyDictionary((key, Session()) for key in app.KEYS)
    yield Planted(f"{APP}EXTRA.data (dict) holds", SESSION)


def generator_locals(app: Any) -> Iterator[Planted]:
    def stream() -> Generator[Session, None, None]:
        rows = sessions()
        yield from rows

    app.STREAM = stream()
    next(app.STREAM)
    del stream
    yield Planted(f"{APP}STREAM.gi_frame.f_locals['rows'] (list) holds", SESSION)


def default_argument(app: Any) -> Iterator[Planted]:
    def add(item: Any, into: Any = sessions()) -> None:  # noqa: B008
        into.append(item)

    app.add = add
    del add
    yield Planted(f"{APP}add.__defaults__[0] (list) holds", SESSION)


def tuple_of_lists(app: Any) -> Iterator[Planted]:
    app.SHARDS = tuple([Session() for _ in range(COUNT // 8)] for _ in range(8))
    yield Planted(f"{APP}SHARDS (tuple) holds", SESSION)


def property_cache(app: Any) -> Iterator[Planted]:
    app.REPORT = Report()
    assert app.REPORT.rows
    yield Planted(f"{APP}REPORT.rows (list) holds", SESSION)


def attributes_of_one_object(app: Any) -> Iterator[Planted]:
    app.SPACE = types.SimpleNamespace(**{f"name{i}": Session() for i in range(COUNT)})
    yield Planted(f"{APP}SPACE (types.SimpleNamespace) holds", SESSION)


def one_large_object(app: Any) -> Iterator[Planted]:
    app.BUFFER = [bytearray(COUNT * BYTES)]
    yield Planted(f"{APP}BUFFER[0] is one bytearray", "bytearray", 1)


PLANTS: list[Plant] = [
    dict_values,
    list_items,
    linked_list,
    closure_cell,
    frame_locals,
    callbacks_in_a_registry,
    two_holders,
    lru_cache,
    bounded_lru_cache,
    deque_of_pairs,
    class_attribute,
    instance_attribute,
    thread_local,
    context_variable,
    nested_dicts,
    a_few_large_users,
    one_large_user,
    set_elements,
    weak_keyed_values,
    generator_locals,
    default_argument,
    tuple_of_lists,
    property_cache,
    attributes_of_one_object,
    one_large_object,
]


@contextmanager
def planted(plant: Plant, app: types.ModuleType) -> Iterator[Planted]:
    """One leak among noise, for a while."""
    noise(app)
    steps = plant(app)
    yield next(steps)
    for _ in steps:
        pass


if __name__ == "__main__":  # what is said of each: for a person
    import refgraph

    for kind in PLANTS:
        module = sys.modules["refgraph_test_root"] = types.ModuleType("refgraph_test_root")
        with planted(kind, module):
            print(f"---- {kind.__name__}\n{refgraph.capture(collect=True).suspects()}\n")
        vars(module).clear()
