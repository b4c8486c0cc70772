"""Who refers to an object: one pass over the heap for the first that is asked about, an index from
the second on; and the index that the calls inside `one_capture()` share.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .. import _core

__all__ = ["Referrers", "new_index", "one_capture"]


class _Shared:
    """What the calls of one `one_capture()` share."""

    def __init__(self) -> None:
        self.index: _core.Index | None = None  # made when it is needed first
        #: Lists of roots that calls were given: alive in the index, and never shown.
        self.arguments: set[int] = set()


_shared: ContextVar[_Shared | None] = ContextVar("refgraph.objgraph.one_capture", default=None)


@contextmanager
def one_capture() -> Iterator[None]:
    """Answer everything inside from one moment: the back-references are read once, at the first
    need.

    `find_backref_chain`, `show_backrefs` and `show_chain` collect garbage and read the heap once
    for all of them. The index keeps every object alive until the end of the block, about 30 bytes
    each and 4 a reference; what is born meanwhile has the referrers that were there at that moment.
    Counts, growth, leaking objects and references forwards are asked of the heap as it is. Each
    thread and task has its own.

    Example:

        >>> with objgraph.one_capture():
        ...     chains = [find_backref_chain(obj, is_proper_module) for obj in by_type("Session")]
    """
    if _shared.get() is not None:
        yield
        return
    shared = _Shared()
    token = _shared.set(shared)
    try:
        yield
    finally:
        _shared.reset(token)
        shared.index = None  # it holds every object, `shared` too, and the collector cannot know


def new_index(collect: bool) -> _core.Index:
    """That of `one_capture()`, or an empty one of the call's own.

    An index holds whatever there was when it was made. Who holds an index must be younger, or let
    go of it in every case: no collector sees a cycle through it.
    """
    shared = _shared.get()
    if (collect and shared is None) or (shared is not None and shared.index is None):
        gc.collect()
    if shared is None:
        return _core.index()
    if shared.index is None:
        index = _core.index()
        _core.referrers(None, index)  # now, before the call makes objects of its own
        shared.index = index
    return shared.index


class Referrers:
    """The referrers of objects, for one call."""

    def __init__(self, index: _core.Index, roots: object) -> None:
        """`roots`: the list that the call was given."""
        shared = _shared.get()
        self._asked = int(index.count > 0)
        self.index = index
        #: Ids that are not to be shown whoever asks.
        self.ignored: set[int] = set()
        if shared is not None:
            shared.arguments.add(id(roots))
            self.ignored = shared.arguments

    def close(self) -> None:
        """Let go of the index, which may hold this object."""
        self.index = _core.index()

    def of(self, obj: object) -> list[Any]:
        """As `gc.get_referrers(obj)`. A method: calling this object would put `obj` in a tuple."""
        self._asked += 1
        return _core.referrers(obj, None if self._asked == 1 else self.index)
