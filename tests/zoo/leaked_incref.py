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
node = zoo.only(snap, "Frame")
assert node.unexplained_references == 1
assert node.refcount == 1
zoo.expect(node, zoo.Held(zoo.NATIVE, "native", ""))

lens = zoo.only(snap, "Lens")
assert lens.unexplained_references == 0
zoo.expect(lens, zoo.Held(f"{zoo.NATIVE} · {{__main__.Frame}}.lens", "native", ""))
