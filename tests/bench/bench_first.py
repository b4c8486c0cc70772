"""A first number: why is this object alive, on a heap of a million objects, beside objgraph.

Prints times and their ratios from one run in one process; it asserts nothing.

    python bench_first.py [--objects 1000000]
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import types
from typing import Any, Callable

import refgraph

try:
    import objgraph
except ImportError:
    objgraph = None

_PER_SESSION = (
    8  # objects that the collector tracks: Session, list, two Users, their dicts and lists
)


class User:
    """Half of what a session holds."""

    def __init__(self, number: int) -> None:
        self.name = f"user{number}"
        self.tags = {"number": number, "self": [self]}


class Session:
    """One entry of the cache."""

    def __init__(self, number: int) -> None:
        self.users = [User(number), User(number + 1)]
        self.peer: Session | None = None


def make_heap(objects: int) -> list[Session]:
    """Sessions in a module's cache, some known by another one too; a hundred of them, spread."""
    module = types.ModuleType("bench_state")
    sys.modules["bench_state"] = module
    cache: dict[str, Session] = {}
    module.CACHE = cache  # type: ignore[attr-defined]
    for number in range(objects // _PER_SESSION):
        session = cache[f"k{number}"] = Session(number)
        if number % 10 == 0:
            session.peer = cache[f"k{number // 2}"]
    step = len(cache) // 100
    return [cache[f"k{number * step}"] for number in range(100)]


def timed(work: Callable[[], Any]) -> float:
    """Seconds of wall time that `work` takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def ask_refgraph(sessions: list[Session]) -> None:
    """Capture, and the chains of each object."""
    snapshot = refgraph.capture()
    for session in sessions:
        assert snapshot.node(session).why_alive()[0].expression


def ask_objgraph(sessions: list[Session]) -> None:
    """A chain to a module for each object; the list that holds them here is not an answer."""
    for session in sessions:
        chain = objgraph.find_backref_chain(
            session, objgraph.is_proper_module, extra_ignore=[id(sessions)]
        )
        assert len(chain) > 1
        del chain


def line(label: str, seconds: float, note: str = "") -> None:
    """One row of the table."""
    print(f"  {label:<46}{seconds:10.3f} s   {note}".rstrip())


def main() -> None:
    """Make the heap, ask both, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objects", type=int, default=1_000_000)
    sessions = make_heap(parser.parse_args().objects)
    gc.collect()
    collect = min(timed(gc.collect) for _ in range(3))
    captures = [refgraph.capture() for _ in range(3)]
    snapshot = captures[0]
    capture = min(each.cost.seconds for each in captures)
    pause = min(each.cost.pause for each in captures)
    print(
        f"{len(gc.get_objects()):,} objects tracked by the collector; "
        f"{snapshot.node_count:,} objects and {snapshot.edge_count:,} references captured, "
        f"{snapshot.memory / 2**20:,.0f} MiB; "
        f"Python {sys.version.split()[0]}"
    )
    del captures, snapshot
    line("gc.collect()", collect)
    line("refgraph.capture()", capture, f"/ gc.collect(): {capture / collect:.2f}")
    line("  of it with the GIL held", pause, f"/ gc.collect(): {pause / collect:.2f}")
    for count in (1, 100):
        ours = timed(lambda count=count: ask_refgraph(sessions[-count:]))
        label = f"chain for {count} object{'s' * (count > 1)}, refgraph (with capture)"
        if objgraph is None:
            line(label, ours)
            print("  (objgraph is not installed: nothing to compare with)")
            continue
        theirs = timed(lambda count=count: ask_objgraph(sessions[-count:]))
        line(f"chain for {count} object{'s' * (count > 1)}, objgraph", theirs)
        line(label, ours, f"objgraph / refgraph: {theirs / ours:,.1f}")


if __name__ == "__main__":
    main()
