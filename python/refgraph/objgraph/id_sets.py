"""New ids by type name: a dict of sets that are made when somebody looks."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .. import _core

__all__ = ["IdSets"]


class IdSets(defaultdict[str, "set[int]"]):
    """A `defaultdict(set)`. Whatever is asked of it, the sets are there; until then 16 bytes an id.

    Most callers of `get_new_ids()` throw the first result, which is every object of the heap, away.
    """

    def __init__(self, ids: _core.Ids, numbers: dict[str, int], names: Iterable[str]) -> None:
        """`numbers`: of all names, as the ids are numbered; `names`: those that are to be keys."""
        super().__init__(set)
        self._ids: _core.Ids | None = ids  # until the sets are there
        self._lock = threading.RLock()
        self._is_filling = False  # and code that a collection runs asks meanwhile
        self._size = len(numbers)
        self._number_of = {name: numbers[name] for name in names}

    def _fill(self) -> None:
        if self._ids is None:
            return
        with self._lock:
            ids = self._ids
            if ids is None or self._is_filling:
                return
            self._is_filling = True
            sets: list[set[int]] = [set() for _ in range(self._size)]
            ids.fill(sets)
            for name, number in self._number_of.items():
                dict.__setitem__(self, name, sets[number])
            self._ids = None

    def copy(self) -> defaultdict[str, set[int]]:  # type: ignore[override]
        self._fill()
        return defaultdict(set, dict.items(self))

    def __copy__(self) -> Any:
        return self.copy()

    def __or__(self, other: Any) -> Any:
        return self.copy() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.copy()

    def __reduce__(self) -> Any:
        self._fill()
        return defaultdict, (set,), None, None, iter(dict.items(self))


def _filled(name: str) -> Any:
    inherited = getattr(defaultdict, name)

    def method(self: IdSets, *args: Any, **keywords: Any) -> Any:
        self._fill()
        return inherited(self, *args, **keywords)

    method.__name__ = name
    method.__doc__ = inherited.__doc__
    return method


for _name in (
    *("__contains__", "__delitem__", "__eq__", "__getitem__", "__ior__", "__iter__"),
    *("__len__", "__ne__", "__repr__", "__reversed__", "__setitem__"),
    *("clear", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"),
):
    setattr(IdSets, _name, _filled(_name))
del _name
