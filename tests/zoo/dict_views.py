"""dict.keys(), and an iterator over values that was left in the middle, keep the whole dict."""

import refgraph
import zoo

SEEN = []
CURSORS = {}


class Row:
    pass


class Page:
    pass


def list_rows():
    rows = {"a": Row()}
    SEEN.append(rows.keys())


def list_pages():
    pages = {"front": Page(), "back": Page()}
    cursor = CURSORS["ann"] = iter(pages.values())
    next(cursor)
    del pages["back"]


list_rows()
list_pages()
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "Row"), zoo.Held("sys.modules['__main__'].SEEN[0]{dict}['a']"))
zoo.expect(
    zoo.only(snap, "Page"), zoo.Held("sys.modules['__main__'].CURSORS['ann']{dict}['front']")
)
