"""What holds 100,000 instances, grouped, beside one chain after another and objgraph's.

Prints times and their ratios from one run in one process; it asserts nothing.

    python bench_groups.py [--instances 100000]
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

_ONE_BY_ONE = 1000  # instances that are asked about one after another
_OBJGRAPH = 20  # and by objgraph, which scans the heap for each step of each chain


class User:
    """Holds ten sessions."""

    def __init__(self, number: int) -> None:
        self.name = f"user{number}"
        self.sessions = [Session(number + i) for i in range(10)]


class Session:
    """What there are too many of."""

    def __init__(self, number: int) -> None:
        self.data = {"number": number, "tags": [number]}


class Link:
    """A list that is as long as there are links."""

    def __init__(self, after: Link | None) -> None:
        self.next = after


def make_heap(instances: int) -> None:
    """Sessions in a cache by user, some in lists and sets of a module; a long linked list."""
    module: Any = types.ModuleType("bench_state")
    sys.modules["bench_state"] = module
    module.CACHE = {f"k{number}": User(number) for number in range(instances // 10)}
    module.ACTIVE = {Session(number) for number in range(instances // 100)}
    module.PENDING = [(number, Session(number)) for number in range(instances // 100)]
    module.HEAD = None
    for _ in range(instances):
        module.HEAD = Link(module.HEAD)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of wall time that `work` takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def row(what: str, seconds: float, count: int) -> None:
    """One line: a time, and how much of it an instance takes."""
    print(f"  {what:<52}{seconds:9.3f} s{seconds / count * 1e6:12.2f} µs each")


def ask_objgraph(sessions: list[Any]) -> None:
    """A chain to a module for each; the list that holds them here is not an answer."""
    for session in sessions:
        objgraph.find_backref_chain(session, objgraph.is_proper_module, extra_ignore=[id(sessions)])


def main() -> None:
    """Measure on one heap, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--instances", type=int, default=100_000)
    make_heap(parser.parse_args().instances)
    collect, _ = timed(gc.collect)
    snapshot = refgraph.capture()
    objects = snapshot.objects(Session)
    few = objects[:: max(1, len(objects) // _ONE_BY_ONE)]
    print(
        f"{len(objects):,} instances among {snapshot.node_count:,} objects; "
        f"gc.collect() {collect:.3f} s, capture {snapshot.cost.seconds:.3f} s:\n"
    )
    distances, _ = timed(lambda: few[0].why_alive(1))
    group, groups = timed(objects.why_alive)
    everything, all_groups = timed(lambda: snapshot._graph.signatures(range(snapshot.node_count)))
    one, _ = timed(lambda: {node.why_alive(1)[0].expression for node in few})
    row("distances from the roots, once a snapshot", distances, len(objects))
    row("all instances, grouped", group, len(objects))
    row(f"all objects of the heap, {len(all_groups):,} signatures", everything, snapshot.node_count)
    row(f"{len(few):,} chains one after another", one, len(few))
    if objgraph is None:
        print("  objgraph is not installed")
    else:
        sessions = [s for s in gc.get_objects() if type(s) is Session][:_OBJGRAPH]
        theirs, _ = timed(lambda: ask_objgraph(sessions))
        row(f"{len(sessions)} chains one after another, objgraph", theirs, len(sessions))
        del sessions
    print(f"\n{groups}")
    print(f"\n{snapshot.objects(Link).why_alive()}")


if __name__ == "__main__":
    main()
