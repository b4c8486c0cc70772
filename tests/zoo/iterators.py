"""Iterators that are kept keep what they go over, to their end or for ever."""

import itertools

import refgraph
import zoo

PENDING = {}


class Row:
    pass


class Item:
    pass


class Page:
    pass


class Card:
    pass


def start():
    PENDING["rows"] = iter([Row(), 1])
    PENDING["items"] = map(str, [Item()])
    PENDING["pages"] = enumerate((Page(),))
    PENDING["cards"] = itertools.chain([Card()], [1])


start()
snap = refgraph.capture()
pending = "sys.modules['__main__'].PENDING"
zoo.expect(zoo.only(snap, "Row"), zoo.Held(f"{pending}['rows']{{list}}[0]"))
zoo.expect(zoo.only(snap, "Item"), zoo.Held(f"{pending}['items']{{iterators}}[0]{{list}}[0]"))
zoo.expect(zoo.only(snap, "Page"), zoo.Held(f"{pending}['pages']{{iterator}}{{tuple}}[0]"))
zoo.expect(zoo.only(snap, "Card"), zoo.Held(f"{pending}['cards']{{iterables}}{{tuple}}[0][0]"))
