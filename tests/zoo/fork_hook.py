"""os.register_at_fork: a hook can never be taken back."""

import os

import refgraph
import zoo


class Pool:
    def __init__(self):
        os.register_at_fork(after_in_child=self.reopen)

    def reopen(self):
        pass


Pool()
snap = refgraph.capture()
hooks = "os.register_at_fork hooks (after, in the child)"
zoo.expect(zoo.only(snap, "Pool"), zoo.Held(f"{hooks}[0].__self__", "interpreter", hooks))
