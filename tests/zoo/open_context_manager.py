"""A context manager made of a generator: entered, never left, and kept with its locals."""

import contextlib

import refgraph
import zoo

OPEN = []


class Transaction:
    pass


@contextlib.contextmanager
def transaction():
    current = Transaction()
    yield
    del current


def begin():
    manager = transaction()
    manager.__enter__()
    OPEN.append(manager)


begin()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Transaction"),
    zoo.Held("sys.modules['__main__'].OPEN[0].gen.gi_frame.f_locals['current']"),
)
