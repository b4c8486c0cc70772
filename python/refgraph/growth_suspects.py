"""The places that are most likely leaks, in words for a ticket."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, overload

from .allocation import Location
from .arguments import checked_number, checked_position
from .words import (
    bytes_text,
    count_text,
    only_text,
    printable,
    prose_percent_text,
    shortened,
    wrapped_text,
)

if TYPE_CHECKING:
    from .growth import Growth, GrowthPoint
    from .node import Node

__all__ = ["GrowthSuspect", "GrowthSuspects"]

_PLACE = 300  # characters of a place
_TYPE = 120  # … and of a type
_CANDIDATES = 50  # places that are looked at
_STEADY = 0.5  # a suspect loses at most half of what it gains
_LEAST = 0.01  # … and is more than so much of what has grown,
_FLOOR = 1024  # and than so many bytes
_KEY, _VALUE = "{key}", "[*]"
_COMPANION = 0.05  # what else came there is told from so much of it on


class GrowthSuspect:
    """A place that grew and hardly shrank, and what can be said of it. ``print()`` it."""

    __slots__ = ("_growth", "companions", "point")

    #: The place, what it gained and lost.
    point: GrowthPoint
    #: What else the same container gained: the keys of these values, values of other types.
    companions: list[GrowthPoint]

    def __init__(self, growth: Growth, point: GrowthPoint, companions: list[GrowthPoint]) -> None:
        self._growth = growth
        self.point = point
        self.companions = companions

    @property
    def share(self) -> float:
        """What part of the heap's growth in bytes it is, with what else came there.

        Above 1 where the rest has shrunk.
        """
        whole = self._growth.delta_size
        part = sum(point.delta_size for point in [self.point, *self.companions])
        return part / whole if whole > 0 else float("nan")

    @property
    def site(self) -> tuple[Location, int] | None:
        """The line that allocated most of `point.type` that came, and how many; None: not known."""
        graph = self._growth.after._graph
        wanted = self._growth._found.point(self.point._index)[3]
        of_type = set(memoryview(graph.nodes_of([] if wanted is None else [wanted])).cast("I"))
        ids = [node for node in self.point.nodes._ids if node in of_type]
        rows = graph.site_totals(ids)
        known = [(Location(file, line), count) for file, line, count, _ in rows if file is not None]
        return max(known, key=lambda row: row[1], default=None)

    @property
    def text(self) -> str:
        """What happened there, what it keeps, who else holds it, where it was allocated."""
        return " ".join(self._sentences())

    def _sentences(self) -> list[str]:
        lines = [self._gain()]
        if self._growth.rounds > 1:
            lines.append(self._rounds())
        lines.extend(self._holders())
        site = self.site
        if site:
            lines.append(f"Allocated at {site[0]} (tracemalloc, {site[1]:,} of them).")
        return lines

    def _gain(self) -> str:
        p = self.point
        place = shortened(p.text, _PLACE)
        if p.gained:
            lost = f"lost {p.lost:,}" if p.lost else "lost none"
            text = f"{place} gained {p.gained:,} {_type_text(p.type)} and {lost}"
            if p.delta != p.gained - p.lost:
                text += f"; with what hangs on them {count_text(p.delta, 'object')} more"
            text += f", {bytes_text(p.delta_size)}"
        else:  # a buffer, a list of what was there before
            text = f"{place} ({_type_text(p.type)}) has grown by {bytes_text(p.delta_size)}"
            text += " and gained no new object"
        text += "".join(map(self._companion, self.companions))
        share = self.share
        if share == share and share <= 1:
            text += f": {prose_percent_text(share)} of the growth"
        return text + "."

    def _companion(self, other: GrowthPoint) -> str:
        """What else came, where it is some part of the whole."""
        if not other.gained or other.delta_size < _COMPANION * self.point.delta_size:
            return ""
        keys = "as keys " if other.text.endswith(_KEY) else ""
        return (
            f", and {other.gained:,} {_type_text(other.type)} {keys}"
            f"({bytes_text(other.delta_size)})"
        )

    def _rounds(self) -> str:
        steady = self._growth.steady.get(self.point.id)
        if steady is None:
            return f"It did not grow in each of {self._growth.rounds} rounds."
        rate = steady.objects / steady.rounds
        return f"It grew in each of {steady.rounds} rounds, by {rate:,.0f} objects a round."

    def _holders(self) -> list[str]:
        p = self.point
        lines: list[str] = []
        if not p.gained:
            return lines
        if p.holder_count > 1:
            lines.append(f"{p.holder_count:,} objects gained them.")
        elif p.holder is not None and p.gained > 1:  # of one, its holder's other things say nothing
            lines.append(
                f"The {_type_text(p.holder.type)} that gained them alone keeps "
                f"{count_text(p.holder.retained_count - 1, 'object')}, "
                f"{bytes_text(p.holder.retained_size - p.holder.size)}."
            )
        lines.append(self._others(p.example))
        return [line for line in lines if line]

    @staticmethod
    def _others(example: Node | None) -> str:
        """Who would still keep one of them."""
        if example is None:
            return ""
        chains = example.why_alive(3)
        others = [chain for chain in chains if chain.independent][1:]
        if not others:
            return ""
        return (
            "One of them is held elsewhere too, and stays if this is cut: "
            f"{shortened(others[0].expression, _PLACE)}."
        )

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<GrowthSuspect: {shortened(self._gain(), 200)}>"


class GrowthSuspects(Sequence[GrowthSuspect]):
    """Places that grew and hardly shrank, the likeliest leak first. ``print()`` them."""

    __slots__ = ("_growth", "_suspects")

    def __init__(self, growth: Growth, limit: int = 3) -> None:
        checked_number("limit", limit)
        self._growth = growth
        candidates = growth[:_CANDIDATES]
        least = max(_FLOOR, _LEAST * sum(max(0, point.delta_size) for point in candidates))
        grown = [point for point in candidates if _is_suspect(point, least, growth.steady)]
        grown.sort(key=lambda point: point.id not in growth.steady)  # else as they stand
        told: set[Node | str] = set()
        self._suspects: list[GrowthSuspect] = []
        for first in grown:
            if len(self._suspects) == limit:
                break
            place = _container(first)
            here = [p for p in candidates if _container(p) == place and p.delta_size > 0]
            point = max((p for p in here if p in grown), key=_telling)
            holder = place if point.holder is None else point.holder
            if holder not in told and place not in told:
                here.remove(point)
                self._suspects.append(GrowthSuspect(growth, point, here))
            told |= {holder, place}

    def __len__(self) -> int:
        return len(self._suspects)

    @overload
    def __getitem__(self, index: int) -> GrowthSuspect: ...
    @overload
    def __getitem__(self, index: slice) -> list[GrowthSuspect]: ...
    def __getitem__(self, index: int | slice) -> GrowthSuspect | list[GrowthSuspect]:
        if isinstance(index, slice):
            return self._suspects[index]
        return self._suspects[checked_position(index, len(self), only_text(len(self), "suspect"))]

    def __str__(self) -> str:
        if not self._suspects:
            return f"No place has grown steadily. {self._growth._headline()}"
        lines = []
        for number, suspect in enumerate(self, 1):
            start = f"{number}  "
            for sentence in suspect._sentences():
                lines.append(wrapped_text(sentence, start, "   "))
                start = "   "
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<GrowthSuspects: {count_text(len(self), 'place')}>"


def _is_suspect(point: GrowthPoint, least: float, steady: Container[str]) -> bool:
    """By bytes, with what hangs there: a tuple that is replaced by a longer one has grown.

    A place that has grown in every round is one whatever it loses, and for a tenth of the bytes:
    most of a table of running requests is replaced, and what is forgotten in it stays.
    """
    came = point.born_size + max(point.resized, 0)
    went = point.died_size + max(-point.resized, 0)
    if point.id in steady:
        return came - went > max(_FLOOR, least / 10)
    return came - went > least and went <= _STEADY * came


def _telling(point: GrowthPoint) -> tuple[bool, int]:
    """Of what came to one container values tell more than keys, then what is bigger."""
    return not point.text.endswith(_KEY), point.delta_size


def _container(point: GrowthPoint) -> str:
    """The place without what tells keys from values."""
    for suffix in (_KEY, _VALUE):
        if point.text.endswith(suffix):
            return point.text[: -len(suffix)]
    return point.text


def _type_text(name: str) -> str:
    """A type's name, which may be anything, on one line."""
    return shortened(printable(name), _TYPE)
