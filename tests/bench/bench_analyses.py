"""What each analysis costs on heaps and on random graphs, and how soon Ctrl-C stops it.

Times of processor and bytes beside the graph are measured in C, by the program `bench_analyses`,
which captures its own interpreter's heap: large_heap.py's, fresh and aged. The same edges are then
given to igraph, scipy and networkx; that these read them is not counted. Prints tables and ratios
from one run; it asserts nothing. A build with tests has the program: ./dev bench makes one.

    python bench_analyses.py [--instances 1250000] [--nodes 1000000] [--program PATH] [--no-peers]
"""

from __future__ import annotations

import argparse
import functools
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Callable, NamedTuple

import large_heap

import refgraph

try:
    import numpy as np
except ImportError:
    np = None  # type: ignore[assignment]

_HERE = pathlib.Path(__file__).parent
_UNIT = {"chain": 1e3, "groups": 1.0}  # the others: nanoseconds an edge
_CANCELS = 100
_NETWORKX_MOST = 2_000_000  # edges


class Row(NamedTuple):
    """An analysis: seconds for so many units, bytes beside the graph."""

    name: str
    seconds: float
    units: int
    working: int
    result: int


def program_beside(named: str | None) -> pathlib.Path | None:
    """The C program: what was named, or that of the build which the package comes from."""
    if named:
        return pathlib.Path(named)
    for entry in sys.path:
        program = pathlib.Path(entry).parent / "tests" / "bench_analyses"
        if program.is_file():
            return program
    return None


def ask(program: pathlib.Path, *arguments: str) -> list[Row]:
    """Its answer."""
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return [Row(name, float(s), int(u), int(w), int(r)) for name, s, u, w, r in lines]


def print_rows(title: str, rows: list[Row]) -> tuple[int, int, dict[str, float]]:
    """A table; the numbers of nodes and edges, and the seconds by name."""
    graph, *others = rows
    nodes, edges = graph.working, graph.units
    print(f"\n{title}: {nodes:,} nodes, {edges:,} edges, {graph.result / nodes:.1f} B a node\n")
    print(f"  {'':<34}{'time':>14}{'':>16}{'working':>14}{'result':>14}")
    for row in others:
        kind = row.name.split()[0]
        if kind == "chain":
            print(f"  {row.name:<34}{1e3 * row.seconds:11.3f} ms")
            continue
        each = "" if kind == "groups" else f"{1e9 * row.seconds / row.units:8.1f} ns/edge"
        print(
            f"  {row.name:<34}{row.seconds:11.3f} s {each:>16}"
            f"{row.working / nodes:9.1f} B/node{row.result / nodes:9.1f} B/node"
        )
    return nodes, edges, {row.name: row.seconds for row in others}


def timed(work: Callable[[], Any]) -> float:
    """Seconds of processor time that this thread takes."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def print_peer(what: str, seconds: float, edges: int, ours: float) -> None:
    """One line: theirs, and how many times ours."""
    print(
        f"  {what:<34}{seconds:11.3f} s {1e9 * seconds / edges:8.1f} ns/edge{seconds / ours:9.1f} ×"
    )


def print_peers(path: str, nodes: int, ours: dict[str, float]) -> None:
    """What others take for the same edges, and those of the virtual root."""
    if np is None:
        print("  numpy is not installed: no peers")
        return
    edges = np.fromfile(path, dtype=np.uint32).reshape(-1, 2)
    count = len(edges)
    print()
    try:
        import scipy.sparse as sparse
        from scipy.sparse import csgraph
    except ImportError:
        print("  scipy is not installed")
    else:
        shape = (nodes + 1, nodes + 1)
        ones = np.ones(count, dtype=np.int8)
        matrix = sparse.csr_matrix((ones, (edges[:, 0], edges[:, 1])), shape)
        seconds = timed(lambda: csgraph.connected_components(matrix, connection="strong"))
        print_peer("components, scipy", seconds, count, ours["components"])
        seconds = timed(lambda: csgraph.breadth_first_order(matrix, nodes))
        print_peer("distances, scipy", seconds, count, ours["distances"])
        del matrix
    try:
        import igraph
    except ImportError:
        print("  igraph is not installed")
    else:
        graph = igraph.Graph(n=nodes + 1, edges=edges, directed=True)
        seconds = timed(lambda: graph.connected_components(mode="strong"))
        print_peer("components, igraph", seconds, count, ours["components"])
        seconds = timed(lambda: graph.distances([nodes], mode="out"))
        print_peer("distances, igraph", seconds, count, ours["distances"])
        seconds = timed(lambda: graph.dominator(nodes, mode="out"))
        print_peer("dominators alone, igraph", seconds, count, ours["retained"])
        del graph
    try:
        import networkx
    except ImportError:
        print("  networkx is not installed")
        return
    if count > _NETWORKX_MOST:
        print(f"  networkx: not asked about more than {_NETWORKX_MOST:,} edges")
        return
    digraph = networkx.DiGraph(edges.tolist())
    seconds = timed(lambda: list(networkx.strongly_connected_components(digraph)))
    print_peer("components, networkx", seconds, count, ours["components"])
    seconds = timed(lambda: networkx.single_source_shortest_path_length(digraph, nodes))
    print_peer("distances, networkx", seconds, count, ours["distances"])
    seconds = timed(lambda: networkx.immediate_dominators(digraph, nodes))
    print_peer("dominators alone, networkx", seconds, count, ours["retained"])


def cancel(question: Callable[[], Any], delay: float) -> tuple[float, float] | None:
    """What passes from a Ctrl-C, `delay` after the beginning, to its exception; None: too late.

    Seconds of the clock, and of this thread's processor time: what a machine that does other things
    at once does not add to.
    """
    main = threading.main_thread().ident or 0
    processor = time.pthread_getcpuclockid(main)
    sent = [0.0, 0.0]
    has_begun = threading.Event()  # not before: the exception must come where it is awaited
    is_over = threading.Event()

    def interrupt() -> None:
        has_begun.wait()
        if not is_over.wait(delay):
            sent[:] = time.monotonic(), time.clock_gettime(processor)
            signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        has_begun.set()
        question()
        is_over.set()
        thread.join()
        while sent[0]:  # it comes too late, but it comes
            time.sleep(0.001)
    except KeyboardInterrupt:
        if is_over.is_set():
            return None
        return time.monotonic() - sent[0], time.thread_time() - sent[1]
    return None


def print_cancels(instances: int, path: pathlib.Path) -> None:
    """How soon analyses stop, at moments spread over each: of a file, since answers are kept."""
    module = large_heap.make(instances)
    snapshot = refgraph.capture()
    snapshot.save(path)
    print(f"\nCtrl-C during analyses of {snapshot.node_count:,} objects, {_CANCELS} times each:\n")
    questions: dict[str, Callable[[refgraph.Snapshot], Any]] = {
        "cycles": lambda snapshot: snapshot._graph.cycles(False),
        "retained": lambda snapshot: snapshot._graph.owners(),
        "groups": lambda snapshot: snapshot._graph.signatures(range(0, snapshot.node_count, 9)),
    }
    for name, question in questions.items():
        start = time.monotonic()
        question(snapshot)
        whole = time.monotonic() - start
        found = []
        for i in range(_CANCELS):
            ask_again = functools.partial(question, refgraph.load(path, verify=True))
            found.append(cancel(ask_again, whole * (i + 0.5) / _CANCELS))
        late = [pair for pair in found if pair is not None]
        print(f"  {name:<12}{whole:8.3f} s in all; {len(late)} were stopped")
        for what, seconds in zip(("clock", "processor"), zip(*late)):
            ordered = sorted(seconds)
            median, p99 = (1e3 * ordered[len(ordered) * share // 100] for share in (50, 99))
            print(f"  {'':<12}{what:<10} half within {median:6.1f} ms, 99 % within {p99:6.1f} ms")
    del module


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--instances", type=int, default=1_250_000)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--program")
    parser.add_argument("--no-peers", action="store_true")
    arguments = parser.parse_args()
    program = program_beside(arguments.program)
    if program is None:
        print("bench_analyses is not built: `./dev bench analyses` does that")
        return
    heap = [str(_HERE / "large_heap.py"), str(arguments.instances)]
    graphs = {
        "fresh heap": ("heap", *heap),
        "aged heap": ("heap", *heap, "aged"),
        "random graph": ("random", str(arguments.nodes), str(3 * arguments.nodes)),
    }
    with tempfile.TemporaryDirectory() as folder:
        for title, (kind, *rest) in graphs.items():
            path = "-" if arguments.no_peers else os.path.join(folder, "edges")
            nodes, _, ours = print_rows(title, ask(program, kind, path, *rest))
            if not arguments.no_peers:
                print_peers(path, nodes, ours)
                os.unlink(path)
        print_cancels(min(arguments.instances, 300_000), pathlib.Path(folder, "heap.rg"))


if __name__ == "__main__":
    main()
