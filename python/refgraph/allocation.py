"""Where objects were allocated, as tracemalloc knew it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .table import Column, Table
from .words import bytes_text, count_text, number_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .snapshot import Snapshot

__all__ = ["Location", "SiteRow", "sites_of"]


class Location(NamedTuple):
    """A line of a program."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class SiteRow(NamedTuple):
    """How many objects a line allocated, and the sum of their own sizes in bytes.

    `place` is None for those whose line is not known.
    """

    place: Location | None
    count: int  # type: ignore[assignment]  # over tuple.count
    size: int


def _place_text(place: Location | None) -> str:
    return "not known" if place is None else str(place)


def sites_of(
    snapshot: Snapshot, name: str, ids: Sequence[int], limit: int | None
) -> Table[SiteRow]:
    """The lines that allocated some objects, biggest first."""
    rows = [
        SiteRow(None if file is None else Location(file, line), count, size)
        for file, line, count, size in snapshot._graph.site_totals(ids)
    ]
    known = sum(row.count for row in rows if row.place is not None)
    headline = (
        f"{known:,} of {count_text(len(ids), 'object')} of {name}: where they were allocated."
    )
    if not known:
        headline = (
            f"Nobody knows where the {count_text(len(ids), 'object')} of {name} were allocated: "
            "tracemalloc was not on when they were."
        )
    return Table(
        headline,
        (
            Column("allocated at", _place_text),
            Column("count", number_text, is_number=True, has_share=True),
            Column("size", bytes_text, is_number=True, has_share=True, has_running_share=True),
        ),
        rows,
        limit,
        numbered=True,
        row=SiteRow,
    )
