"""How many objects of each type: what is counted is what `gc.get_objects()` gives, in one pass in
C.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, Callable

from .. import _core
from .texts import long_name, short_name

__all__ = [
    "count",
    "growth",
    "most_common_types",
    "show_growth",
    "show_most_common_types",
    "typestats",
]

Filter = Callable[[Any], object]


def count(typename: str, objects: Iterable[object] | None = None) -> int:
    """Count objects of a type by its name: `module.Name` where there is a dot, else the last part.

    `objects`: count among these instead of all tracked ones. No subclass counts.
    """
    # first, while there is no object of this call's own to be counted, nor a cell
    rows = _core.census(objects)
    name_of = long_name if "." in typename else short_name
    total = 0
    for kind, number in rows:
        if name_of(kind) == typename:
            total += number
    return total


def typestats(
    objects: Iterable[object] | None = None,
    shortnames: bool = True,
    filter: Filter | None = None,
) -> dict[str, int]:
    """Count objects by the name of their type, in the order in which each was met.

    `shortnames=False` puts the module before the name. `filter`: count only what this says yes to;
    it needs a list of all objects, as in objgraph.
    """
    rows = _core.census(objects) if filter is None else _filtered_census(objects, filter)
    name_of = short_name if shortnames else long_name
    stats: dict[str, int] = {}
    for kind, number in rows:
        name = name_of(kind)
        stats[name] = stats.get(name, 0) + number
    return stats


def _filtered_census(objects: Iterable[object] | None, accepts: Filter) -> list[tuple[type, int]]:
    pool = gc.get_objects() if objects is None else objects
    try:
        return _core.census(_accepted(pool, accepts))
    finally:
        del pool  # a frame that is kept must not hold a list of everything


def _accepted(objects: Iterable[object], accepts: Filter) -> Iterator[object]:
    return (obj for obj in objects if accepts(obj))


def most_common_types(
    limit: int | None = 10,
    objects: Iterable[object] | None = None,
    shortnames: bool = True,
    filter: Filter | None = None,
) -> list[tuple[str, int]]:
    """The `limit` types with most objects, as (name, count); None or 0: all of them."""
    stats = typestats(objects, shortnames=shortnames, filter=filter)
    rows = sorted(stats.items(), key=itemgetter(1), reverse=True)
    return rows[:limit] if limit else rows


def show_most_common_types(
    limit: int | None = 10,
    objects: Iterable[object] | None = None,
    shortnames: bool = True,
    file: Any = None,
    filter: Filter | None = None,
) -> None:
    """Print `most_common_types()`, to `file` or standard output."""
    out = sys.stdout if file is None else file
    rows = most_common_types(limit, objects, shortnames=shortnames, filter=filter)
    width = max((len(name) for name, _ in rows), default=0)
    for name, number in rows:
        out.write(f"{name:<{width}} {number}\n")


def growth(
    limit: int | None = 10,
    peak_stats: dict[str, int] = {},  # noqa: B006 # shared by all calls: that is what it is for
    shortnames: bool = True,
    filter: Filter | None = None,
) -> list[tuple[str, int, int]]:
    """Collect garbage; then the types of which there are more objects than at any call before.

    As (name, count, increase), the largest increase first. `peak_stats` keeps the highest counts;
    pass a dict of your own to compare with its calls only.
    """
    gc.collect()
    deltas = []
    for name, number in typestats(shortnames=shortnames, filter=filter).items():
        peak = peak_stats.get(name, 0)
        if number > peak:
            peak_stats[name] = number
            deltas.append((name, number, number - peak))
    deltas.sort(key=itemgetter(2), reverse=True)
    return deltas[:limit] if limit else deltas


def show_growth(
    limit: int | None = 10,
    peak_stats: dict[str, int] | None = None,
    shortnames: bool = True,
    file: Any = None,
    filter: Filter | None = None,
) -> None:
    """Print `growth()`, to `file` or standard output."""
    out = sys.stdout if file is None else file
    if peak_stats is None:
        rows = growth(limit, shortnames=shortnames, filter=filter)
    else:
        rows = growth(limit, peak_stats, shortnames, filter)
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, number, delta in rows:
        out.write(f"{name:<{width}}{number:9} {delta:+9}\n")
