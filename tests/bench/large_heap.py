"""A heap of a production process, in kind and size: what the benches capture.

1,250,000 instances with a list, a dict and a tuple each are five million objects that the collector
tracks, 8.8 million in all. Aged: three times half of them are freed, the rest is shuffled, and new
ones are made among junk of other sizes: neighbours in memory have nothing to do with each other.

    python large_heap.py [instances] [aged]
"""

from __future__ import annotations

import gc
import random
import sys
import types
from typing import Any


class Node:
    """One instance: four objects that are tracked, and three others of the kind."""

    def __init__(self, number: int) -> None:
        self.number = number + 1000
        self.name = f"node{number}"
        self.links: list[Node] = []
        self.data = {"a": self.number, "b": number + 0.5}
        self.pair = (self.links, self.data)


def make(count: int, seed: int = 1) -> Any:
    """The module that keeps all of them."""
    chance = random.Random(seed)
    nodes = [Node(number) for number in range(count)]
    for node in nodes:
        node.links[:] = [nodes[chance.randrange(count)] for _ in range(3)]
    module: Any = types.ModuleType("bench_state")
    module.NODES = nodes
    sys.modules["bench_state"] = module
    return module


def age(module: Any, rounds: int = 3) -> None:
    """Free, shuffle and make again."""
    for seed in range(rounds):
        chance = random.Random(seed)
        nodes = module.NODES
        count = len(nodes)
        chance.shuffle(nodes)
        del nodes[count // 2 :]
        for node in nodes:
            node.links[:] = [nodes[chance.randrange(len(nodes))] for _ in range(3)]
        junk = [bytearray(chance.randrange(40, 300)) for _ in range(count // 4)]
        new = [Node(number) for number in range(count - len(nodes))]
        nodes.extend(new)
        for node in new:
            node.links[:] = [nodes[chance.randrange(count)] for _ in range(3)]
        del junk, new, node
    gc.collect()


def main(arguments: list[str]) -> None:
    """Make it, in the interpreter that goes on."""
    numbers = [int(argument) for argument in arguments if argument != "aged"]
    module = make(numbers[0] if numbers else 1_250_000)
    if "aged" in arguments:
        age(module)


if __name__ == "__main__":
    main(sys.argv[1:])
