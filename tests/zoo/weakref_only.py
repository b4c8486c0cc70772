"""Negative control: weak references hold nothing: what they alone point to is garbage."""

import gc
import weakref

import refgraph
import zoo

BY_NAME = weakref.WeakValueDictionary()
LISTENERS = weakref.WeakSet()
LAST = []


class Node:
    def __init__(self):
        self.parent = self
        BY_NAME["node"] = self
        LISTENERS.add(self)
        LAST.append(weakref.ref(self))
        LAST.append(weakref.proxy(self))


gc.disable()
Node()
snap = refgraph.capture()
node = zoo.only(snap, "Node")
chains = zoo.expect_garbage(node)
assert node.refcount == 1
weak = [edge for edge in node.referrers if edge.strength == "weak"]
assert len(weak) == 4, weak
assert (chains.holder_count, chains.unreached) == (1, 1)  # itself
