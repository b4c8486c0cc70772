"""C code that took a reference and never gave it back: nothing in the heap holds the object."""

import ctypes

import refgraph
import zoo


class Frame:
    def __init__(self):
        self.pixels = [0] * 100


class Lens:
    pass


def show(frame):
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(frame))


def play():
    frame = Frame()
    frame.lens = Lens()
    show(frame)


play()
snap = refgraph.capture()
frame = zoo.only(snap, "Frame")
zoo.expect_native(frame)
assert frame in [row.node for row in snap.unexplained()]

lens = zoo.only(snap, "Lens", leaked=("Frame",))
assert lens.unexplained_references == 0
zoo.expect(lens, zoo.Held(f"{zoo.NATIVE} · {{__main__.Frame}}.lens", "native", ""))
