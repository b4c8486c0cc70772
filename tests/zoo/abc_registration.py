"""Negative control: an abstract base class knows what is registered with it, and holds nothing."""

import abc
import gc

import refgraph
import zoo


class Shape(abc.ABC):  # noqa: B024
    pass


def plug_in():
    class Circle:
        pass

    Shape.register(Circle)
    assert issubclass(Circle, Shape)


gc.disable()
plug_in()
snap = refgraph.capture()
circle = zoo.the_class(snap, "plug_in.<locals>.Circle")
zoo.expect_garbage(circle)  # a class is a cycle of its own
