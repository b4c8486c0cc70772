"""A list in a base class collects every instance of its subclasses."""

import refgraph
import zoo


class Plugin:
    loaded = []  # noqa: RUF012

    def __init__(self):
        self.loaded.append(self)


class SpellChecker(Plugin):
    pass


def open_document():
    SpellChecker()


open_document()
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "SpellChecker"), zoo.Held("sys.modules['__main__'].Plugin.loaded[0]"))
