"""A function that is still running keeps in a variable what only its beginning needed."""

import refgraph
import zoo


class Table:
    def rows(self):
        return 12


def summarize(rows):
    return refgraph.capture()


def report():
    table = Table()
    rows = table.rows()
    return summarize(rows)


snap = report()
frame = f"thread MainThread · {zoo.place('report', 'return summarize(rows)')}"
zoo.expect(zoo.only(snap, "Table"), zoo.Held(f"{frame} · local 'table'", "frame", frame))
