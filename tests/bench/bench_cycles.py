"""The cycle report on a million small cycles and on one large, beside gc.collect() and refcycle.

Prints times and their ratios from one run in one process; it asserts nothing.

    python bench_cycles.py [--cycles 1000000] [--members 1000000]
"""

from __future__ import annotations

import argparse
import gc
import random
import time
from typing import Any, Callable

import refgraph

try:
    import refcycle
except ImportError:
    refcycle = None

_REFCYCLE_MOST = 20_000  # cycles that refcycle is asked about: it takes minutes for more


class Parent:
    """One half of a cycle."""

    child: Child


class Child:
    """The other half."""

    parent: Parent


def make_cycles(count: int) -> None:
    """Leave cycles of two objects behind."""
    for _ in range(count):
        parent = Parent()
        parent.child = Child()
        parent.child.parent = parent


class Member:
    """An object of the large cycle: the next one, and two anywhere."""

    __slots__ = ("next", "one", "other")

    next: Member
    one: Member
    other: Member


def make_one_cycle(count: int) -> None:
    """Leave one cycle of so many objects behind, tied up at random."""
    choose = random.Random(4)
    members = [Member() for _ in range(count)]
    for last, member in zip([members[-1], *members], members):
        last.next = member
        member.one = members[choose.randrange(count)]
        member.other = members[choose.randrange(count)]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of wall time that `work` takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def row(what: str, seconds: float, unit: float) -> None:
    """One line: a time, and how many collections it is."""
    print(f"  {what:<46}{seconds:9.3f} s{seconds / unit:9.2f} x gc.collect()")


def main() -> None:
    """Measure on one heap, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cycles", type=int, default=1_000_000)
    parser.add_argument("--members", type=int, default=1_000_000, help="of the large cycle")
    arguments = parser.parse_args()
    gc.disable()
    make_cycles(arguments.cycles)
    measure()
    make_one_cycle(arguments.members)
    measure()
    compare(min(arguments.cycles, _REFCYCLE_MOST))


def measure() -> None:
    """What a report takes on the heap as it is; the garbage is freed."""
    capture, snapshot = timed(refgraph.capture)
    find, report = timed(snapshot.cycles)
    write, text = timed(lambda: str(report))
    cut, _ = timed(lambda: report[0].cut)
    nodes = snapshot.node_count
    is_shortest, is_bounded = report[0].path.is_shortest, report[0].cut.is_bounded
    collect, _ = timed(gc.collect)
    print(f"{len(report):,} cycles, {nodes:,} objects:\n")
    row("capture", capture, collect)
    row("find, judge and group the cycles", find, collect)
    row("the report, with paths and cuts", write, collect)
    row("one cut", cut, collect)
    row("gc.collect(), which frees them", collect, collect)
    print("\n" + "\n".join(text.split("\n")[:9]))
    print(f"  … its path is a shortest: {is_shortest}; its cut bounded: {is_bounded}\n")


def compare(few: int) -> None:
    """Beside refcycle, where that is installed."""
    if refcycle is None:
        print("refcycle is not installed")
        return
    make_cycles(few)
    ours, _ = timed(lambda: str(refgraph.capture().cycles()))
    theirs, _ = timed(lambda: refcycle.garbage().source_components())
    gc.collect()
    print(f"{few:,} cycles: refgraph {ours:.3f} s, refcycle {theirs:.3f} s: {theirs / ours:.0f} x")


if __name__ == "__main__":
    main()
