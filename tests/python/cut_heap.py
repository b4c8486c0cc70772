"""Random object graphs: does the suggested cut free each isolated cycle?

    cut_heap.py [seed [first round [rounds [graphs of a round]]]]

prints one JSON object: counts, and what went wrong, each with the arguments that show it again.
"""

from __future__ import annotations

import collections
import gc
import json
import random
import sys

import cutting
import cycle_heap

import refgraph

MAKERS = [
    make
    for weight, make in cycle_heap.MAKERS
    for _ in range(weight)
    if make is not cycle_heap.local_class  # a class is in a cycle that cannot be cut
]
SMALL = 10  # references among which all are tried


def one_round(choose: random.Random, graphs: int, count: collections.Counter[str]) -> list[str]:
    gc.collect()
    made = []
    for _ in range(graphs):
        made += cycle_heap.build(choose, MAKERS)
    watched = cutting.Watched(made)
    del made
    cycles = [cutting.isolated(c) for c in refgraph.capture().cycles(isolated=True)]
    wrong = [f"not enough:\n{cycle.text}" for cycle in cycles if not cycle.is_enough]
    for cycle in cycles:
        count["cycles"] += 1
        count[f"cut {min(len(cycle.cut), 2)}"] += 1
        count["small"] += len(cycle.inner) <= SMALL
        count["members"] += len(cycle.members)
        count["seen weakly"] += len(watched.weak.keys() & cycle.members)
        if len(cycle.inner) <= SMALL:
            count["small, cut 2"] += len(cycle.cut) > 1
            fewer = cutting.needs_fewer(cycle)
            if fewer:
                wrong.append(fewer)
    wrong += cutting.left_after_cuts(cycles, watched)
    cycle_heap.KEPT.clear()
    cycle_heap.WEAK.clear()
    return wrong


def main(seed: int = 1, first: int = 0, rounds: int = 40, graphs: int = 10) -> None:
    gc.disable()
    count: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    for number in range(first, first + rounds):
        seen = one_round(random.Random(seed * 1_000_003 + number), graphs, count)
        wrong += [f"cut_heap.py {seed} {number} 1 {graphs}: {line}" for line in seen]
    print(json.dumps({"graphs": rounds * graphs, "wrong": wrong, **count}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
