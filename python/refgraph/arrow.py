"""A snapshot as tables for bigger engines, through the Arrow C stream interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .words import count_text

if TYPE_CHECKING:
    from ._core import CapsuleType
    from .snapshot import Snapshot

__all__ = ["ArrowTable", "ArrowTables"]

_TABLES = ("nodes", "edges", "types", "roots", "owners")  # positions are those of the C library


class ArrowTable:
    """One table of a snapshot. What reads Arrow streams reads it, as often as it likes.

    ``pyarrow.table(table)``, ``polars.DataFrame(table)``; DuckDB takes a variable that holds it as
    a table. It keeps the snapshot's graph alive, and so does what was read without being copied.
    """

    __slots__ = ("_name", "_snapshot", "_with_retained")

    def __init__(self, snapshot: Snapshot, name: str, with_retained: bool) -> None:
        self._snapshot = snapshot
        self._name = name
        self._with_retained = with_retained

    def __arrow_c_stream__(self, requested_schema: object = None) -> CapsuleType:
        """A new stream of the table, from its first row (the Arrow PyCapsule interface).

        Args:
            requested_schema: not followed, as the interface allows: the types are those of
                ``docs/arrow.md``.

        Raises:
            MemoryError: there is not enough for what is retained.
        """
        return self._snapshot._graph.arrow_stream(_TABLES.index(self._name), self._with_retained)

    def __arrow_c_schema__(self) -> CapsuleType:
        """The names and types of its columns."""
        return self._snapshot._graph.arrow_schema(_TABLES.index(self._name), self._with_retained)

    def __repr__(self) -> str:
        return f"<ArrowTable {self._name} of {self._snapshot!r}>"


class ArrowTables:
    """A snapshot's tables: made by `Snapshot.to_arrow`. Columns: ``docs/arrow.md``."""

    __slots__ = ("_snapshot", "_with_retained")

    def __init__(self, snapshot: Snapshot, with_retained: bool) -> None:
        self._snapshot = snapshot
        self._with_retained = with_retained

    @property
    def nodes(self) -> ArrowTable:
        """The objects; a row's number is its ``id``."""
        return self._table("nodes")

    @property
    def edges(self) -> ArrowTable:
        """The references: ``source`` refers to ``target``."""
        return self._table("edges")

    @property
    def types(self) -> ArrowTable:
        """The types, with the number of their objects and the sum of their sizes."""
        return self._table("types")

    @property
    def roots(self) -> ArrowTable:
        """What is alive by itself."""
        return self._table("roots")

    @property
    def owners(self) -> ArrowTable:
        """The owners, each object of the heap having one.

        Raises:
            ValueError: the tables were made without ``retained=True``.
        """
        if not self._with_retained:
            raise ValueError("owners are found with what is retained: to_arrow(retained=True)")
        return self._table("owners")

    def __repr__(self) -> str:
        tables = _TABLES if self._with_retained else _TABLES[:-1]
        return (
            f"<ArrowTables {', '.join(tables)}: "
            f"{count_text(self._snapshot.node_count, 'object')}, "
            f"{count_text(self._snapshot.edge_count, 'reference')}>"
        )

    def _table(self, name: str) -> ArrowTable:
        return ArrowTable(self._snapshot, name, self._with_retained)
