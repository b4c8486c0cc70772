"""sys.settrace keeps a debugger, and every frame that it traces does."""

import sys

import refgraph
import zoo


class Debugger:
    def trace(self, frame, event, argument):
        return None


def debug():
    sys.settrace(Debugger().trace)
    snap = refgraph.capture()
    sys.settrace(None)
    return snap


name = "thread MainThread · sys.settrace"
zoo.expect(zoo.only(debug(), "Debugger"), zoo.Held(f"{name}.__self__", "thread", name))
