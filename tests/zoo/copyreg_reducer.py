"""copyreg.pickle keeps a class, and the object whose method pickles it, in a table for ever."""

import copyreg

import refgraph
import zoo


class Codec:
    def __init__(self):
        class Message:
            pass

        copyreg.pickle(Message, self.reduce)

    def reduce(self, message):
        return str, ("message",)


Codec()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Codec"),
    zoo.Held("sys.modules['copyreg'].dispatch_table{key type}.__self__", name="copyreg"),
)
