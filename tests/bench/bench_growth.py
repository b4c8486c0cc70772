"""What grew on a heap of half a million objects: found, suspected, and 30 types of it rendered.

Prints times from one run in one process; it asserts nothing.

    python bench_growth.py [--objects 500000] [--types 30] [--formats svg]
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile
import time
import types
from typing import Any, Callable

from bench_first import make_heap

import refgraph


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of wall time that `work` takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def row(what: str, seconds: float) -> None:
    """One line."""
    print(f"  {what:<52}{seconds:8.3f} s")


def make_state(count: int) -> tuple[dict[tuple[int, int], Any], list[type]]:
    """A module's dict, and the types that it will hold."""
    module = types.ModuleType("bench_growth_state")
    sys.modules[module.__name__] = module
    module.KEPT = {}  # type: ignore[attr-defined]
    made = [type(f"Type{number}", (), {"__module__": "bench"}) for number in range(count)]
    module.TYPES = made  # type: ignore[attr-defined]
    return module.KEPT, made


def grow(kept: dict[tuple[int, int], Any], made: list[type]) -> None:
    """Some hundred objects of each type: instances that hold others, a list and a dict."""
    for number, kind in enumerate(made):
        last = None
        for i in range(100 + 20 * number):
            kept[number, i] = instance = kind()
            instance.__dict__.update(peer=last, items=[instance, i, last], words={"number": i})
            last = instance if i % 5 else None


def main() -> None:
    """Make the heap, grow it, measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objects", type=int, default=500_000)
    parser.add_argument("--types", type=int, default=30)
    parser.add_argument("--formats", nargs="*", default=["svg"])
    arguments = parser.parse_args()
    heap = make_heap(arguments.objects // 2)  # about as many again are not tracked
    state = make_state(arguments.types)
    before = refgraph.capture(collect=True)
    grow(*state)
    capture, after = timed(lambda: refgraph.capture(collect=True))
    find, growth = timed(lambda: after.growth(since=before))
    listed, table = timed(growth.types)
    suspects, _ = timed(lambda: str(growth.suspects()))
    again, _ = timed(lambda: after.growth(since=before))
    print(
        f"{after.node_count:,} objects, {after.edge_count:,} references, {len(growth):,} places; "
        f"{os.cpu_count()} cores\n"
    )
    row("capture, with gc.collect()", capture)
    row("growth: distances of both, pairs, places", find)
    row("growth, distances known", again)
    row("its table of types", listed)
    row("suspects, with retained sizes and chains", suspects)
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "growth"
        how = {"top": arguments.types, "formats": arguments.formats}
        for isolate in (True, False):
            render, _ = timed(lambda on=isolate: growth.render(out, isolate=on, **how))  # type: ignore
            row(f"render, {'in child processes' if isolate else 'in this process'}", render)
        pictures = sum(path.suffix not in (".html", ".txt", ".json") for path in out.iterdir())
        size = sum(path.stat().st_size for path in out.iterdir())
        grown = sum(entry.is_growing for entry in table)
        print(f"\n{grown} types grew; {pictures} pictures, {size / 2**20:.1f} MiB in all")
    del heap


if __name__ == "__main__":
    main()
