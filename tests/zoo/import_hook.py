"""An import hook, and a hook for errors that nobody caught: sys keeps them."""

import sys

import refgraph
import zoo


class Finder:
    def find_spec(self, name, path, target=None):
        return None


class Reporter:
    def report(self, kind, error, traceback):
        sys.__excepthook__(kind, error, traceback)


def install():
    sys.meta_path.append(Finder())
    sys.excepthook = Reporter().report


install()
snap = refgraph.capture()
last = len(sys.meta_path) - 1
zoo.expect(zoo.only(snap, "Finder"), zoo.Held(f"sys.modules['sys'].meta_path[{last}]", name="sys"))
zoo.expect(
    zoo.only(snap, "Reporter"), zoo.Held("sys.modules['sys'].excepthook.__self__", name="sys")
)
