"""A generator that was started and never finished keeps its locals where it stands."""

import refgraph
import zoo

STREAMS = {}


class Connection:
    def rows(self):
        return range(3)


def stream():
    connection = Connection()
    yield from connection.rows()


def first_row(user):
    rows = STREAMS[user] = stream()
    return next(rows)


first_row("ann")
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Connection"),
    zoo.Held("sys.modules['__main__'].STREAMS['ann'].gi_frame.f_locals['connection']"),
)
