"""`self.callback = self.method`: a bound method holds its object."""

import gc

import refgraph
import zoo


class Poller:
    def __init__(self):
        self.callback = self.poll

    def poll(self):
        pass


gc.collect()
Poller()
cycle = zoo.expect_cycle(
    refgraph.capture(),
    "__main__.Poller",
    "isolated",
    {"__main__.Poller", "method"},
    "__main__.Poller.callback",
)
assert "weakref.WeakMethod" in cycle.cut.advice
assert str(cycle.path) == (
    "__main__.Poller.callback → method Poller.poll.__self__ → __main__.Poller"
)
