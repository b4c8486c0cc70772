"""What a capture costs on a heap of millions, beside one gc.collect() of it.

    ./dev python tests/bench/bench_capture.py [thousands of Nodes] [--aged]

The heap: Nodes with an int, a str, a list of three random Nodes, a dict of two str keys and a
tuple: four objects of the collector, and seven nodes, each. `--aged`: three times shuffled, half of
it freed and made anew between junk.

Times are the least of several, by the clock, and beside them the processor's, since other programs
run beside this one. Before each capture memory is taken and given back, so that the system has free
pages: a virtual machine may have returned them to its host, and then waits for each. Memory: what
stays resident above what was before, at the worst moment and in the end. Nothing is asserted.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import random
import sys
import time
import types
from typing import Any, Callable

import refgraph

ROUNDS = 3


class Node:
    def __init__(self, i: int) -> None:
        self.number = i + 1000
        self.name = f"node{i}"
        self.links: list[Node] = []
        self.data = {"a": self.number, "b": i + 0.5}
        self.pair = (self.links, self.data)


def link(nodes: list[Node], to: list[Node], seed: int) -> None:
    generator = random.Random(seed)
    for node in nodes:
        node.links[:] = [to[generator.randrange(len(to))] for _ in range(3)]


def make(count: int) -> types.ModuleType:
    module = types.ModuleType("refgraph_bench_heap")
    sys.modules[module.__name__] = module
    module.NODES = [Node(i) for i in range(count)]  # type: ignore[attr-defined]
    link(module.NODES, module.NODES, 1)
    return module


def age(module: types.ModuleType, rounds: int = 3) -> None:
    for seed in range(rounds):
        generator = random.Random(seed)
        nodes = module.NODES
        count = len(nodes)
        generator.shuffle(nodes)
        module.NODES = nodes = nodes[: count // 2]
        link(nodes, nodes, seed)
        junk = [bytearray(generator.randrange(40, 300)) for _ in range(count // 4)]
        new = [Node(i) for i in range(count - len(nodes))]
        nodes.extend(new)
        link(new, nodes, seed)
        del junk, new, nodes


def warm(gigabytes: float) -> None:
    """Make the system have this much free memory at hand."""
    with mmap.mmap(-1, int(gigabytes * 2**30)) as memory:
        with contextlib.suppress(AttributeError, OSError):
            memory.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, len(memory), 2 << 20):
            memory[at] = 1


def resident(field: str) -> int:
    """Bytes, by a line of /proc/self/status: VmRSS, or VmHWM, the most since `forget_peak`."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field + ":"))


def forget_peak() -> None:
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def least(action: Callable[[], Any]) -> float:
    """Processor seconds of this thread, the least of some calls."""
    seconds = []
    for _ in range(ROUNDS):
        begin = time.thread_time()
        action()
        seconds.append(time.thread_time() - begin)
    return min(seconds)


def row(label: str, collection: float, gigabytes: float, **options: Any) -> None:
    total = pause = processor = float("inf")
    peak = 0
    for _ in range(ROUNDS):
        warm(gigabytes)
        forget_peak()
        before = resident("VmRSS")
        begin = time.process_time()
        snapshot = refgraph.capture(**options)
        processor = min(processor, time.process_time() - begin)
        peak = max(peak, resident("VmHWM") - before)
        total = min(total, snapshot.cost.seconds)
        pause = min(pause, snapshot.cost.pause)
        nodes, edges, memory = snapshot.node_count, snapshot.edge_count, snapshot.memory
        del snapshot
    working = (peak - 16 * edges) / nodes
    kept = (memory - 12 * edges) / nodes
    print(
        f"{label:24}{total:8.2f} s {total / collection:6.2f}"
        f"{pause:8.2f} s {pause / collection:6.2f}{processor:8.2f} s{working:9.0f}{kept:9.1f}"
    )


def peers(collection: float) -> None:
    """What other tools do with the same heap: less."""
    seconds = least(gc.get_objects)
    print(f"{'gc.get_objects()':24}{seconds:8.2f} s {seconds / collection:6.2f}")
    target = sys.modules["refgraph_bench_heap"].NODES[7]
    seconds = least(lambda: gc.get_referrers(target))
    print(f"{'gc.get_referrers(one)':24}{seconds:8.2f} s {seconds / collection:6.2f}")
    with contextlib.suppress(ImportError):
        import objgraph

        seconds = least(objgraph.typestats)
        print(f"{'objgraph.typestats()':24}{seconds:8.2f} s {seconds / collection:6.2f}")


def main() -> None:
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    count = (numbers[0] if numbers else 250) * 1000
    module = make(count)
    if "--aged" in sys.argv:
        age(module)
    gc.collect()
    collection = least(gc.collect)
    gigabytes = count * 1.2e-6
    snapshot = refgraph.capture()
    print(
        f"CPython {sys.version.split()[0]}, {'aged' if '--aged' in sys.argv else 'fresh'} heap: "
        f"{snapshot.node_count:,} nodes, {snapshot.edge_count:,} edges; "
        f"gc.collect() {collection:.2f} s"
    )
    del snapshot
    print(
        f"{'':24}{'total':>8}   {'ratio':>6}{'pause':>8}   {'ratio':>6}{'CPU':>8}  "
        f"{'peak':>9}{'kept':>9}"
    )
    row("capture()", collection, gigabytes)
    row("capture(names=False)", collection, gigabytes, names=False)
    peers(collection)
    print(
        "ratio: to gc.collect(); CPU: of both threads. peak: resident bytes a node at the worst\n"
        "moment, beyond 16 an edge; kept: of the snapshot, beyond 12 an edge."
    )


if __name__ == "__main__":
    main()
