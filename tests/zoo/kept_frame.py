"""A frame that was kept to log its line later keeps every local variable of its function."""

import sys

import refgraph
import zoo

CALLS = []


class Order:
    pass


def note():
    CALLS.append(sys._getframe(1))


def buy():
    order = Order()
    note()
    return type(order)


buy()
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "Order"), zoo.Held("sys.modules['__main__'].CALLS[0].f_locals['order']"))
