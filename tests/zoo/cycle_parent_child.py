"""A tree whose children know their parent: it takes the collector to free it, or a weak parent."""

import gc

import refgraph
import zoo


class Node:
    def __init__(self, parent=None):
        self.parent = parent
        self.children = []
        if parent is not None:
            parent.children.append(self)


def tree():
    root = Node()
    for _ in range(3):
        Node(Node(root))


gc.collect()
tree()
cycle = zoo.expect_cycle(
    refgraph.capture(),
    "__main__.Node",
    "isolated",
    {"__main__.Node"},
    "every __main__.Node.parent (6 references)",
)
assert sum(row.count for row in cycle.types if row.type == "__main__.Node") == 7
assert "weakref.ref" in cycle.cut.advice
assert (
    str(cycle.path)
    in (
        "__main__.Node.parent → __main__.Node.children[0] → __main__.Node",
        "__main__.Node.children[0] → __main__.Node.parent → __main__.Node",
    )
    or "children[1]" in str(cycle.path)
    or "children[2]" in str(cycle.path)
)
