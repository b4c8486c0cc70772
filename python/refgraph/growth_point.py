"""A place that has grown between two snapshots."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .node import Node
from .nodes import Nodes
from .words import shortened, signed_number_text

if TYPE_CHECKING:
    from .growth import Growth

__all__ = ["GrowthPoint", "wider_places"]

_FOLD = re.compile(r"\[\*\]|\{")  # where a place is no longer one attribute after another
_NAME = re.compile(r"\.\w+\Z")


class GrowthPoint:
    """A place that has gained objects, or lost some: an old object's reference to new ones.

    An old object that has another size now, and gained nothing new, is a place of itself: a buffer,
    a list of what was there before.
    """

    __slots__ = (
        "_growth",
        "_index",
        "born",
        "born_size",
        "died",
        "died_size",
        "example",
        "gained",
        "holder",
        "holder_count",
        "id",
        "lost",
        "resized",
        "text",
        "type",
    )

    #: The place, with indices and keys folded: ``sys.modules['app'].CACHE[*]``.
    text: str
    #: A hash of it, 16 hexadecimal digits: equal in every run and on every machine.
    id: str
    #: The type of what has come or gone there.
    type: str
    #: The old object that gained most, or has another size; None where the new ones are roots of
    #: their own, or garbage, or there are none.
    holder: Node | None
    #: How many old objects gained one.
    holder_count: int
    #: One of the new ones; None where some have gone and none has come.
    example: Node | None
    #: How many came, and how many went.
    gained: int
    lost: int
    #: With what hangs on them: objects and bytes that came and that went.
    born: int
    born_size: int
    died: int
    died_size: int
    #: Bytes by which the holders themselves have grown (one of several places: in one of them), and
    #: old objects at this place that gained nothing.
    resized: int

    def __init__(self, growth: Growth, index: int) -> None:
        self._growth = growth
        self._index = index
        row = growth._found.point(index)
        self.text, number, type_before, type_now, holder, self.holder_count, example = row[:7]
        self.gained, self.lost, self.born, self.born_size = row[7:11]
        self.died, self.died_size, self.resized = row[11:]
        self.id = f"{number:016x}"
        self.type = growth._type_text(type_before, type_now)
        self.holder = None if holder is None else Node(growth.after, holder)
        self.example = None if example is None else Node(growth.after, example)

    @property
    def delta(self) -> int:
        """Objects more, with what hangs on them."""
        return self.born - self.died

    @property
    def delta_size(self) -> int:
        """Bytes more, with what hangs on them, and what old objects have grown."""
        return self.born_size - self.died_size + self.resized

    @property
    def nodes(self) -> Nodes:
        """All that is new there, with what hangs on it: objects of the later snapshot."""
        return Nodes(self._growth.after, self._growth._found.nodes(self._index))

    def __repr__(self) -> str:
        change = f"{signed_number_text(self.gained - self.lost)} {self.type}"
        return f"<GrowthPoint: {shortened(self.text, 200)}: {change}>"


def wider_places(text: str) -> list[str]:
    """Places that this one is part of, whatever it is called in another round.

    In one round a leak is at ``app.LOG[*]``, in another at ``app.LOG[*][*]``, in a list that was
    there by then: both are in ``app.LOG``. Attributes under ever new names are in ``app.STATE.*``.
    """
    fold = _FOLD.search(text)
    name = _NAME.search(text)
    wider = [] if fold is None else [text[: fold.start()]]
    if name is not None:
        wider.append(f"{text[: name.start()]}.*")
    return wider
