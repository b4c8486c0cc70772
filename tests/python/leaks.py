"""Leaks, each in one place, and a heap that churns around them."""

from __future__ import annotations

import collections
import contextlib
import contextvars
import functools
import itertools
import logging
import threading
import types
from collections.abc import Iterator
from typing import Any, Callable

import refgraph

ROOT = "sys.modules['refgraph_test_root']"  # the fixture `root`, as a place
LEAKED = 500


class Leaked:
    """What leaks."""

    def __init__(self, number: int = 0) -> None:
        self.number = number


class Record:
    """What leaks, with something of its own."""

    def __init__(self, number: int, after: Any = None) -> None:
        self.name = f"record {number + 10**6}"
        self.rows = [number + 10**6]
        self.after = after


class Slim:
    """A node of a graph without `__dict__`."""

    __slots__ = ("name", "others")

    def __init__(self, name: str) -> None:
        self.name = name
        self.others: list[Slim] = []


class Link:
    """A linked list."""

    def __init__(self, next: Link | None) -> None:
        self.next = next


class Job:
    """What comes and goes."""

    __slots__ = ("name", "rows")

    def __init__(self, number: int) -> None:
        self.name = f"job {number}"
        self.rows = [number + 1000]


class Churn:
    """200,000 objects in a list, a dict and a deque, all of them replaced by `turn`."""

    def __init__(self) -> None:
        self.turns = 0
        self.jobs: list[Job] = []
        self.index: dict[int, tuple[int, str]] = {}
        self.queue: collections.deque[Any] = collections.deque(maxlen=10_000)
        self.turn()

    def turn(self) -> None:
        start = self.turns * 1_000_000  # no small ints, but in the first turn
        self.turns += 1
        self.jobs = [Job(start + i) for i in range(25_000)]
        self.index = {start + i: (start + i, f"row {start + i}") for i in range(20_000)}
        self.queue.extend({"id": start + i, "job": Leaked(start + i)} for i in range(10_000))


def grown(root: types.ModuleType, leak: Any) -> refgraph.Growth:
    before = refgraph.capture(collect=True)
    leak()
    return refgraph.capture(collect=True).growth(since=before)


Leak = Callable[[], None]  # LEAKED objects more
Plant = Callable[[types.ModuleType], Leak]
PLANTS: dict[str, tuple[Plant, str]] = {}  # and the place that is to be named


def leaks_at(place: str) -> Callable[[Plant], Plant]:
    """Register a leak. In `place`, M is the module, and what stands for more than text is `…`."""

    def add(plant: Plant) -> Plant:
        PLANTS[plant.__name__] = plant, place
        return plant

    return add


def repeated(step: Callable[[int], Any]) -> Leak:
    numbers = itertools.count()

    def leak() -> None:
        for _ in range(LEAKED):
            step(next(numbers))

    return leak


@leaks_at("M.CACHE[*]")
def dict_values(m: Any) -> Leak:
    m.CACHE = {"first": Leaked()}
    return repeated(lambda i: m.CACHE.setdefault(f"user {i}", Leaked(i)))


@leaks_at("M.SESSIONS[*]")
def list_items(m: Any) -> Leak:
    m.SESSIONS = []
    return repeated(lambda i: m.SESSIONS.append(Leaked(i)))


@leaks_at("M.SERVICE.*")
def attributes_of_an_object(m: Any) -> Leak:
    m.SERVICE = types.SimpleNamespace(name="service")
    return repeated(lambda i: setattr(m.SERVICE, f"attribute_{i}", Leaked(i)))


@leaks_at("M.remember.__closure__[*].cell_contents[*]")
def closure_cells(m: Any) -> Leak:
    seen: list[Leaked] = []

    def remember(i: int) -> None:
        seen.append(Leaked(i))

    m.remember = remember
    return repeated(remember)


@leaks_at("M.WORKER.gi_frame.f_locals['done'][*]")
def locals_of_a_generator(m: Any) -> Leak:
    def worker() -> Iterator[None]:
        done: list[Leaked] = []
        while True:
            done.append(Leaked(len(done)))
            yield

    m.WORKER = worker()
    next(m.WORKER)
    return repeated(lambda i: next(m.WORKER))


@leaks_at("thread …serve… · local 'answers'[*]")
def locals_of_a_running_frame(m: Any) -> Leak:
    asked, told = threading.Semaphore(0), threading.Semaphore(0)

    def serve() -> None:
        answers: list[Leaked] = []
        while asked.acquire():
            if m.STOP:
                return
            answers.extend([Leaked(i) for i in range(LEAKED)])
            told.release()

    def stop() -> None:
        m.STOP = True
        asked.release()

    m.STOP = False
    m.stop = stop
    threading.Thread(target=serve, daemon=True).start()

    def leak() -> None:
        asked.release()
        told.acquire()

    return leak


class Registry:
    """As libraries have it: by event, in the order of registration."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[Callable[[], None]]] = {"exit": []}

    def register(self, event: str, callback: Callable[[], None]) -> None:
        self._callbacks[event].append(callback)


@leaks_at("M.REGISTRY._callbacks[*][*]")
def callbacks_of_a_registry(m: Any) -> Leak:
    m.REGISTRY = Registry()

    def register(i: int) -> None:
        leaked = Leaked(i)
        m.REGISTRY.register("exit", lambda: print(leaked))

    return repeated(register)


@leaks_at("M.HISTORY[*]")
def deque_items(m: Any) -> Leak:
    m.HISTORY = collections.deque()
    return repeated(lambda i: m.HISTORY.append(Leaked(i)))


@leaks_at("M.SEEN{element}")
def set_elements(m: Any) -> Leak:
    m.SEEN = set()
    return repeated(lambda i: m.SEEN.add(Leaked(i)))


@leaks_at("M.load{cache}[*]")
def results_of_an_lru_cache(m: Any) -> Leak:
    m.load = functools.lru_cache(maxsize=None)(Leaked)
    return repeated(lambda i: m.load(1_000_000_000 + i))


@leaks_at("M.Model.instances[*]")
def a_class_attribute(m: Any) -> Leak:
    class Model:
        instances: list[Leaked] = []  # noqa: RUF012

    m.Model = Model
    return repeated(lambda i: m.Model.instances.append(Leaked(i)))


@leaks_at("M.CACHE[*][*]")
def a_dict_of_dicts(m: Any) -> Leak:
    m.CACHE = {f"user {i}": {} for i in range(10)}
    return repeated(lambda i: m.CACHE[f"user {i % 10}"].setdefault(f"key {i}", Leaked(i)))


@leaks_at("M.HEAD")
def a_linked_list(m: Any) -> Leak:
    m.HEAD = Link(None)

    def push(_: int) -> None:
        m.HEAD = Link(m.HEAD)

    return repeated(push)


@leaks_at("M.BY_USER[*][*]")
def a_defaultdict_of_lists(m: Any) -> Leak:
    m.BY_USER = collections.defaultdict(list)
    for i in range(7):
        m.BY_USER[i].append(Leaked())
    return repeated(lambda i: m.BY_USER[i % 7].append(Leaked(i)))


@leaks_at("M.LOCAL{values by thread}[*][*][*]")
def a_thread_local(m: Any) -> Leak:
    m.LOCAL = threading.local()
    m.LOCAL.items = []
    return repeated(lambda i: m.LOCAL.items.append(Leaked(i)))


@leaks_at("thread …context{variables}…{value of requests}[*]")
def a_context_variable(m: Any) -> Leak:
    m.VARIABLE = contextvars.ContextVar("requests")
    m.VARIABLE.set([])
    return repeated(lambda i: m.VARIABLE.get().append(Leaked(i)))


@leaks_at("M.handle.__defaults__[*][*]")
def a_default_argument(m: Any) -> Leak:
    def handle(i: int, seen: list[Leaked] = []) -> None:  # noqa: B006
        seen.append(Leaked(i))

    m.handle = handle
    return repeated(handle)


@leaks_at("M.STACK._exit_callbacks[*]")
def callbacks_of_an_exit_stack(m: Any) -> Leak:
    m.STACK = contextlib.ExitStack()
    return repeated(lambda i: m.STACK.callback(Leaked, i))


@leaks_at("M.ROUTES")
def a_tuple_that_is_bound_again(m: Any) -> Leak:
    m.ROUTES = tuple(Leaked(i) for i in range(50))

    def grow(i: int) -> None:
        m.ROUTES += (Leaked(i),)

    return repeated(grow)


@leaks_at("M.LOG.handlers[*]")
def handlers_of_a_logger(m: Any) -> Leak:
    m.LOG = logging.Logger("leaks")
    return repeated(lambda i: m.LOG.addHandler(logging.NullHandler()))


@leaks_at("M.GRAPH{.others[*] …}")
def objects_with_slots(m: Any) -> Leak:
    m.GRAPH = Slim("first")
    return repeated(lambda i: m.GRAPH.others.append(Slim(f"node {i}")))


@leaks_at("M.INDEX{key}")
def keys_of_a_dict(m: Any) -> Leak:
    m.INDEX = {}
    return repeated(lambda i: m.INDEX.setdefault(Leaked(i)))


@leaks_at("M.NUMBERS")
def a_list_of_what_was_there_before(m: Any) -> Leak:
    m.NUMBERS = []

    def leak() -> None:
        m.NUMBERS.extend([True] * 100_000)

    return leak


@leaks_at("M.BUFFER")
def bytes_in_a_buffer(m: Any) -> Leak:
    m.BUFFER = bytearray()
    return repeated(lambda i: m.BUFFER.extend(bytes(1000)))
