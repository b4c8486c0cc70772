"""Roots: everything that keeps an object alive without any object saying so has a name."""

from __future__ import annotations

import contextvars
import ctypes
import gc
import json
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

import refgraph
from refgraph import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

V = sys.version_info

#: What a target is registered with, and the root that must be named: kind, and name.
PLACES: dict[str, tuple[str, str, str]] = {
    "atexit": (
        "atexit.register(Target().call)",
        "module" if V < (3, 10) else "interpreter",  # 3.9: the module has them in its own memory
        "atexit" if V < (3, 10) else "atexit callbacks" if V >= (3, 14) else "atexit callback",
    ),
    "atexit argument": (
        "atexit.register(print, *no, end=Target())",
        "module" if V < (3, 10) else "interpreter",
        "atexit"
        if V < (3, 10)
        else "atexit callbacks"
        if V >= (3, 14)
        else "keywords of an atexit callback",
    ),
    "signal": (
        "signal.signal(signal.SIGUSR1, Target().call)",
        "interpreter",
        "signal handler SIGUSR1",
    ),
    "codec search": (
        "codecs.register(Target().call)",
        "interpreter",
        "codec search functions",
    ),
    "codec errors": (
        "codecs.register_error('refgraph-test', Target().call)",
        "interpreter",
        "codec error handlers",
    ),
    "before fork": (
        "os.register_at_fork(before=Target().call)",
        "interpreter",
        "os.register_at_fork hooks (before)",
    ),
    "after fork, parent": (
        "os.register_at_fork(after_in_parent=Target().call)",
        "interpreter",
        "os.register_at_fork hooks (after, in the parent)",
    ),
    "after fork, child": (
        "os.register_at_fork(after_in_child=Target().call)",
        "interpreter",
        "os.register_at_fork hooks (after, in the child)",
    ),
    "audit hook": (
        "sys.addaudithook(Target().call)",
        "interpreter",
        "sys.addaudithook hooks",
    ),
    "gc.callbacks": (
        "gc.callbacks.append(Target().call); del gc.callbacks",
        "interpreter",
        "gc.callbacks",
    ),
    "gc.garbage": (
        "gc.garbage.append(Target()); del gc.garbage",
        "interpreter",
        "gc.garbage",
    ),
    "settrace": ("sys.settrace(Target().call)", "thread", "thread MainThread · sys.settrace"),
    "setprofile": ("sys.setprofile(Target().call)", "thread", "thread MainThread · sys.setprofile"),
    "threading.settrace": ("threading.settrace(Target().call)", "module", "threading"),
    "threading.setprofile": ("threading.setprofile(Target().call)", "module", "threading"),
    "import hook": ("sys.meta_path.append(Target())", "module", "sys"),
    "contextvar": (
        "contextvars.ContextVar('request').set(Target())",
        "thread",
        "thread MainThread · context",
    ),
    "async generator hook": (
        "sys.set_asyncgen_hooks(firstiter=Target().call)",
        "thread",
        "thread MainThread · asynchronous generators, first iteration hook",
    ),
    "builtins": ("builtins.refgraph_test = Target()", "module", "builtins"),
}
if V >= (3, 12):
    PLACES["monitoring"] = (
        "sys.monitoring.use_tool_id(1, 'test'); "
        "sys.monitoring.register_callback(1, sys.monitoring.events.LINE, Target().call)",
        "interpreter",
        "sys.monitoring coverage · LINE",
    )

PROGRAM = """
import atexit, builtins, codecs, contextvars, gc, json, os, signal, sys, threading
import refgraph

no = ()

class Target:
    made = []
    def __init__(self):
        Target.made.append(id(self))
    def call(self, *arguments, **keywords):
        return None

exec(sys.stdin.readline())
snapshot = refgraph.capture()
sys.settrace(None)
sys.setprofile(None)
address = Target.made[0] if Target.made else id(int)
node = snapshot.node(address=address)
chains = node.why_alive(limit=20)
rows = [[c.root.kind, c.root.name, c.root.references] for c in chains]
roots = [[r.kind, r.name, r.references] for r in snapshot.roots() if r.node == node]
holders = {c.root.node for c in chains}
print(json.dumps({
    "chains": rows,
    "roots": roots,
    "unexplained": node.unexplained_references,
    "of holders": [n.unexplained_references for n in holders],
}))
sys.stdout.flush()
os._exit(0)
"""


def ran(line: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=line + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("place", PLACES)
def test_what_holds_an_object_outside_the_heap_is_named(place: str) -> None:
    line, kind, name = PLACES[place]
    answer = ran(line)
    found = {(k, n): references for k, n, references in answer["chains"]}
    assert (kind, name) in found, answer
    assert answer["unexplained"] == 0, answer
    assert not any(answer["of holders"]), answer
    assert not [k for k, _ in found if k in {"native", "probable"}], answer


def test_a_list_of_gc_is_told_as_its_modules_as_long_as_the_module_has_it() -> None:
    answer = ran("gc.callbacks.append(Target().call)")
    assert {(kind, name) for kind, name, _ in answer["chains"]} == {("module", "gc")}
    assert not any(answer["of holders"])


def test_a_static_type_is_a_root_without_references() -> None:
    answer = ran("")
    assert ["type", "static type", 0] in answer["roots"]
    assert answer["unexplained"] == 0


# ---- threads ------------------------------------------------------------------------------------


class Thing:
    """What threads and frames hold."""


class Worker:
    """A thread that waits inside `hold`, which runs in its frames."""

    def __init__(self, name: str, hold: Any) -> None:
        self._ready = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=hold, args=(self,), name=name)

    def wait(self) -> None:
        self._ready.set()
        assert self._done.wait(60)

    def __enter__(self) -> Worker:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


ADDRESSES: dict[str, int] = {}


def new(name: str) -> Thing:
    thing = Thing()
    ADDRESSES[name] = id(thing)
    return thing


def roots_of(name: str) -> list[tuple[str, str]]:
    chains = refgraph.capture().node(address=ADDRESSES[name]).why_alive(limit=20)
    return [(chain.root.kind, chain.root.name) for chain in chains]


def hold_local(worker: Worker) -> None:
    held = new(threading.current_thread().name)
    worker.wait()
    del held


def hold_in_generator(worker: Worker) -> None:
    def produce() -> Iterator[int]:
        held = new("generator")
        worker.wait()
        yield 1
        del held

    for _ in produce():
        pass


def hold_exception(worker: Worker) -> None:
    try:
        raise LookupError(new("exception"))
    except LookupError:
        worker.wait()


def hold_context(worker: Worker) -> None:
    contextvars.ContextVar[Any]("request").set(new("context"))
    worker.wait()


def hold_hooks(worker: Worker) -> None:
    profiler, tracer = new("profiler"), new("tracer")
    profiler.f = lambda *_: None  # type: ignore[attr-defined]
    sys.setprofile(lambda *_, thing=profiler: None)  # type: ignore[misc]
    sys.settrace(lambda *_, thing=tracer: None)  # type: ignore[misc]
    del profiler, tracer
    try:
        worker.wait()
    finally:
        sys.settrace(None)
        sys.setprofile(None)


LOCAL = threading.local()


def hold_thread_local(worker: Worker) -> None:
    LOCAL.thing = new("thread local")
    worker.wait()


def test_a_frame_root_names_thread_function_file_and_line() -> None:
    with Worker("one", hold_local), Worker("two", hold_local):
        line = hold_local.__code__.co_firstlineno + 2
        for name in ("one", "two"):
            expected = f"thread {name} · hold_local (python/test_roots.py:{line})"
            assert roots_of(name) == [("frame", expected)]


def test_a_running_generator_is_a_root_of_what_it_holds() -> None:
    with Worker("g", hold_in_generator):
        kinds = roots_of("generator")
        assert [kind for kind, _ in kinds] == ["frame"] * len(kinds)
        qualname = "produce" if V < (3, 11) else "hold_in_generator.<locals>.produce"
        assert any(name.startswith(f"thread g · {qualname} (") for _, name in kinds), kinds


def test_an_exception_that_a_thread_handles_is_a_root() -> None:
    with Worker("e", hold_exception):
        assert ("thread", "thread e · exception being handled") in roots_of("exception")


def test_the_context_of_a_thread_is_a_root() -> None:
    with Worker("c", hold_context):
        assert ("thread", "thread c · context") in roots_of("context")


def test_profile_and_trace_functions_of_a_thread_are_roots() -> None:
    with Worker("h", hold_hooks):
        assert ("thread", "thread h · sys.setprofile") in roots_of("profiler")
        assert ("thread", "thread h · sys.settrace") in roots_of("tracer")


def test_what_a_thread_local_holds_is_reached() -> None:
    with Worker("l", hold_thread_local):
        assert roots_of("thread local")


def test_no_instance_that_threads_hold_has_unexplained_references() -> None:
    holds = (hold_local, hold_in_generator, hold_exception, hold_context, hold_thread_local)
    workers = [Worker(f"w{i}", hold) for i, hold in enumerate(holds)]
    for worker in workers:
        worker.__enter__()
    try:
        snapshot = refgraph.capture()
        nodes = list(snapshot.objects(Thing))
        assert len(nodes) >= len(holds)
        assert [node.unexplained_references for node in nodes] == [0] * len(nodes)
        roots = {(root.kind, root.node) for root in snapshot.roots()}
        assert not [n for n in nodes if ("native", n) in roots or ("probable", n) in roots]
    finally:
        for worker in workers:
            worker.__exit__()


def test_frame_objects_of_running_frames_are_fully_explained() -> None:
    frame = sys._getframe()
    caller = frame.f_back
    snapshot = refgraph.capture()
    for each in (frame, caller):
        assert snapshot.node(each).unexplained_references == 0
    kept = [root for root in snapshot.roots() if root.node == snapshot.node(frame)]
    assert [(root.kind, root.references) for root in kept] == [("frame", 1)]


def test_a_frame_object_of_a_running_generator_is_the_generators() -> None:
    def produce() -> Iterator[tuple[refgraph.Snapshot, Any]]:
        yield refgraph.capture(), sys._getframe()

    def produce_with_frame() -> Iterator[tuple[refgraph.Snapshot, Any]]:
        frame = sys._getframe()
        yield refgraph.capture(), frame

    for snapshot, frame in produce_with_frame():
        assert snapshot.node(frame).unexplained_references == 0
    for snapshot, _ in produce():
        assert [r for r in snapshot.roots() if "produce (" in r.name or ".produce (" in r.name]


def test_roots_are_the_same_under_a_tracer_but_for_the_tracer_itself() -> None:
    def names() -> list[tuple[str, str]]:
        roots = refgraph.capture().roots()
        kinds = {"module", "interpreter", "thread"}
        return sorted((r.kind, r.name) for r in roots if r.kind in kinds)

    before = names()
    old = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        traced = names()
    finally:
        sys.settrace(old)
    extra = ("thread", "thread MainThread · sys.settrace")
    assert sorted({*before, extra}) == sorted(set(traced))


# ---- evaluation stacks --------------------------------------------------------------------------


def hold_on_the_stack(worker: Worker) -> None:
    for _ in [new("stack")]:
        del _  # the list, held by its iterator on the stack alone
        worker.wait()


def test_what_a_running_frame_has_on_its_stack_is_held_by_the_frame() -> None:
    with Worker("s", hold_on_the_stack):
        snapshot = refgraph.capture()
        node = snapshot.node(address=ADDRESSES["stack"])
        (chain,) = node.why_alive()
        assert chain.root.kind in {"frame", "stack", "probable"}
        assert "hold_on_the_stack (python/test_roots.py:" in chain.root.name
        assert "thread s" in chain.root.name
        assert node.unexplained_references == 0


def test_what_was_once_on_a_stack_does_not_explain_a_leaked_count() -> None:
    def use(*things: Thing) -> None:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(things[0]))

    thing = Thing()
    use(thing, thing, thing)  # leaves its address in words above the top
    _ = [[thing, (thing, [thing, thing])], thing]
    address = id(thing)
    del thing, _
    try:
        snapshot = refgraph.capture()
        assert snapshot.node(address=address).unexplained_references == 1
        roots = [r for r in snapshot.roots() if r.node.address == address]
        assert [(r.kind, r.references) for r in roots] == [("native", 1)]
    finally:
        ctypes.pythonapi.Py_DecRef(ctypes.cast(address, ctypes.py_object))


# ---- the collector ------------------------------------------------------------------------------


def test_the_collectors_state_is_what_gc_says() -> None:
    gc.collect()
    threshold, frozen = gc.get_threshold(), gc.get_freeze_count()
    graph = _core.capture("refgraph")
    count = gc.get_count()
    kind, enabled, thresholds, counts, frozen_then, debug = graph.collector()
    incremental = (3, 14) <= V < (3, 14, 5)
    assert kind == ("incremental" if incremental else "generational")
    assert enabled is gc.isenabled()
    assert tuple(thresholds) == threshold
    assert frozen_then == frozen
    assert debug == gc.get_debug()
    assert counts[1:] == count[1:]
    assert abs(counts[0] - count[0]) <= 5


def test_switches_of_the_collector_are_seen() -> None:
    old = gc.get_threshold()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.set_threshold(1234, 5, 6)
    try:
        _, enabled, thresholds, _, _, debug = _core.capture("refgraph").collector()
        assert (enabled, debug) == (False, gc.DEBUG_SAVEALL)
        assert tuple(thresholds) == gc.get_threshold()
    finally:
        gc.set_threshold(*old)
        gc.set_debug(0)
        gc.enable()


def test_frozen_objects_are_counted() -> None:
    gc.freeze()
    try:
        assert _core.capture("refgraph").collector()[4] == gc.get_freeze_count() > 100
    finally:
        gc.unfreeze()


def test_a_capture_inside_gc_callbacks_is_refused_in_both_phases() -> None:
    seen: list[tuple[str, str]] = []

    def callback(phase: str, _: dict[str, int]) -> None:
        try:
            _core.capture("refgraph")
        except refgraph.CollectionRunning as error:
            seen.append((phase, str(error)))
        else:
            seen.append((phase, ""))

    gc.callbacks.append(callback)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(callback)
    assert [phase for phase, _ in seen] == ["start", "stop"]
    assert all("a garbage collection is running" in text for _, text in seen)


# ---- leaving nothing behind ---------------------------------------------------------------------


def test_a_capture_leaves_no_reference_behind() -> None:
    handler = signal.getsignal(signal.SIGINT)
    watched = [handler, gc.callbacks, gc.garbage, sys.modules, threading, sys._getframe().f_code]
    watched += [vars(sys), sys.meta_path, hold_local, threading.current_thread()]
    _core.capture("refgraph")
    before = [sys.getrefcount(each) for each in watched]
    for _ in range(5):
        _core.capture("refgraph")
    assert [sys.getrefcount(each) for each in watched] == before


def test_frames_of_refgraph_are_no_roots() -> None:
    snapshot = refgraph.capture()
    frames = [root.name for root in snapshot.roots() if root.kind == "frame"]
    assert any("test_frames_of_refgraph_are_no_roots" in name for name in frames)
    assert not [name for name in frames if "refgraph/capturing.py" in name]


def test_unexplained_lists_what_is_leaked_and_on_request_what_is_likely() -> None:
    class Leaked:
        pass

    leaked = Leaked()
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(leaked))
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(leaked))
    try:
        snap = refgraph.capture()
        node = snap.node(leaked)
        [row] = [row for row in snap.unexplained() if row.node == node]
        assert (row.references, row.likely) == (2, "")
        assert row.type.endswith("Leaked")
        assert "object" in str(snap.unexplained()).split("\n")[0]
        likely = snap.unexplained(likely=True)
        assert len(likely) > len(snap.unexplained())
        assert any(row.likely for row in likely)
        constants = snap.unexplained(constants=True)
        assert len(constants) > len(snap.unexplained())
    finally:
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(leaked))
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(leaked))
