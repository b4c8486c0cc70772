"""A numpy array of objects is a container that the collector does not know of."""

import refgraph
import zoo

numpy = zoo.needs("numpy")


class Cell:
    pass


class View:
    pass


GRID = numpy.full((2, 3), None, dtype=object)
GRID[1, 2] = Cell()
ROW = numpy.array([None, View()], dtype=object)[1:]
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "Cell"), zoo.Held("sys.modules['__main__'].GRID{[1, 2]}"))
zoo.expect(zoo.only(snap, "View"), zoo.Held("sys.modules['__main__'].ROW.base{[1]}"))
