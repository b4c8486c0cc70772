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
chains = zoo.only(snap, "Pool").why_alive()
assert len(chains) == 1, chains
assert chains[0].root.kind == "interpreter", chains
hook = chains[0].root.name
zoo.expect(zoo.only(snap, "Pool"), zoo.Held("after-fork hooks in the child[0].__self__", "interpreter", hook))
