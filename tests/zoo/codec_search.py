"""codecs.register: the interpreter keeps the search function to the end."""

import codecs

import refgraph
import zoo


class Alphabet:
    def find(self, name):
        return None


codecs.register(Alphabet().find)
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Alphabet"),
    zoo.Held("codec search functions[1].__self__", "interpreter", "codec search functions"),
)
