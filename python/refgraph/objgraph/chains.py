"""Chains of references: breadth first, in C, with a predicate of the caller's."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable
from typing import Any, Callable

from .. import _core
from .index import new_index

__all__ = ["find_backref_chain", "find_ref_chain"]

Predicate = Callable[[Any], object]

_DEPTH_MOST = 2**32 - 1  # more than any chain has


def find_ref_chain(
    obj: object, predicate: Predicate, max_depth: int = 20, extra_ignore: Iterable[int] = ()
) -> list[Any]:
    """Collect garbage; then a shortest chain of references from `obj` to an object that `predicate`
    accepts.

    `[obj]` where there is none, and where it accepts `obj` itself. `extra_ignore`: ids of objects
    not to go through. What `predicate` raises is raised.
    """
    return _find_chain(obj, predicate, gc.get_referents, max_depth, extra_ignore)


def find_backref_chain(
    obj: object, predicate: Predicate, max_depth: int = 20, extra_ignore: Iterable[int] = ()
) -> list[Any]:
    """The same against the references: the chain begins with what `predicate` accepts and ends with
    `obj`.
    """
    return _find_chain(obj, predicate, gc.get_referrers, max_depth, extra_ignore)[::-1]


def _find_chain(
    obj: object,
    predicate: Predicate,
    edge_func: Callable[[Any], Iterable[Any]],
    max_depth: int = 20,
    extra_ignore: Iterable[int] = (),
) -> list[Any]:
    """`[obj, …, match]` along any function that gives neighbours."""
    max_depth = math.ceil(min(max_depth, _DEPTH_MOST))  # of a float, infinity too, the next int
    if edge_func is gc.get_referrers:
        index = new_index(collect=True)
        try:
            return _core.find(obj, predicate, max_depth, extra_ignore, False, index) or [obj]
        finally:
            del index  # or the traceback of what the predicate raises would hold it
    gc.collect()
    if edge_func is gc.get_referents:
        return _core.find(obj, predicate, max_depth, extra_ignore, True, None) or [obj]
    return _find_along(obj, predicate, edge_func, max_depth, set(extra_ignore))


def _find_along(
    obj: object,
    predicate: Predicate,
    edge_func: Callable[[Any], Iterable[Any]],
    max_depth: int,
    seen: set[int],
) -> list[Any]:
    seen.add(id(obj))
    # object, place that it was found from, depth
    queue: list[tuple[Any, int, int]] = [(obj, -1, 0)]
    for place, (target, _, depth) in enumerate(queue):
        if predicate(target):
            chain = []
            while place >= 0:
                found, place, _ = queue[place]
                chain.append(found)
            return chain[::-1]
        for neighbour in edge_func(target) if depth < max_depth else ():
            if id(neighbour) not in seen:
                seen.add(id(neighbour))
                queue.append((neighbour, place, depth + 1))
    return [obj]
