"""A `__del__` that puts its object back into a pool: it lives on, never to be finalized again."""

import refgraph
import zoo

POOL = []


class Buffer:
    def __del__(self):
        POOL.append(self)


def use():
    Buffer()


use()
snap = refgraph.capture()
node = zoo.only(snap, "Buffer")
assert node.has_finalizer
assert node.is_finalized
zoo.expect(node, zoo.Held("sys.modules['__main__'].POOL[0]"))
POOL.clear()
