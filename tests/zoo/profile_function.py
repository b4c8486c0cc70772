"""sys.setprofile and threading.setprofile keep the function, and what it is a method of."""

import sys
import threading

import refgraph
import zoo


class Profiler:
    def profile(self, frame, event, argument):
        pass


class ThreadProfiler(Profiler):
    pass


sys.setprofile(Profiler().profile)
threading.setprofile(ThreadProfiler().profile)
snap = refgraph.capture()
sys.setprofile(None)
threading.setprofile(None)
name = "thread MainThread · sys.setprofile"
zoo.expect(zoo.only(snap, "Profiler"), zoo.Held(f"{name}.__self__", "thread", name))
held = zoo.only(snap, "ThreadProfiler").why_alive()
assert [chain.expression for chain in held] == [
    "sys.modules['threading']._profile_hook.__self__"
], held
