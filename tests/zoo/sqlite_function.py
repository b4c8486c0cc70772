"""A method given to SQLite as a function: SQLite's own memory holds it."""

import sqlite3

import refgraph
import zoo


class Geometry:
    def distance(self, a, b):
        return abs(a - b)


def open_database():
    database = sqlite3.connect(":memory:")
    database.create_function("distance", 2, Geometry().distance)
    return database


DATABASE = open_database()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Geometry"), zoo.Held(f"{zoo.NATIVE} · {{method}}.__self__", "native", "")
)
