"""The types of a heap: how many objects of each there are, and how big."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .table import Column, Table
from .words import bytes_text, count_text, number_text

__all__ = ["TypeInfo", "TypeRow", "types_table"]


class TypeRow(NamedTuple):
    """How many objects of a type there are, the sum of their sizes and the largest, in bytes."""

    type: str
    count: int  # type: ignore[assignment]  # over tuple.count
    size: int
    largest: int


def types_table(rows: Iterable[TypeRow], limit: int | None) -> Table[TypeRow]:
    """Rows as a table, biggest first; those of one name are added up."""
    sums: dict[str, TypeRow] = {}
    for row in rows:
        known = sums.setdefault(row.type, TypeRow(row.type, 0, 0, 0))
        sums[row.type] = TypeRow(
            row.type,
            known.count + row.count,
            known.size + row.size,
            max(known.largest, row.largest),
        )
    added = list(sums.values())
    added.sort(key=lambda row: (-row.size, -row.count, row.type))
    objects = count_text(sum(row.count for row in added), "object")
    size = bytes_text(sum(row.size for row in added))
    return Table(
        f"{objects} of {count_text(len(added), 'type')}, {size}.",
        (
            Column("type", is_type=True),
            Column("count", number_text, is_number=True, has_share=True),
            Column("size", bytes_text, is_number=True, has_share=True, has_running_share=True),
            Column("largest", bytes_text, is_number=True),
        ),
        added,
        limit,
        numbered=True,
    )


class TypeInfo(NamedTuple):
    """One type of a graph, as `_core` gives it."""

    module: str
    name: str
    text: str
    kind: str
    count: int  # type: ignore[assignment]  # over tuple.count
    size: int
    largest: int
    node: int | None
