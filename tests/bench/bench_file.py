"""Saving and loading a heap, beside what else writes its references to a disk.

Pickle and JSON are given the references alone, as ints and names, from memory: reading them out of
the heap is not counted. Prints CPU time (and for one large file wall time); it asserts nothing.

    python bench_file.py [--objects 1000000] [--few 100000] [--nodes 20000000]    # 0: not
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import pathlib
import pickle
import subprocess
import tempfile
import time
from typing import Any, Callable

from bench_first import make_heap

import refgraph

HERE = pathlib.Path(__file__).parent
BUILT = pathlib.Path(refgraph.__file__).parent.parent.parent / "src"  # the C libraries


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The CPU seconds of `work`, the best of three, and its result."""
    best, result = float("inf"), None
    for _ in range(3):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def row(what: str, seconds: float, size: int, nodes: int) -> None:
    """One line: a time, megabytes and how many a second, bytes an object."""
    speed = f"{size / 1e6 / seconds:9,.0f} MB/s" if seconds > 1e-3 else " " * 14
    print(f"  {what:<38}{seconds:9.4f} s{size / 1e6:9.1f} MB{speed}{size / nodes:8.1f} B an object")


def saved(snap: refgraph.Snapshot, folder: pathlib.Path) -> None:
    """Every way to save, and to load what was saved."""
    path = folder / "heap.rg"
    for text in ("types", "all", "none"):
        for compress in (None, "zstd"):
            options: Any = {"text": text, "compress": compress}
            seconds, _ = timed(functools.partial(snap.save, path, **options))
            size = path.stat().st_size
            row(
                f"save, text={text!r}" + (", zstd" if compress else ""),
                seconds,
                size,
                snap.node_count,
            )
            if text == "all":
                opened, _ = timed(lambda: refgraph.load(path))
                row("  load: open", opened, size, snap.node_count)
                verified, _ = timed(lambda: refgraph.load(path, verify=True))
                row("  load: open and verify", verified, size, snap.node_count)


def large(objects: int, folder: pathlib.Path) -> None:
    """A captured heap."""
    heap = make_heap(objects)
    snap = refgraph.capture()
    edges, memory = snap.edge_count, snap.memory / 1e6
    print(f"{snap.node_count:,} objects, {edges:,} references, {memory:.0f} MB:\n")
    saved(snap, folder)
    del heap


def peers(objects: int, folder: pathlib.Path) -> None:
    """The same references as others write them."""
    heap = make_heap(objects)
    snap = refgraph.capture()
    graph, count = snap._graph, snap.node_count
    nodes = [graph.node(i) for i in range(count)]
    edges = [(e[0], e[1], e[3]) for i in range(count) for e in graph.referents(i)]
    path = folder / "peer"
    print(f"\n{count:,} objects, {len(edges):,} references:\n")
    seconds, _ = timed(lambda: snap.save(path, text="all"))
    row("save", seconds, path.stat().st_size, count)
    seconds, _ = timed(lambda: refgraph.load(path, verify=True))
    row("load, verified", seconds, path.stat().st_size, count)
    seconds, data = timed(lambda: pickle.dumps((nodes, edges), protocol=5))
    row("pickle: nodes, references", seconds, len(data), count)
    seconds, _ = timed(lambda: pickle.loads(data))
    row("pickle: loads", seconds, len(data), count)
    seconds, text = timed(lambda: json.dumps((nodes, edges)))
    row("json: nodes, references", seconds, len(text), count)
    seconds, _ = timed(lambda: json.loads(text))
    row("json: loads", seconds, len(text), count)
    del heap


def huge(count: int, folder: pathlib.Path) -> None:
    """A file that a C program makes, opened and asked."""
    program, path = folder / "file_graph", folder / "huge.rg"
    include = HERE.parent.parent / "include"
    command = ["cc", "-O2", f"-I{include}", str(HERE / "file_graph.c"), "-o", str(program)]
    libraries = [f"-L{BUILT}", f"-Wl,-rpath,{BUILT}", "-lrefgraph"]
    subprocess.run([*command, *libraries], check=True)
    subprocess.run([str(program), str(count), str(path)], check=True)
    size = path.stat().st_size
    edges = refgraph.load(path).edge_count
    print(f"\n{count:,} objects, {edges:,} references, {size / 1e6:,.0f} MB:\n")
    start = time.perf_counter()
    snap = refgraph.load(path)
    print(f"  open, wall time                       {time.perf_counter() - start:9.6f} s")
    start, used = time.perf_counter(), time.process_time()
    assert snap._graph.node_count == count  # the first question
    wall, cpu = time.perf_counter() - start, time.process_time() - used
    print(f"  verify, wall time                     {wall:9.3f} s, CPU {cpu:.3f} s")
    seconds, _ = timed(lambda: refgraph.load(path, verify=True))
    row("open and verify", seconds, size, count)
    seconds, _ = timed(snap._graph.types)
    row("types()", seconds, size, count)


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=100_000)
    parser.add_argument("--nodes", type=int, default=20_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = pathlib.Path(name)
        if arguments.objects:
            large(arguments.objects, folder)
        if arguments.few:
            peers(arguments.few, folder)
        if arguments.nodes:
            huge(arguments.nodes, folder)


if __name__ == "__main__":
    main()
