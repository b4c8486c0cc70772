"""functools.singledispatch keeps every class that an implementation was registered for."""

import functools

import refgraph
import zoo


@functools.singledispatch
def show(value):
    return repr(value)


def plug_in():
    class Circle:
        pass

    show.register(Circle, repr)


plug_in()
snap = refgraph.capture()
circle = zoo.the_class(snap, "plug_in.<locals>.Circle")
zoo.expect(
    circle,
    zoo.Held("sys.modules['__main__'].show.registry{mapping}{key}"),
)
