"""What a test leaves behind in every round: which places gained objects, and keep them.

A *round* is one run of the test. An object counts for the round after which it was there first, and
only if it is still there at the end; a place leaks that has such objects of every round, and at
least as many more objects in all as there were rounds. So neither what is replaced in each round
counts, nor what was filled once: a cache, an import, a compiled pattern. Once the test has run much
more often, the place must have grown as fast all along: a cache with a bound has not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..growth import Growth
from ..growth_point import wider_places
from .chosen import chosen_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..growth_point import GrowthPoint
    from ..snapshot import Snapshot
    from .settings import Settings

__all__ = ["Leak", "Verdict", "judged"]

_AS_FAST = 0.9  # as in the first rounds: the largest cache of the standard library has 512 entries
_MODULE = re.compile(r"sys\.modules\['[^']*'\]\Z")
_IMPORTERS = "sys.modules['sys'].path_importer_cache"  # one a folder, a new tmp_path in each round
_ALL_TYPES = ""  # the name of all places together, where types were chosen


class Leak(NamedTuple):
    """A place that kept objects of every round."""

    points: list[GrowthPoint]  # what came there by type, the most bytes first
    where: str  # the place, or what several places are part of
    more: int  # objects, of the chosen types, in all rounds
    ids: frozenset[int]  # … that came in the rounds that were looked at
    rate: int = 0  # the fewest of one round


class Verdict(NamedTuple):
    """What all rounds together left behind."""

    growth: Growth
    rounds: int
    leaks: list[Leak]  # the most objects first

    @property
    def rates(self) -> dict[str, int]:
        """What came to each place, and to what it is part of, in every round, at least."""
        rates = {leak.where: leak.rate for leak in self.leaks}
        of_all_types = max(rates.values(), default=0)
        for leak in self.leaks:
            for wide in _wider_places(leak.where):
                rates[wide] = rates.get(wide, 0) + leak.rate
        return {**rates, _ALL_TYPES: of_all_types}

    @property
    def more(self) -> int:
        """Objects that are more in all these places."""
        return sum(leak.more for leak in self.leaks)


def judged(
    series: Sequence[Snapshot],
    end: Snapshot,
    rounds: int,
    settings: Settings,
    rates: Mapping[str, int] | None = None,
) -> Verdict:
    """The places that leak.

    Args:
        series: a snapshot before the first round, and one after each of the rounds looked at.
        end: the last of these, or a later one.
        rounds: how many rounds lie between the first and `end`.
        settings: whose types and limit hold.
        rates: `Verdict.rates` of fewer rounds: about as much must have come in all of these.

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
        more = len(chosen) - len(chosen_ids(series[0], settings.types))
        rate = min(*map(len, kept), max(more // rounds, 0))  # others may have gone
        if more < _least_of(_ALL_TYPES, rates, least) * rounds:
            return Verdict(growth, rounds, [])
        return Verdict(growth, rounds, _of_types(rate, places, chosen))
    judge = _Judge(kept, least, rounds, rates)
    leaks = judge.leaks(places)
    told = {place.where for place in leaks}
    leaks += judge.leaks(_wider([place for place in places if place.where not in told]))
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
    """The places of growth, each with those of `ids` that came there; all but the importers'."""
    places: dict[str, Leak] = {}
    for point in growth:
        if point.text.startswith(_IMPORTERS):
            continue
        here = ids.intersection(point.nodes._ids) if point.born else frozenset()
        known = places.get(point.text)
        if known is not None:
            here |= known.ids
        points = [*known.points, point] if known is not None else [point]
        more = point.delta + (known.more if known is not None else 0)
        places[point.text] = Leak(points, point.text, more, here)
    return list(places.values())


def _wider(places: Iterable[Leak]) -> list[Leak]:
    """What several places are part of: one that has another name in each round."""
    wider: dict[str, Leak] = {}
    for place in places:
        for where in _wider_places(place.where):
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


def _wider_places(text: str) -> list[str]:
    """`wider_places`, and of a module all modules: a test may import another each time."""
    return ["sys.modules[*]"] if _MODULE.match(text) else wider_places(text)


class _Judge(NamedTuple):
    """Decides about places."""

    kept: list[frozenset[int]]  # of each round
    least: int  # objects a round
    rounds: int
    rates: Mapping[str, int] | None

    def leaks(self, places: list[Leak]) -> list[Leak]:
        """Those that leak, with their rates."""
        found = []
        for place in places:
            if place.more < _least_of(place.where, self.rates, self.least) * self.rounds:
                continue
            rate = min(len(ids & place.ids) for ids in self.kept)
            if rate >= self.least:  # … and as many may have gone from there
                found.append(place._replace(rate=min(rate, place.more // self.rounds)))
        return found


def _least_of(where: str, rates: Mapping[str, int] | None, least: int) -> float:
    """How many objects a round must have come to a place."""
    return max(least, _AS_FAST * (rates or {}).get(where, 0))


def _of_types(rate: int, places: list[Leak], chosen: frozenset[int]) -> list[Leak]:
    """Where types were chosen: all places that hold what is more of them, whichever these are."""
    found = []
    for place in places:
        if place.ids:
            born = [chosen.intersection(point.nodes._ids) for point in place.points if point.born]
            found.append(place._replace(more=len(frozenset().union(*born)), rate=rate))
    found.sort(key=lambda place: -place.more)
    return found
