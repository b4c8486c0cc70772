"""The types of a heap: how many objects of each there are, and how big."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .table import Column, Table
from .words import bytes_text, count_text, number_text

__all__ = ["ModuleRow", "TypeInfo", "TypeRow", "modules_table", "rows_of", "types_table"]


class TypeRow(NamedTuple):
    """How many objects of a type there are, the sum of their sizes and the largest, in bytes."""

    type: str
    count: int  # type: ignore[assignment]  # over tuple.count
    size: int
    largest: int


class ModuleRow(NamedTuple):
    """The objects of all types of a module: `types` says of how many; else as `TypeRow`."""

    module: str
    types: int
    count: int  # type: ignore[assignment]  # over tuple.count
    size: int
    largest: int


def rows_of(infos: Iterable[TypeInfo]) -> list[TypeRow]:
    """A row for each type that has objects."""
    return [TypeRow(info.text, info.count, info.size, info.largest) for info in infos if info.count]


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


def modules_table(infos: Iterable[TypeInfo], limit: int | None) -> Table[ModuleRow]:
    """The types that have objects by the module they are of, biggest first.

    Types of one name are one type, as in the table of types.
    """
    sums: dict[str, ModuleRow] = {}
    names: dict[str, set[str]] = {}
    for info in infos:
        if not info.count:
            continue
        module = info.module or "builtins"
        names.setdefault(module, set()).add(info.text)
        known = sums.setdefault(module, ModuleRow(module, 0, 0, 0, 0))
        sums[module] = ModuleRow(
            module,
            len(names[module]),
            known.count + info.count,
            known.size + info.size,
            max(known.largest, info.largest),
        )
    rows = sorted(sums.values(), key=lambda row: (-row.size, -row.count, row.module))
    objects = count_text(sum(row.count for row in rows), "object")
    size = bytes_text(sum(row.size for row in rows))
    return Table(
        f"{objects} of types of {count_text(len(rows), 'module')}, {size}.",
        (
            Column("module"),
            Column("types", number_text, is_number=True),
            Column("count", number_text, is_number=True, has_share=True),
            Column("size", bytes_text, is_number=True, has_share=True, has_running_share=True),
            Column("largest", bytes_text, is_number=True),
        ),
        rows,
        limit,
        numbered=True,
        row=ModuleRow,
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
