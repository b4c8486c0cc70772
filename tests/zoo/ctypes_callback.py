"""A method that was made a C callback: ctypes keeps it for as long as the callback lives."""

import ctypes

import refgraph
import zoo

CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)


class Widget:
    def on_click(self, button):
        return button


ON_CLICK = CALLBACK(Widget().on_click)
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Widget"), zoo.Held("sys.modules['__main__'].ON_CLICK{callable}.__self__")
)
