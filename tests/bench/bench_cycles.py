"""The cycle report on a heap with a million small cycles, beside one gc.collect() and refcycle.

Prints times and their ratios from one run in one process; it asserts nothing.

    python bench_cycles.py [--cycles 1000000]
"""

from __future__ import annotations

import argparse
import gc
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
    count: int = parser.parse_args().cycles
    gc.collect()
    gc.disable()
    make_cycles(count)
    capture, snapshot = timed(refgraph.capture)
    find, report = timed(snapshot.cycles)
    write, text = timed(lambda: str(report))
    collect, _ = timed(gc.collect)
    print(f"{len(report):,} cycles, {snapshot.node_count:,} objects:\n")
    row("capture", capture, collect)
    row("find, judge and group the cycles", find, collect)
    row("the report, with paths and cuts", write, collect)
    row("gc.collect(), which frees them", collect, collect)
    print("\n" + "\n".join(text.split("\n")[:8]))
    if refcycle is None:
        print("\nrefcycle is not installed")
        return
    few = min(count, _REFCYCLE_MOST)
    make_cycles(few)
    ours, _ = timed(lambda: str(refgraph.capture().cycles()))
    theirs, _ = timed(lambda: refcycle.garbage().source_components())
    gc.collect()
    print(
        f"\n{few:,} cycles: refgraph {ours:.3f} s, refcycle {theirs:.3f} s: {theirs / ours:.0f} x"
    )


if __name__ == "__main__":
    main()
