"""Leak suspects: where bytes come together, or come to, in words for a ticket."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar, overload

from .allocation import Location, SiteRow
from .arguments import checked_position
from .display import Displayed
from .table import Column, Table
from .words import (
    bytes_text,
    count_text,
    number_text,
    only_text,
    prose_percent_text,
    shortened,
)

if TYPE_CHECKING:
    from .node import Node
    from .nodes import Nodes
    from .snapshot import Snapshot

__all__ = [
    "PLACE",
    "Frees",
    "Suspect",
    "SuspectRow",
    "Suspects",
    "allocated_text",
    "commonest",
    "commonest_site",
]

PLACE = 400  # characters of an expression in a sentence; Suspect.chain has all
_SEPARATORS = r"[/\\]"


class Frees(NamedTuple):
    """What really goes: objects, and the sum of their sizes in bytes."""

    count: int  # type: ignore[assignment]  # over tuple.count
    size: int


class SuspectRow(NamedTuple):
    """A suspect as a row: `where` holds `count` objects of the type `holds`, `size` bytes in all.

    Of growth: so many more of them, and bytes. `share` is their part of the whole; `frees` the
    bytes that go without them; `allocated` the commonest line that allocated them, None where
    tracemalloc does not know.
    """

    count: int  # type: ignore[assignment]  # over tuple.count
    size: int
    share: float
    frees: int
    holds: str
    where: str
    allocated: Location | None


class Suspect(Displayed):
    """One place where bytes come together. ``str()`` tells it in two to six sentences."""

    __slots__ = (
        "chain",
        "count",
        "example",
        "frees",
        "holds",
        "objects",
        "others",
        "point",
        "share",
        "site",
        "size",
        "text",
    )

    #: The answer in words, a line for each thing said: what holds what; what else would hold it;
    #: where it was allocated.
    text: str
    #: The object that alone keeps them; None where several roots do, and none of them alone.
    point: Node | None
    #: The type of the objects.
    holds: str
    #: How many there are.
    count: int
    #: Bytes that they keep, themselves and what they are in included.
    size: int
    #: What part of the whole that is, 0 to 1.
    share: float
    #: The objects, by ascending address.
    objects: Nodes
    #: The one of them that keeps most.
    example: Node
    #: The way to the point: an expression where there is one. Without a point, or where that is a
    #: module, a class or a frame, the commonest way to the objects: ``sys.modules['m'].CACHE[*]``.
    chain: str
    #: Further chains that share no object with the first: each would still hold it.
    others: list[str]
    #: What goes without the point; where there is none, or it is a module, a class or a frame,
    #: without the objects.
    frees: Frees
    #: The line that allocated most of them, and how many; None where tracemalloc does not know.
    site: SiteRow | None

    def __init__(
        self,
        *,
        text: str,
        point: Node | None,
        holds: str,
        count: int,
        size: int,
        share: float,
        objects: Nodes,
        example: Node,
        chain: str,
        others: Sequence[str],
        frees: Frees,
        site: SiteRow | None,
    ) -> None:
        self.text = text
        self.point = point
        self.holds = holds
        self.count = count
        self.size = size
        self.share = share
        self.objects = objects
        self.example = example
        self.chain = chain
        self.others = list(others)
        self.frees = frees
        self.site = site

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {shortened(self.text.partition(chr(10))[0], 200)}>"

    def _place_text(self) -> str:
        """The place as the text begins with it, where it does."""
        return shortened(self.chain, PLACE)

    def _repr_html_(self) -> str:
        from .notebook import suspect_html

        return suspect_html(self)


AnySuspect = TypeVar("AnySuspect", bound=Suspect, covariant=True)


class Suspects(Displayed, Sequence[AnySuspect]):
    """What holds most, most first; empty where nothing stands out. ``print()`` it.

    `nothing` is what is said then.
    """

    __slots__ = ("_nothing", "_suspects")

    def __init__(self, suspects: Sequence[AnySuspect], nothing: str) -> None:
        self._suspects = tuple(suspects)
        self._nothing = nothing

    def table(self) -> Table[SuspectRow]:
        """A suspect a row."""
        return Table(
            self._headline(),
            (
                Column("count", number_text, is_number=True),
                Column("size", bytes_text, is_number=True),
                Column("share", _share_text, is_number=True),
                Column("frees", bytes_text, is_number=True),
                Column("holds", is_type=True),
                Column("where"),
                Column("allocated", _place_text, data=_place_data),
            ),
            [
                SuspectRow(
                    suspect.count,
                    suspect.size,
                    suspect.share,
                    suspect.frees.size,
                    suspect.holds,
                    suspect.chain,
                    None if suspect.site is None else suspect.site.place,
                )
                for suspect in self
            ],
            None,
            row=SuspectRow,
        )

    def __len__(self) -> int:
        return len(self._suspects)

    @overload
    def __getitem__(self, index: int) -> AnySuspect: ...
    @overload
    def __getitem__(self, index: slice) -> list[AnySuspect]: ...
    def __getitem__(self, index: int | slice) -> AnySuspect | list[AnySuspect]:
        if isinstance(index, slice):
            return list(self._suspects[index])
        complaint = only_text(len(self), "suspect")
        return self._suspects[checked_position(index, len(self), complaint)]

    def __str__(self) -> str:
        if not len(self):
            return self._nothing
        return "\n\n".join([*map(str, self), str(self.table()), _NEXT])

    def __repr__(self) -> str:
        return f"<Suspects: {self._headline()}>"

    def _repr_html_(self) -> str:
        from .notebook import suspects_html

        return suspects_html(self, _NEXT)

    def _headline(self) -> str:
        if not len(self):
            return self._nothing.partition("\n")[0]
        share = sum(suspect.share for suspect in self)
        together = f", {prose_percent_text(share)} together" if share <= 1 else ""
        return f"{count_text(len(self), 'suspect')}{together}."


_NEXT = (
    "What holds one of the objects, step by step: suspects[0].example.why_alive().tree(); "
    "all: .objects."
)


def _share_text(share: float) -> str:
    """Nothing where there is no whole."""
    return "" if math.isnan(share) else prose_percent_text(share)


def _place_text(place: Location | None) -> str:
    """The file by the last two parts of its path."""
    if place is None:
        return ""
    return f"{'/'.join(re.split(_SEPARATORS, place.file)[-2:])}:{place.line}"


def _place_data(place: Location | None) -> str | None:
    return None if place is None else str(place)


# -- what suspects of every kind tell ------------------------------------------------------------


def commonest(snapshot: Snapshot, objects: Nodes) -> tuple[str, float]:
    """The signature that most objects have, and how many of them, 0 to 1."""
    signatures = snapshot._graph.signatures(objects._ids)
    groups = (signatures.group(i) for i in range(len(signatures)))
    text, _, count, *_ = max(groups, key=lambda group: group[2])
    return text, count / len(objects)


def commonest_site(objects: Nodes) -> SiteRow | None:
    """The line that allocated most of the objects; None where tracemalloc does not know."""
    known = [
        SiteRow(Location(file, line), count, size)
        for file, line, count, size in objects._snapshot._graph.site_totals(objects._ids)
        if file is not None
    ]
    return max(known, key=lambda row: row.count, default=None)


def allocated_text(site: SiteRow | None) -> list[str]:
    """The sentence that says where they were allocated, where that is known."""
    if site is None:
        return []
    return [f"Allocated at {_place_text(site.place)} (tracemalloc, {site.count:,} of them)."]
