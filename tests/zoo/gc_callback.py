"""gc.callbacks: a callback that nobody removes keeps what it is a method of."""

import gc

import refgraph
import zoo


class Statistics:
    def __init__(self):
        gc.callbacks.append(self.count)

    def count(self, phase, info):
        pass


Statistics()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Statistics"),
    zoo.Held("sys.modules['gc'].callbacks[0].__self__", name="gc"),
)
