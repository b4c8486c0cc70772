"""A bound method in a list of listeners keeps the object that it is bound to."""

import refgraph
import zoo


class Bus:
    listeners = []  # noqa: RUF012


class Window:
    def __init__(self):
        Bus.listeners.append(self.redraw)

    def redraw(self):
        pass


Window()
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "Window"), zoo.Held("sys.modules['__main__'].Bus.listeners[0].__self__"))
