"""A capture by fork: how long the process stands still, against its resident memory.

Prints, from one run in one process, the pause of both kinds of capture beside gc.collect() and
os.fork(), and what this process pays for afterwards, when it writes to memory that it shared. It
asserts nothing.

    python bench_fork.py [--gigabytes 1]
"""

from __future__ import annotations

import argparse
import gc
import os
import pathlib
import resource
import sys
import time
from typing import Any, Callable

import refgraph

_PAGE = resource.getpagesize()
_NODES_A_GIGABYTE = 2_000_000


class Node:
    """An object with a dict, a list and a str of its own."""

    def __init__(self, number: int) -> None:
        self.name = f"node{number}"
        self.links: list[Node] = []
        self.data = {"a": number + 1000, "b": number + 0.5}


def make_heap(gigabytes: float) -> list[Node]:
    """Nodes, each linked with two that are older."""
    nodes: list[Node] = []
    while resident() < gigabytes * 2**30:
        for number in range(len(nodes), len(nodes) + _NODES_A_GIGABYTE // 100):
            node = Node(number)
            node.links = [nodes[number // 2], nodes[number // 3]] if number else []
            nodes.append(node)
    return nodes


def resident() -> int:
    """Bytes of this process in memory."""
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def timed(work: Callable[[], Any]) -> float:
    """Seconds of wall time that `work` takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def bare_fork() -> float:
    """What os.fork() takes in this process."""
    begin = time.perf_counter()
    child = os.fork()
    if not child:
        os._exit(0)
    seconds = time.perf_counter() - begin
    os.waitpid(child, 0)
    return seconds


def touch(nodes: list[Node]) -> float:
    """Write every refcount of the list's items, and take it back."""
    return timed(lambda: list(nodes))


def faults() -> int:
    """Pages that this process has had to be given so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def line(label: str, milliseconds: float, note: str = "") -> None:
    """One row of the table."""
    print(f"  {label:<44}{milliseconds:10.1f} ms   {note}".rstrip())


def main() -> None:
    """Make the heap, capture it in both ways, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gigabytes", type=float, default=1.0)
    nodes = make_heap(parser.parse_args().gigabytes)
    gc.collect()
    gigabytes = resident() / 2**30
    collect = min(timed(gc.collect) for _ in range(2)) * 1e3
    here = min((refgraph.capture().cost for _ in range(2)), key=lambda cost: cost.pause)
    pauses, computing, totals, forks = [], [], [], []
    for _ in range(5):
        gc.collect()  # touches what the last fork has left read-only
        forks.append(bare_fork() * 1e3)
        gc.collect()
        begin = time.thread_time()
        pending = refgraph.capture(pause="fork")
        computing.append((time.thread_time() - begin) * 1e3)
        snapshot = pending.result()
        pauses.append(pending.pause * 1e3)
        totals.append(snapshot.cost.seconds * 1e3)
    print(
        f"{gigabytes:.2f} GB resident; {snapshot.node_count:,} objects and "
        f"{snapshot.edge_count:,} references; Python {sys.version.split()[0]}"
    )
    pause = min(pauses)
    line("gc.collect()", collect)
    line("capture(), other threads wait", here.pause * 1e3, f"of {here.seconds * 1e3:,.0f} ms")
    line("os.fork() alone", min(forks), f"{min(forks) / gigabytes:.1f} ms/GB")
    line(
        'capture(pause="fork"), other threads wait',
        pause,
        f"{pause / gigabytes:.1f} ms/GB; capture() / this: {here.pause * 1e3 / pause:.0f}",
    )
    line("  CPU time of it", min(computing), f"{min(computing) / gigabytes:.1f} ms/GB")
    line("  slowest of five", max(pauses))
    line("  until the child has written the graph", min(totals))
    del snapshot
    touch(nodes)
    warm = touch(nodes) * 1e3
    pending = refgraph.capture(pause="fork")
    before = faults()
    during = touch(nodes) * 1e3
    copied = faults() - before
    pending.result()
    line("writing to every node: memory is its own", warm)
    line("  while the child lives", during, f"{copied:,} pages copied")
    refgraph.capture(pause="fork").result()
    line("  when it is gone", touch(nodes) * 1e3)


if __name__ == "__main__":
    main()
