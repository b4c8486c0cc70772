"""Which objects are new since the last call: a bitmap of addresses is kept, no set of ints."""

from __future__ import annotations

import gc
import sys
from collections import defaultdict
from operator import itemgetter
from typing import Any

from .. import _core
from .id_sets import IdSets
from .texts import long_name, short_name

__all__ = ["get_new_ids"]

_COLUMNS = ("old", "current", "new", "deltas")
_COLUMN_WIDTH = 13


def get_new_ids(
    skip_update: bool = False,
    limit: int | None = 10,
    sortby: str = "deltas",
    shortnames: bool | None = None,
    file: Any = None,
    _state: dict[str, Any] = {},  # noqa: B006 # shared by all calls: that is what it is for
) -> defaultdict[str, set[int]]:
    """Collect garbage; then the ids of the tracked objects that were not there at the last call, by
    type name.

    Prints `limit` rows (0: none, None: all), the most of column `sortby` ("old", "current", "new",
    "deltas") first, to `file` or standard output. `skip_update`: the result of the last call once
    more, without looking. `shortnames`: None means as in the last call, True at first. An object at
    the address of a dead one of its type is not new here.

    Raises:
        KeyError: there is no such column.
    """
    if sortby not in _COLUMNS:
        raise KeyError(f"sortby must be one of {', '.join(_COLUMNS)}, not {sortby!r}")
    if skip_update and "new" in _state:
        return _state["new"]  # type: ignore[no-any-return]
    if skip_update:
        return defaultdict(set)
    if shortnames is not None:
        _state["shortnames"] = shortnames
    is_short = _state.setdefault("shortnames", True)
    _state.pop("new", None)
    gc.collect()
    rows, new = _update(_state, short_name if is_short else long_name)
    _state["new"] = new
    if limit is None or limit > 0:
        rows.sort(key=itemgetter(1 + _COLUMNS.index(sortby), 0), reverse=True)
        _write(sys.stdout if file is None else file, rows if limit is None else rows[:limit])
    return new


def _update(
    state: dict[str, Any], name_of: Any
) -> tuple[list[tuple[str, int, int, int, int]], IdSets]:
    """Look at the heap: (name, old, current, new, delta) of each type, and the new ids."""
    numbers: dict[str, int] = state.setdefault("numbers", {})
    before: dict[str, int] = state.get("counts", {})
    ids = _core.ids()
    counts: dict[str, int] = {}
    number_of_type = []
    for kind, number in ids.types():
        name = name_of(kind)
        number_of_type.append(numbers.setdefault(name, len(numbers)))
        counts[name] = counts.get(name, 0) + number
    fresh = ids.number(number_of_type, len(numbers), state.get("ids"))
    state["ids"], state["counts"] = ids, counts
    rows = []
    for name in {**counts, **before}:
        old, current = before.get(name, 0), counts.get(name, 0)
        rows.append((name, old, current, fresh[numbers[name]], current - old))
    return rows, IdSets(ids, numbers, [row[0] for row in rows])


def _write(out: Any, rows: list[tuple[str, int, int, int, int]]) -> None:
    width = max((len(row[0]) for row in rows), default=len("Type"))
    line = "=" * (width + len(_COLUMNS) * _COLUMN_WIDTH) + "\n"
    head = "".join(
        f"{text:>{_COLUMN_WIDTH}}" for text in ("Old_ids", "Current_ids", "New_ids", "Count_Deltas")
    )
    out.write(f"{line}{'Type':<{width}}{head}\n{line}")
    for name, old, current, new, delta in rows:
        out.write(f"{name:<{width}}{old:13}{current:13}{new:+13}{delta:+13}\n")
    out.write(line)
