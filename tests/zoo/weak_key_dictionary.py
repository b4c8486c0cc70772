"""A WeakKeyDictionary whose value refers to its key: the key is weak in vain."""

import weakref

import refgraph
import zoo

NOTES = weakref.WeakKeyDictionary()


class Document:
    pass


class Note:
    def __init__(self, about):
        self.about = about


def annotate():
    document = Document()
    NOTES[document] = Note(document)


annotate()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Document"),
    zoo.Held(f"sys.modules['__main__'].NOTES.data{{key {zoo.type_name(weakref.ref)}}}.about"),
)
