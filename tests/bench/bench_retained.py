"""Dominators and retained sizes of a heap of five million objects, beside networkx and igraph.

Those two are given the references of a smaller heap, from memory: reading it is not counted. Prints
times and their ratios from one run in one process; it asserts nothing.

    python bench_retained.py [--objects 3000000] [--few 200000]     # that the collector tracks
"""

from __future__ import annotations

import argparse
import gc
import time
from typing import Any, Callable

from bench_first import make_heap

import refgraph

try:
    import igraph
except ImportError:
    igraph = None
try:
    import networkx
except ImportError:
    networkx = None


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of wall time that `work` takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def row(what: str, seconds: float, edges: int, unit: float) -> None:
    """One line: a time, how much that is for an edge, and how many times ours."""
    print(
        f"  {what:<44}{seconds:9.3f} s{1e9 * seconds / edges:9.0f} ns an edge{seconds / unit:9.2f}"
    )


def flow(snapshot: refgraph.Snapshot) -> list[tuple[int, int]]:
    """The references of a heap that are not weak, and those of a virtual root, the last node."""
    count = snapshot.node_count
    edges = {
        (node, edge.target._id)
        for node in range(count)
        for edge in refgraph.Node(snapshot, node).referents
        if edge.strength != "weak"
    }
    return [*edges, *{(count, root.node._id) for root in snapshot.roots()}]


def large(objects: int) -> None:
    """Every question to a large heap."""
    heap = make_heap(objects)
    snapshot = refgraph.capture()
    edges, node = snapshot.edge_count, snapshot.node(heap[0])
    find, _ = timed(lambda: node.retained_size)
    owners, _ = timed(lambda: snapshot.retained("owner"))
    types, _ = timed(lambda: snapshot.retained("type"))
    top, _ = timed(lambda: snapshot.retained("object", limit=20))
    places, _ = timed(lambda: snapshot._graph.accumulations(0, 3))
    suspects, answer = timed(lambda: str(snapshot.suspects()))
    one, _ = timed(lambda: snapshot.what_if(node))
    many, _ = timed(lambda: snapshot.what_if(snapshot.objects(type(heap[0]))))
    collect, _ = timed(gc.collect)
    print(f"{snapshot.node_count:,} objects, {edges:,} references:\n")
    row("dominators and retained sizes", find, edges, find)
    row("by owner, with names", owners, edges, find)
    row("by type", types, edges, find)
    row("the 20 that retain most", top, edges, find)
    row("where bytes come together", places, edges, find)
    row("the suspects, in words", suspects, edges, find)
    row("what if one object went", one, edges, find)
    row("what if all of a type went", many, edges, find)
    row("gc.collect()", collect, edges, find)
    print(f"\n{answer}")


def small(objects: int) -> None:
    """The same question, asked of others."""
    heap = make_heap(objects)
    snapshot = refgraph.capture(collect=True)
    edges = flow(snapshot)
    ours, _ = timed(lambda: snapshot.node(heap[0]).retained_size)
    print(f"\n{snapshot.node_count:,} objects, {len(edges):,} references:\n")
    row("refgraph, with the sums", ours, len(edges), ours)
    if igraph is not None:
        graph = igraph.Graph(n=snapshot.node_count + 1, edges=edges, directed=True)
        theirs, _ = timed(lambda: graph.dominator(snapshot.node_count, mode="out"))
        row("igraph, dominators alone", theirs, len(edges), ours)
    if networkx is not None:
        digraph = networkx.DiGraph(edges)
        theirs, _ = timed(lambda: networkx.immediate_dominators(digraph, snapshot.node_count))
        row("networkx, dominators alone", theirs, len(edges), ours)


def main() -> None:
    """Measure on two heaps, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objects", type=int, default=3_000_000)
    parser.add_argument("--few", type=int, default=200_000)
    arguments = parser.parse_args()
    small(arguments.few)
    large(arguments.objects)


if __name__ == "__main__":
    main()
