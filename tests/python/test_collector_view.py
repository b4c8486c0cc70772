"""What the collector is not told: is_unseen and is_in_try, against the interpreter's own behaviour.

The oracles: gc.get_referents (which is tp_traverse) and reference counts of a whole heap, what
gc.collect() frees, and what generator.close() runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import gc
import json
import os
import pathlib
import random
import subprocess
import sys
import textwrap
import types
import weakref
from typing import Any, Callable

import pytest
import shapes

import refgraph
from refgraph import _core

HERE = pathlib.Path(__file__).parent
UNSEEN = 1 << 10


class Plain:
    pass


class Zone(datetime.tzinfo):
    """May be part of a cycle through a datetime, which the collector does not know of."""

    when: datetime.datetime


@pytest.fixture(autouse=True)
def no_collections() -> Any:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# ---- unseen references ---------------------------------------------------------------------------


def test_unseen_is_what_no_tracked_object_reports() -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)]),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "collector_heap.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["seen"] > 10_000
    assert result["unseen"] > 300
    assert result["wrong"] == {}


def test_a_cycle_through_a_datetime_is_unseen_and_is_not_collected() -> None:
    zone, told = Zone(), Zone()
    zone.when = datetime.datetime(2020, 1, 1, tzinfo=zone)
    told.when = [told]  # type: ignore[assignment]
    alive, freed = weakref.ref(zone), weakref.ref(told)
    address, other = id(zone), id(told)
    del zone, told
    snapshot = refgraph.capture()
    assert snapshot.node(address=address).is_unseen
    assert not snapshot.node(address=other).is_unseen
    gc.collect()
    assert alive() is not None
    assert freed() is None
    vars(alive()).clear()
    assert alive() is None


def test_a_leaked_reference_is_unseen_and_what_it_holds_is_not() -> None:
    import ctypes

    holder = [Plain(), Plain()]
    holder[0].next = holder[1]  # type: ignore[attr-defined]
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(holder[0]))
    try:
        snapshot = refgraph.capture()
    finally:
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(holder[0]))
    assert snapshot.node(holder[0]).is_unseen
    assert not snapshot.node(holder[1]).is_unseen


def test_a_local_of_a_running_frame_is_unseen_and_an_item_of_it_is_not() -> None:
    holder = [Plain()]
    snapshot = refgraph.capture()
    assert snapshot.node(holder).is_unseen
    assert not snapshot.node(holder[0]).is_unseen


def test_what_is_not_tracked_is_never_unseen() -> None:
    text = "not tracked".upper()
    pair = (1, len(text) / 2)
    gc.collect()  # takes tuples of atoms out
    snapshot = refgraph.capture()
    assert not snapshot.node(text).is_unseen
    assert not gc.is_tracked(pair)
    assert not snapshot.node(pair).is_unseen


def test_the_dict_that_an_instance_forgets_is_unseen_and_the_instance_is_not() -> None:
    holder = [Plain()]
    holder[0].x = [1]  # type: ignore[attr-defined]
    attributes = id(vars(holder[0]))
    forgets = attributes not in map(id, gc.get_referents(holder[0]))
    if sys.version_info < (3, 13):
        assert not forgets
    snapshot = refgraph.capture()
    dict_node = snapshot.node(address=attributes)
    assert dict_node.is_unseen == (forgets and dict_node.is_tracked)
    assert not snapshot.node(holder[0]).is_unseen
    assert not snapshot.node(holder[0].x).is_unseen  # type: ignore[attr-defined]


def test_a_frozen_object_reports_like_any_other() -> None:
    holder = [Plain()]
    gc.freeze()
    try:
        snapshot = refgraph.capture()
    finally:
        gc.unfreeze()
    assert snapshot.node(holder[0]).is_frozen
    assert not snapshot.node(holder[0]).is_unseen


def test_what_is_hidden_counts_for_nothing() -> None:
    holder = [Zone(), Plain()]
    held = [datetime.time(1, tzinfo=holder[0]), holder[1]]  # type: ignore[arg-type]
    refgraph.held = held  # type: ignore[attr-defined]
    del held
    try:
        shown = _core.capture(None)
        hidden = _core.capture("refgraph")
    finally:
        del refgraph.held  # type: ignore[attr-defined]
    for graph, expected in (shown, [True, False]), (hidden, [False, False]):
        flags = [graph.node(graph.find(id(x)))[5] for x in holder]
        assert [bool(f & UNSEEN) for f in flags] == expected


# ---- suspended in a try --------------------------------------------------------------------------


class Note:
    """What ran; a context manager that tells, and an exception for an except clause to ask for."""

    def __init__(self) -> None:
        self.ran = 0

    def __call__(self, error: type = ValueError) -> type:
        self.ran += 1
        return error

    def __enter__(self) -> Note:
        return self

    def __exit__(self, *args: object) -> None:
        self.ran += 1

    async def __aenter__(self) -> Note:
        return self

    async def __aexit__(self, *args: object) -> None:
        self.ran += 1


@types.coroutine
def pause() -> Any:
    yield


class Counting:
    """An asynchronous iterator that waits for each item."""

    def __init__(self) -> None:
        self.count = 0

    def __aiter__(self) -> Counting:
        return self

    async def __anext__(self) -> int:
        await pause()
        self.count += 1
        if self.count > 2:
            raise StopAsyncIteration
        return self.count


def plain() -> Any:
    yield


WAITS = {
    "generator": ["yield", "yield from plain()", "[(yield), 1]"],
    "coroutine": ["await pause()", "[await pause() for _ in (1, 2)]"],
    "async generator": ["yield", "await pause()", "[await pause() for _ in (1, 2)]"],
}
BLOCKS = [
    "try:\n    {}\nfinally:\n    note()",
    "try:\n    {}\nexcept note():\n    pass",
    "try:\n    {}\nexcept note() as error:\n    pass\nelse:\n    pass\nfinally:\n    note()",
    "{a}with note:\n    {}",
    "{a}with note, note as second:\n    {}",
    "try:\n    raise KeyError\nexcept KeyError:\n    {}",
    "try:\n    raise KeyError\nexcept KeyError as error:\n    {}",
    "try:\n    pass\nexcept note():\n    pass\nelse:\n    {}",
    "try:\n    pass\nfinally:\n    {}",
    "try:\n    try:\n        raise KeyError\n    finally:\n        {}\n"
    "except note(KeyError):\n    pass",
    "for _ in range(2):\n    {}",
    "if note:\n    {}\nelse:\n    note()",
    "while True:\n    {}\n    break",
]
ASYNC_BLOCKS = ["async for _ in Counting():\n    {}"]


def body(choose: random.Random, kind: str, depth: int) -> str:
    """Random statements with waits in them."""
    blocks = BLOCKS + (ASYNC_BLOCKS if kind != "generator" else [])
    lines = []
    for _ in range(choose.randint(1, 2)):
        if not depth or choose.random() < 0.2:
            lines.append(choose.choice(WAITS[kind]))
            continue
        block = choose.choice(blocks)
        prefix = "async " if kind != "generator" and choose.random() < 0.5 else ""
        head, _, tail = block.partition("{}")
        indent = " " * (len(head) - len(head.rstrip(" ")))
        inner = textwrap.indent(body(choose, kind, depth - 1), indent).strip()
        lines.append(head.replace("{a}", prefix) + inner + tail)
    return "\n".join(lines)


def program(seed: int, kind: str, padding: int = 0) -> Callable[[Note], Any]:
    """A random function of this kind; with many names and constants in front where `padding`."""
    choose = random.Random(seed)
    head = "def" if kind == "generator" else "async def"
    front = "".join(f"name_{i} = {i + 1000}.5\n" for i in range(padding))
    front += "if not note:\n    yield\n" if kind != "coroutine" else ""
    text = front + body(choose, kind, choose.randint(1, 4))
    source = f"{head} made(note):\n{textwrap.indent(text, '    ')}\n"
    names: dict[str, Any] = {"pause": pause, "plain": plain, "Counting": Counting}
    exec(source, names)
    made: Callable[[Note], Any] = names["made"]
    made.source = source  # type: ignore[attr-defined]
    return made


def advance(suspended: Any, kind: str, steps: int) -> Any:
    """Run so far; None: it has ended before. Of an async generator also who asks for an item."""
    asked = None
    try:
        for _ in range(steps):
            if kind == "async generator":
                asked = asked or suspended.__anext__()
                try:
                    asked.send(None)
                except StopIteration:
                    asked = None  # a yield, not an await
            else:
                suspended.send(None)
    except (StopIteration, StopAsyncIteration):
        return None
    return (asked,)


def close(suspended: Any, kind: str) -> None:
    """Close it, letting what it runs go on to its end."""
    if kind != "async generator":
        suspended.close()
        return
    # what aclose() throws, without its complaint about what is not awaited to the end
    thrown = suspended.athrow(GeneratorExit)
    with contextlib.suppress(StopIteration, GeneratorExit, StopAsyncIteration):
        while True:
            thrown.send(None)


@pytest.mark.parametrize("padding", [0, 300])
@pytest.mark.parametrize("kind", ["generator", "coroutine", "async generator"])
def test_in_try_is_where_closing_runs_code(kind: str, padding: int) -> None:
    stopped = []
    for seed in range(20 if padding else 150):
        made = program(seed, kind, padding)
        for steps in range(8):
            note = Note()
            one = made(note)
            waits = advance(one, kind, steps)
            if waits != (None,) and kind == "async generator":
                continue  # cannot be closed while an item is awaited: coroutines show the same
            stopped.append((made, steps, one, note, waits))
    snapshot = refgraph.capture()
    wrong, inside = [], 0
    for made, steps, one, note, waits in stopped:
        flag = snapshot.node(one).is_in_try
        note.ran = 0
        close(one, kind)
        inside += flag
        if flag != bool(note.ran):
            wrong.append(f"{flag} after {steps} steps, {waits}, {note.ran}:\n{made.source}")  # type: ignore[attr-defined]
    assert not wrong, f"{len(wrong)} of {len(stopped)}, the first {wrong[0]}"
    assert len(stopped) / 10 < inside < len(stopped) * 9 / 10


def test_an_async_generator_that_awaits_in_a_try_is_in_one() -> None:
    async def made(guarded: bool) -> Any:
        if guarded:
            try:
                await pause()
            finally:
                guarded = False
        else:
            await pause()
        yield

    suspended = [made(True), made(False)]
    asked = [one.__anext__() for one in suspended]
    for one in asked:
        one.send(None)
    snapshot = refgraph.capture()
    assert [snapshot.node(one).is_in_try for one in suspended] == [True, False]


def test_what_delegates_is_in_a_try_and_not_what_it_delegates_to() -> None:
    ran = []

    def outer(inner: Any) -> Any:
        try:
            yield from inner
        finally:
            ran.append(1)

    inner = plain()
    one = outer(inner)
    next(one)
    snapshot = refgraph.capture()
    assert snapshot.node(one).is_in_try
    assert not snapshot.node(inner).is_in_try
    one.close()
    assert ran == [1]


def test_awaiting_inside_async_with_is_in_a_try() -> None:
    note = Note()

    async def made() -> None:
        async with note:
            await asyncio.sleep(0)

    one = made()
    one.send(None)
    snapshot = refgraph.capture()
    assert snapshot.node(one).is_in_try
    one.close()
    assert note.ran == 1


def test_a_context_manager_that_is_open_is_in_a_try() -> None:
    @contextlib.contextmanager
    def opened() -> Any:
        try:
            yield
        finally:
            pass

    with opened():
        snapshot = refgraph.capture()
    (node,) = [n for n in snapshot.objects("generator") if n.text and "opened" in n.text]
    assert node.is_in_try


def test_what_has_not_begun_has_ended_or_runs_is_in_no_try() -> None:
    answers = []

    def made(ask: bool = False) -> Any:
        try:
            if ask:
                answers.append(refgraph.capture().node(running[0]).is_in_try)
            yield
        finally:
            pass

    running = [made(True)]
    next(running[0])
    fresh, ended, closed = made(), made(), made()
    assert list(ended) == [None]
    next(closed)
    closed.close()
    snapshot = refgraph.capture()
    assert answers == [False]
    assert snapshot.node(running[0]).is_in_try
    assert not any(snapshot.node(one).is_in_try for one in (fresh, ended, closed))


def test_instructions_that_are_traced_are_read_as_what_they_were() -> None:
    def made() -> Any:
        try:
            yield
        finally:
            pass

    def trace(frame: types.FrameType, event: str, argument: object) -> Any:
        frame.f_trace_opcodes = True
        return trace

    one, loose = made(), plain()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        next(one)
        next(loose)
    finally:
        sys.settrace(before)
    snapshot = refgraph.capture()
    assert snapshot.node(one).is_in_try == (sys.version_info < (3, 14))  # nothing is claimed there
    assert not snapshot.node(loose).is_in_try


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_nothing_else_is_in_a_try() -> None:
    kept = [make(shapes.Item(i)) for i, make in enumerate(shapes.SHAPES)]
    snapshot = refgraph.capture()
    for kind in ("function", "frame", "code", "list", "method", "type"):
        assert not any(node.is_in_try for node in snapshot.objects(kind)), kind
    assert kept
