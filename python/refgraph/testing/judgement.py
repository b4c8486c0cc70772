"""What a test leaves behind in every round: which places gained objects, and keep them.

A *round* is one run of the test. An object counts for the round after which it was there first, and
only if it is still there at the end; a place leaks that has such objects of every round, and at
least as many more objects in all as there were rounds. So neither what is replaced in each round
counts, nor what was filled once: a cache, an import, a compiled pattern.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..growth import Growth
from ..growth_point import wider_places
from .chosen import chosen_ids

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ..growth_point import GrowthPoint
    from ..snapshot import Snapshot
    from .settings import Settings

__all__ = ["Leak", "Verdict", "judged"]


class Leak(NamedTuple):
    """A place that kept objects of every round."""

    points: list[GrowthPoint]  # what came there by type, the most bytes first
    where: str  # the place, or what several places are part of
    more: int  # objects, of the chosen types, in all rounds
    ids: frozenset[int]  # … that came in the rounds that were looked at


class Verdict(NamedTuple):
    """What all rounds together left behind."""

    growth: Growth
    rounds: int
    leaks: list[Leak]  # the most objects first

    @property
    def more(self) -> int:
        """Objects that are more in all these places."""
        return sum(leak.more for leak in self.leaks)


def judged(series: Sequence[Snapshot], end: Snapshot, rounds: int, settings: Settings) -> Verdict:
    """The places that leak.

    Args:
        series: a snapshot before the first round, and one after each of the rounds looked at.
        end: the last of these, or a later one.
        rounds: how many rounds lie between the first and `end`.
        settings: whose types and limit hold.

    Raises:
        UsageProblem: there is no class of a name that was chosen.
    """
    growth = Growth(series[0], end, rounds)
    least = settings.limit + 1
    kept = _kept(series, end)
    chosen: frozenset[int] = frozenset()
    if settings.types is not None:
        chosen = chosen_ids(end, settings.types)
        kept = [ids & chosen for ids in kept]
    if any(len(ids) < least for ids in kept):
        return Verdict(growth, rounds, [])
    everything = frozenset().union(*kept)
    places = _places(growth, everything)
    if settings.types is not None:
        here = [place for place in places if place.ids]
        return Verdict(growth, rounds, _of_types(series[0], settings, len(chosen), rounds, here))
    leaks = [place for place in places if _is_leak(place, kept, least, rounds)]
    told = {place.where for place in leaks}
    for wide in _wider([place for place in places if place.where not in told]):
        if _is_leak(wide, kept, least, rounds):
            leaks.append(wide)
    leaks.sort(key=lambda leak: -leak.more)
    return Verdict(growth, rounds, leaks)


def _kept(series: Sequence[Snapshot], end: Snapshot) -> list[frozenset[int]]:
    """Of each round what is there first after it, and at the end too: ids of `end`, each once."""
    seen: set[int] = set()
    found = []
    for before, after in reversed(list(zip(series, series[1:]))):
        ids = frozenset(
            memoryview(end._graph.lasting(before._graph, after._graph)).cast("I")
        ).difference(seen)
        seen |= ids
        found.append(ids)
    return found[::-1]


def _places(growth: Growth, ids: frozenset[int]) -> list[Leak]:
    """The places of growth, each with those of `ids` that came there."""
    places: dict[str, Leak] = {}
    for point in growth:
        here = ids.intersection(point.nodes._ids) if point.born else frozenset()
        known = places.get(point.text)
        if known is not None:
            here |= known.ids
        points = [*known.points, point] if known is not None else [point]
        more = point.delta + (known.more if known is not None else 0)
        places[point.text] = Leak(points, point.text, more, here)
    return list(places.values())


def _wider(places: Collection[Leak]) -> list[Leak]:
    """What several places are part of: one that has another name in each round."""
    wider: dict[str, Leak] = {}
    for place in places:
        for where in wider_places(place.where):
            known = wider.get(where)
            if known is None:
                wider[where] = place._replace(where=where)
            else:
                wider[where] = Leak(
                    known.points + place.points,
                    where,
                    known.more + place.more,
                    known.ids | place.ids,
                )
    return [place for place in wider.values() if len(place.points) > 1]


def _is_leak(place: Leak, kept: list[frozenset[int]], least: int, rounds: int) -> bool:
    return place.more >= least * rounds and all(len(ids & place.ids) >= least for ids in kept)


def _of_types(
    start: Snapshot, settings: Settings, now: int, rounds: int, places: list[Leak]
) -> list[Leak]:
    """Where types were chosen: all places that hold what is more of them, whichever these are."""
    before = len(chosen_ids(start, settings.types))
    if now - before < (settings.limit + 1) * rounds:
        return []
    places.sort(key=lambda place: -len(place.ids))
    return [place._replace(more=len(place.ids)) for place in places]
