"""Leak suspects: where the bytes of a heap come together, in words for a ticket."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from .allocation import Location, SiteRow
from .arguments import MOST, checked_number, checked_position
from .node import Node, Nodes
from .retained import what_if
from .table import Column, Table
from .words import (
    bytes_text,
    count_text,
    number_text,
    only_text,
    printable,
    prose_percent_text,
    shortened,
)

if TYPE_CHECKING:
    from .chains import Chain
    from .snapshot import Snapshot

__all__ = ["Frees", "Suspect", "SuspectRow", "Suspects", "suspects_of"]

_LINE = 400  # characters of an expression in a sentence; Suspect.chain has all
_WIDTH = 100  # of a line, where an expression lets it
_CHAINS = 5  # independent chains that are looked for
_NO_ROOT = "no root reaches it · "  # how a signature of garbage begins
_SEPARATORS = r"[/\\]"
_MEMBERS, _RUN, _SINGLE = range(3)  # positions are those of the C library
_OPEN_KINDS = ("module", "type", "frame")  # what is in one does not belong together for that


class Frees(NamedTuple):
    """What really goes: objects, and the sum of their sizes in bytes."""

    count: int  # type: ignore[assignment]  # over tuple.count
    size: int


class SuspectRow(NamedTuple):
    """A suspect as a row: `where` holds `count` objects of the type `holds`, `size` bytes in all.

    `share` is their part of the whole, 0 to 1; `frees` the bytes that go without them; `allocated`
    the commonest line that allocated them, None where tracemalloc does not know.
    """

    count: int  # type: ignore[assignment]  # over tuple.count
    size: int
    share: float
    frees: int
    holds: str
    where: str
    allocated: Location | None


class Suspect:
    """One place where bytes come together. ``str()`` tells it in two to five lines."""

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

    #: The answer in words: what holds what; what else would hold it; where it was allocated.
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
        self.count = len(objects)
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
        return f"<Suspect: {shortened(self.text.partition(chr(10))[0], 200)}>"


class Suspects(Sequence[Suspect]):
    """What holds most, most first; empty where nothing stands out. ``print()`` it.

    `nothing` is what is said then.
    """

    __slots__ = ("_nothing", "_suspects")

    def __init__(self, suspects: Sequence[Suspect], nothing: str) -> None:
        self._suspects = tuple(suspects)
        self._nothing = nothing

    def table(self) -> Table[SuspectRow]:
        """A suspect a row."""
        return Table(
            self._headline(),
            (
                Column("count", number_text, is_number=True),
                Column("size", bytes_text, is_number=True),
                Column("share", prose_percent_text, is_number=True),
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
        )

    def __len__(self) -> int:
        return len(self._suspects)

    @overload
    def __getitem__(self, index: int) -> Suspect: ...
    @overload
    def __getitem__(self, index: slice) -> list[Suspect]: ...
    def __getitem__(self, index: int | slice) -> Suspect | list[Suspect]:
        if isinstance(index, slice):
            return list(self._suspects[index])
        complaint = only_text(len(self), "suspect")
        return self._suspects[checked_position(index, len(self), complaint)]

    def __str__(self) -> str:
        if not len(self):
            return self._nothing
        return "\n\n".join([*(suspect.text for suspect in self), str(self.table()), _NEXT])

    def __repr__(self) -> str:
        return f"<Suspects: {self._headline()}>"

    def _repr_html_(self) -> str:
        if not len(self):
            return f"<p>{html.escape(printable(self._nothing))}</p>"
        texts = (html.escape(suspect.text).replace("\n", "<br/>") for suspect in self)
        paragraphs = "".join(f"<p>{text}</p>" for text in texts)
        return f"{paragraphs}{self.table()._repr_html_()}<p>{html.escape(_NEXT)}</p>"

    def _headline(self) -> str:
        if not len(self):
            return self._nothing.partition("\n")[0]
        share = prose_percent_text(sum(suspect.share for suspect in self))
        return f"{count_text(len(self), 'suspect')}, {share} together."


_NEXT = (
    "What holds one of the objects, step by step: suspects[0].example.why_alive().tree(); "
    "all: .objects."
)


def _place_text(place: Location | None) -> str:
    """The file by the last two parts of its path."""
    if place is None:
        return ""
    return f"{'/'.join(re.split(_SEPARATORS, place.file)[-2:])}:{place.line}"


def _place_data(place: Location | None) -> str | None:
    return None if place is None else str(place)


# -- one snapshot --------------------------------------------------------------------------------


class _Found(NamedTuple):
    """An accumulation as `_core` gives it, and the way to it."""

    kind: int
    point: Node | None
    holds: str
    example: Node
    size: int
    outer: str  # " in 100 dict"
    objects: Nodes
    chain: str
    is_open: bool  # no point, or one in which all of a program is: told of the objects
    is_shared: bool  # the chain is the commonest to the objects, not that to the point

    def chains(self) -> list[Chain]:
        """Independent ones to what is to be cut off: the point, or each of the objects."""
        node = self.example if self.point is None or self.is_open else self.point
        return [chain for chain in node.why_alive(_CHAINS) if chain.independent]


def suspects_of(snapshot: Snapshot, limit: int) -> Suspects:
    """The answer that `Snapshot.suspects` describes."""
    limit = checked_number("limit", limit)
    whole = sum(info.size for info in snapshot._types())
    _, rows = snapshot._graph.accumulations(0, MOST)  # a twentieth each: no more than 20
    found = (_found(snapshot, *row) for row in rows)
    told = itertools.islice((item for item in found if item is not None), limit)
    return Suspects(
        [_suspect(snapshot, whole, item) for item in told],
        "No object holds more than 5 % of the heap through many objects of one type "
        f"({count_text(snapshot.node_count, 'object')}, {bytes_text(whole)}).\n"
        "Who keeps how much: snapshot.retained(by='owner').",
    )


def _found(
    snapshot: Snapshot,
    kind: int,
    point_id: int | None,
    type_id: int,
    example_id: int,
    size: int,
    outer_type: int,
    outer_count: int,
    ids: bytes,
) -> _Found | None:
    """An accumulation; None for builtins that have nothing but their type in common."""
    types = snapshot._types()
    objects = Nodes(snapshot, ids)
    point = None if point_id is None else Node(snapshot, point_id)
    chain, share = "", 0.0
    is_open = point is None or (kind == _MEMBERS and point.kind in _OPEN_KINDS)
    if is_open:
        chain, share = _commonest(snapshot, objects)
    if point is None and share <= 0.5 and types[type_id].module in ("", "builtins"):
        return None
    is_shared = point is None or share > 0.5
    if point is not None and not is_shared:
        chain = snapshot._graph.expressions([point._id])[0]
    is_outer = outer_count != len(objects) or outer_type != type_id
    return _Found(
        kind,
        point,
        types[type_id].text,
        Node(snapshot, example_id),
        size,
        f" in {outer_count:,} {types[outer_type].text}" if is_outer else "",
        objects,
        chain,
        is_open,
        is_shared,
    )


def _suspect(snapshot: Snapshot, whole: int, found: _Found) -> Suspect:
    share = found.size / whole if whole else 0.0
    chains = found.chains()
    frees = _frees(snapshot, found)
    site = _site(snapshot, found.objects)
    held = _held(found, chains, frees)
    return Suspect(
        text="\n".join([_holding(found, chains, share), *held, *_allocated(site)]),
        point=found.point,
        holds=found.holds,
        size=found.size,
        share=share,
        objects=found.objects,
        example=found.example,
        chain=found.chain,
        others=[other.expression for other in chains[1:]],
        frees=frees,
        site=site,
    )


def _commonest(snapshot: Snapshot, objects: Nodes) -> tuple[str, float]:
    """The signature that most objects have, and how many of them, 0 to 1."""
    signatures = snapshot._graph.signatures(objects._ids)
    groups = (signatures.group(i) for i in range(len(signatures)))
    text, _, count, *_ = max(groups, key=lambda group: group[2])
    return text, count / len(objects)


def _frees(snapshot: Snapshot, found: _Found) -> Frees:
    if found.point is None or found.is_open:
        gone = what_if(snapshot, found.objects)
        return Frees(gone.count, gone.size)
    return Frees(found.point.retained_count, found.point.retained_size)


def _site(snapshot: Snapshot, objects: Nodes) -> SiteRow | None:
    """The line that allocated most of the objects."""
    known = [
        SiteRow(Location(file, line), count, size)
        for file, line, count, size in snapshot._graph.site_totals(objects._ids)
        if file is not None
    ]
    return max(known, key=lambda row: row.count, default=None)


# -- in words ------------------------------------------------------------------------------------


def _holding(found: _Found, chains: list[Chain], share: float) -> str:
    """What holds what; the amount on a line of its own where the first is long."""
    where = shortened(found.chain, _LINE)
    what = f"{len(found.objects):,} {found.holds}{found.outer}"
    if found.point is None or found.is_shared:
        holds = "and others together hold" if len(chains) > 1 else "holds"
        start = f"{where} {holds} {what}:"
        if not chains:
            start = f"{what} are garbage, {where.replace(_NO_ROOT, '', 1)}:"
    elif found.kind == _SINGLE:
        start = f"{where} is one {found.holds}:"
    else:
        holder = found.point.type if chains else "garbage"
        run = ", one behind another" if found.kind == _RUN else ""
        start = f"{where} ({holder}) holds {what}{run}:"
    amount = f"{bytes_text(found.size)}, {prose_percent_text(share)} of the heap."
    return f"{start}{' ' if len(start) + len(amount) < _WIDTH else chr(10)}{amount}"


def _held(found: _Found, chains: list[Chain], frees: Frees) -> list[str]:
    """What else would hold it if the first chain were cut, and what goes without it."""
    one, it = ("One of them", "them") if found.is_open else ("It", "it")
    goes = f"{count_text(frees.count, 'object')}, {bytes_text(frees.size)}"
    without = f"Without {it} {goes} {'goes' if frees.count == 1 else 'go'}."
    if not chains:
        return [f"No root reaches {it}: snapshot.cycles() says what frees {it}. {without}"]
    others = chains[1:]
    if not others:
        return [f"No other independent chain holds {it}. {without}"]
    count = count_text(len(others), "other independent chain")
    more = " or more" if len(chains) == _CHAINS else ""
    return [
        f"{one} is held by {count}{more}: cut all of them. {without}",
        *(f"  also by {shortened(other.expression, _LINE)}" for other in others[:2]),
    ]


def _allocated(site: SiteRow | None) -> list[str]:
    if site is None:
        return []
    return [f"Allocated at {_place_text(site.place)} (tracemalloc, {site.count:,} of them)."]
