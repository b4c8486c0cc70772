"""A method given to SQLite as a function: SQLite's own memory holds it."""

import sqlite3

import refgraph
import zoo


class Geometry:
    def distance(self, a, b):
        return abs(a - b)


DATABASE = sqlite3.connect(":memory:")
DATABASE.create_function("distance", 2, Geometry().distance)
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Geometry"), zoo.Held(f"{zoo.NATIVE} · {{method}}.__self__", "native", "")
)
