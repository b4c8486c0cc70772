"""A singleton with __slots__ and a private name keeps the last thing that went through it."""

import refgraph
import zoo


class Renderer:
    __slots__ = ("__last", "options")

    def render(self, page):
        self.__last = page


class Page:
    pass


RENDERER = Renderer()
RENDERER.render(Page())
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "Page"), zoo.Held("sys.modules['__main__'].RENDERER._Renderer__last"))
