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
last = sum(len(root.node.referents) for root in snap.roots() if root.name == hooks) - 1
zoo.expect(zoo.only(snap, "Pool"), zoo.Held(f"{hooks}[{last}].__self__", "interpreter", hooks))
