"""One process of bench_curves.py: makes a heap, or reads its references from files, and measures.

    curves_points.py <tool> <nodes> <folder> <limit> [operation …]    # of a peer, those named

A line of JSON for each step: {"begin": operation} before it, and behind it its seconds (CPU time,
also of children), its wall time, and the bytes by which the memory of the process was at its peak
above what it was before. Making the heap, and what a library needs to have its own form of a graph,
are measured as "prepare". An operation that takes more than the limit, in seconds of CPU time, ends
the process by SIGPROF; 0 means that there is none.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import inspect
import json
import pathlib
import random
import resource
import signal
import sys
import time
import types
from collections.abc import Iterator
from typing import Any, Callable

sys.path.append(str(pathlib.Path(__file__).parents[1] / "python"))

_PER_ITEM = 7.04  # nodes of the graph for one Item of the heap
_WITHOUT = 45_000  # nodes of a process without it, about
_TOP = 1000  # of them the module holds itself


# -- measuring -------------------------------------------------------------------------------------


LIMIT = [0.0]  # seconds of CPU time for an operation


def cpu_time() -> float:
    """Seconds of this process, and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def tell(**what: Any) -> None:
    """A line to the program that measures."""
    print(json.dumps(what), flush=True)


def memory(field: str) -> int:
    """A field of the process's status, in bytes."""
    for line in pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return 0


@contextlib.contextmanager
def measured(operation: str, **more: Any) -> Iterator[dict[str, Any]]:
    """Time and peak memory of a block; what it adds to the dict is told too."""
    tell(begin=operation)
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # what was freed before is not there to be used again
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # a new peak
    before = memory("VmRSS")
    start, own, wall = cpu_time(), time.thread_time(), time.perf_counter()
    signal.setitimer(signal.ITIMER_PROF, LIMIT[0] * (2 if operation == "prepare" else 1))
    yield more
    signal.setitimer(signal.ITIMER_PROF, 0)
    own, wall = time.thread_time() - own, time.perf_counter() - wall
    seconds = max(own, cpu_time() - start)  # with a timer, the clock of a process goes by ticks
    peak = max(0, memory("VmHWM") - before)
    tell(operation=operation, **{"seconds": seconds, "wall": wall, "bytes": peak, **more})


# -- the heap --------------------------------------------------------------------------------------


class Item:
    """An object with a `__dict__`, a list, a dict, a tuple, a str, an int and a float."""

    def __init__(self, number: int) -> None:
        self.number = number + 1000
        self.name = f"item{number}"
        self.links: list[Item] = []
        self.data = {"a": self.number, "b": number + 0.5}
        self.pair = (self.links, self.data)


def make_heap(nodes: int) -> list[Item]:
    """A heap of about so many nodes; some of its items, spread over it.

    Each item but the first is in the links of the one with a tenth of its number, and each refers
    to two more at random, so that almost all are one strongly connected component.
    """
    count = max(_TOP, int((nodes - _WITHOUT) / _PER_ITEM))
    chance = random.Random(7)
    gc.disable()
    items = [Item(number) for number in range(count)]
    for number, item in enumerate(items):
        if number:
            items[number // 10].links.append(item)
        item.links += [items[int(chance.random() * count)], items[int(chance.random() * count)]]
    module = types.ModuleType("curves_heap")
    sys.modules["curves_heap"] = module
    module.ITEMS = items[:_TOP]  # type: ignore[attr-defined]
    gc.enable()
    gc.collect()
    return items[:: max(1, count // 100)]


# -- refgraph --------------------------------------------------------------------------------------


def refgraph_points(nodes: int, folder: pathlib.Path, wanted: list[str]) -> None:
    """Every operation on one heap; its references go to files for the others."""
    with measured("prepare"):
        spread = make_heap(nodes)
    import refgraph

    with measured("gc.collect()", tool="CPython"):
        gc.collect()
    snapshot = refgraph.capture()
    del snapshot
    with measured("capture") as told:
        snapshot = refgraph.capture()
        told.update(nodes=snapshot.node_count, edges=snapshot.edge_count, kept=snapshot.memory)
    tell(begin="", size=snapshot.node_count, edges=snapshot.edge_count)
    tell(operation="capture: pause (wall)", seconds=snapshot.cost.pause, bytes=None)
    if "pause" in inspect.signature(refgraph.capture).parameters:
        fork_points(refgraph)
    if hasattr(refgraph.Snapshot, "save"):
        file = folder / "snapshot.refgraph"
        with measured("save"):
            snapshot.save(file)
        with measured("load"):
            loaded = refgraph.load(file)
        del loaded
        file.unlink()
    with measured("count by type"):
        snapshot.types()
    with measured("distances, first chain"):
        str(snapshot.node(spread[-1]).why_alive(limit=1))
    with measured("a chain after that") as told:
        start = time.process_time()
        for item in spread:
            str(snapshot.node(item).why_alive(limit=1))
        told["seconds"] = (time.process_time() - start) / len(spread)
    with measured("group all chains of a type"):
        len(snapshot.objects(Item).why_alive())
    with measured("cycles"):
        len(snapshot.cycles())
    with measured("dominators, retained sizes"):
        spread_node = snapshot.node(spread[0])
        _ = spread_node.retained_size
    with measured("owners"):
        len(snapshot.retained("owner"))
    with measured("draw 50 nodes"):
        _ = spread_node.backrefs(depth=50, max_nodes=50).svg
    if hasattr(snapshot, "to_arrow"):
        arrow_points(snapshot, folder)
    grown = [Item(number) for number in range(1000)]
    later = refgraph.capture()
    with measured("growth"):
        str(later.growth(since=snapshot).suspects())
    del grown


def fork_points(refgraph: Any) -> None:
    """A capture in a forked child: how long this process waits, and until it has the answer."""
    tell(begin="capture in a fork")
    start = time.perf_counter()
    future = refgraph.capture(pause="fork")
    pause = time.perf_counter() - start
    future.result()
    seconds = time.perf_counter() - start
    tell(operation="capture in a fork: pause", seconds=pause, bytes=None)
    tell(operation="capture in a fork", seconds=seconds, bytes=None)


def arrow_points(snapshot: Any, folder: pathlib.Path) -> None:
    """All nodes and edges through Arrow; references and roots to files, for the others."""
    import arrow_reader

    tables = snapshot.to_arrow()
    with measured("to_arrow: nodes and edges"):
        arrow_reader.lengths(tables.nodes)
        arrow_reader.lengths(tables.edges)
    with contextlib.ExitStack() as files:
        out = [files.enter_context(open(folder / name, "wb")) for name in ("from", "to", "weak")]
        arrow_reader.raw_batches(
            tables.edges,
            {"source": out[0].write, "target": out[1].write, "strength": out[2].write},
        )
    roots = arrow_reader.columns(tables.roots)["node"]
    (folder / "roots").write_text(json.dumps([snapshot.node_count, sorted(set(roots))]))


# -- libraries for graphs: the same references, from files -----------------------------------------


def read_edges(folder: pathlib.Path) -> tuple[int, Any, Any]:
    """Number of nodes, sources and targets: but for weak ones, with a root over the roots."""
    import numpy

    count, roots = json.loads((folder / "roots").read_text())
    owns = numpy.fromfile(folder / "weak", dtype=numpy.int8) != 3
    source = numpy.fromfile(folder / "from", dtype=numpy.uint32)[owns].astype(numpy.int32)
    target = numpy.fromfile(folder / "to", dtype=numpy.uint32)[owns].astype(numpy.int32)
    top = numpy.full(len(roots), count, dtype=numpy.int32)
    source = numpy.concatenate([source, top])
    target = numpy.concatenate([target, numpy.array(roots, dtype=numpy.int32)])
    return count, source, target


def scipy_points(nodes: int, folder: pathlib.Path, wanted: list[str]) -> None:
    """Over a compressed sparse row matrix."""
    with measured("prepare"):
        import numpy
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import breadth_first_order, connected_components

        count, source, target = read_edges(folder)
        ones = numpy.ones(len(source), dtype=numpy.int8)
        shape = (count + 1, count + 1)
        matrix = coo_matrix((ones, (source, target)), shape=shape).tocsr()
        del source, target, ones
    if "cycles" in wanted:
        with measured("cycles"):
            connected_components(matrix, directed=True, connection="strong")
    if "distances, first chain" in wanted:
        with measured("distances, first chain"):
            breadth_first_order(matrix, count)


def igraph_points(nodes: int, folder: pathlib.Path, wanted: list[str]) -> None:
    """Over its own graph."""
    with measured("prepare"):
        import igraph
        import numpy

        count, source, target = read_edges(folder)
        edges = numpy.column_stack([source, target])
        graph = igraph.Graph(n=count + 1, edges=edges, directed=True)
        del source, target, edges
    calls: dict[str, Callable[[], object]] = {
        "cycles": lambda: graph.connected_components(mode="strong"),
        "distances, first chain": lambda: graph.distances(source=count, mode="out"),
        "dominators, retained sizes": lambda: graph.dominator(count, mode="out"),
    }
    for operation in wanted:
        with measured(operation):
            calls[operation]()


def networkx_points(nodes: int, folder: pathlib.Path, wanted: list[str]) -> None:
    """Over dicts of dicts."""
    with measured("prepare"):
        import networkx

        count, source, target = read_edges(folder)
        graph = networkx.DiGraph()
        graph.add_edges_from(zip(source.tolist(), target.tolist()))
        del source, target
    calls: dict[str, Callable[[], object]] = {
        "cycles": lambda: sum(1 for _ in networkx.strongly_connected_components(graph)),
        "distances, first chain": lambda: networkx.single_source_shortest_path_length(graph, count),
        "dominators, retained sizes": lambda: networkx.immediate_dominators(graph, count),
    }
    for operation in wanted:
        with measured(operation):
            calls[operation]()


# -- tools for heaps: a heap of their own ----------------------------------------------------------


def objgraph_points(nodes: int, folder: pathlib.Path, wanted: list[str]) -> None:
    """Over what the collector tracks."""
    import objgraph

    with measured("prepare"):
        spread = make_heap(nodes)
    if "count by type" in wanted:
        with measured("count by type"):
            objgraph.typestats()
    if "distances, first chain" in wanted:
        with measured("distances, first chain"):
            objgraph.find_backref_chain(spread[-1], objgraph.is_proper_module)


def guppy_points(nodes: int, folder: pathlib.Path, wanted: list[str]) -> None:
    """Over what it reaches from the interpreter."""
    with measured("prepare"):
        spread = make_heap(nodes)
        import guppy

        heapy = guppy.hpy()
    if "count by type" in wanted:
        with measured("count by type"):
            str(heapy.heap())
    if "group all chains of a type" in wanted:
        with measured("group all chains of a type"):
            str(heapy.heap().byrcs)
    del spread


def refcycle_points(nodes: int, folder: pathlib.Path, wanted: list[str]) -> None:
    """Over a snapshot of what the collector tracks."""
    import refcycle

    with measured("prepare"):
        spread = make_heap(nodes)
    with measured("capture"):
        graph = refcycle.snapshot()
    if "cycles" in wanted:
        with measured("cycles"):
            graph.strongly_connected_components()
    del spread


TOOLS: dict[str, Callable[[int, pathlib.Path, list[str]], None]] = {
    "refgraph": refgraph_points,
    "scipy": scipy_points,
    "igraph": igraph_points,
    "networkx": networkx_points,
    "objgraph": objgraph_points,
    "guppy3": guppy_points,
    "refcycle": refcycle_points,
}
# What is asked of each peer: each in a process of its own.
ASKED: dict[str, tuple[str, ...]] = {
    "scipy": ("cycles", "distances, first chain"),
    "igraph": ("cycles", "distances, first chain", "dominators, retained sizes"),
    "networkx": ("cycles", "distances, first chain", "dominators, retained sizes"),
    "objgraph": ("count by type", "distances, first chain"),
    "guppy3": ("count by type", "group all chains of a type"),
    "refcycle": ("capture", "cycles"),
}


def main() -> None:
    """Measure, tell."""
    tool, nodes, folder, limit, *wanted = sys.argv[1:]
    LIMIT[0] = float(limit)
    try:
        TOOLS[tool](int(nodes), pathlib.Path(folder), wanted)
    except ImportError as error:
        tell(missing=str(error))
    except MemoryError:
        tell(memory=True)


if __name__ == "__main__":
    main()
