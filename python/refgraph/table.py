"""Tables: rows that print as aligned text, show in a notebook and leave as CSV or JSON."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, TypeVar, overload

from .arguments import checked_number
from .files import Path, whole_file
from .words import count_text

__all__ = ["Column", "Table"]

Row = TypeVar("Row", bound=tuple[Any, ...])

_WIDEST = 60  # characters of a cell in text


class Column(NamedTuple):
    """One column of a table: its name, and how a value of it is written for people."""

    name: str
    text: Callable[[Any], str] = str
    is_number: bool = False


class Table(Sequence[Row]):
    """An immutable sequence of rows (named tuples) with a headline.

    A row may have fields behind those of the columns, such as a node: they are not shown.

    ``print(table)`` shows the first rows, aligned; a notebook shows the same as HTML. Indexing,
    iterating, `to_csv` and `to_json` give all rows, with plain values (bytes, not "1.2 KiB").
    """

    __slots__ = ("_limit", "_rows", "columns", "headline")

    def __init__(
        self, headline: str, columns: Sequence[Column], rows: Sequence[Row], limit: int | None = 20
    ) -> None:
        self.headline = headline
        self.columns = tuple(columns)
        self._rows = tuple(rows)
        self._limit = None if limit is None else checked_number("limit", limit)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Table[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Table[Row]:
        if isinstance(index, slice):
            return Table(self.headline, self.columns, self._rows[index], self._limit)
        return self._rows[index]

    def sorted(self, column: str, *, reverse: bool | None = None) -> Table[Row]:
        """The same table ordered by a column: numbers falling, texts rising, or as `reverse` says.

        Raises:
            KeyError: there is no such column.
        """
        for position, candidate in enumerate(self.columns):
            if candidate.name == column:
                falling = candidate.is_number if reverse is None else reverse
                rows = sorted(self._rows, key=lambda row: row[position], reverse=falling)
                return Table(self.headline, self.columns, rows, self._limit)
        raise KeyError(column)

    def text(self, limit: int | None = None) -> str:
        """The table as aligned text of at most `limit` rows (None: all)."""
        shown, left_out = self._shown(limit)
        lines = [
            [_cut(cell, _WIDEST) for cell in line]
            for line in [[column.name for column in self.columns], *map(self._cells, shown)]
        ]
        widths = [max(map(len, cells)) for cells in zip(*lines)]
        text = [self.headline, ""]
        for line in lines:
            cells = (
                cell.rjust(width) if column.is_number else cell.ljust(width)
                for cell, width, column in zip(line, widths, self.columns)
            )
            text.append(("  " + "  ".join(cells)).rstrip())
        if left_out:
            text.append(f"… {count_text(left_out, 'more row')}")
        return "\n".join(text)

    def __str__(self) -> str:
        return self.text(self._limit)

    def __repr__(self) -> str:
        return f"<Table: {self.headline}>"

    def _repr_html_(self) -> str:
        shown, left_out = self._shown(self._limit)
        align = ["right" if column.is_number else "left" for column in self.columns]
        rows = [("th", [column.name for column in self.columns])]
        rows += [("td", self._cells(row)) for row in shown]
        body = "".join(
            "<tr>"
            + "".join(
                f'<{tag} style="text-align:{side}">{html.escape(cell)}</{tag}>'
                for cell, side in zip(cells, align)
            )
            + "</tr>"
            for tag, cells in rows
        )
        more = f"<p>… {count_text(left_out, 'more row')}</p>" if left_out else ""
        return f"<p>{html.escape(self.headline)}</p><table>{body}</table>{more}"

    @overload
    def to_csv(self, path: None = None) -> str: ...
    @overload
    def to_csv(self, path: Path) -> None: ...
    def to_csv(self, path: Path | None = None) -> str | None:
        """All rows as CSV (RFC 4180, UTF-8) under a line of names: returned, or written to `path`.

        Raises:
            OSError: `path` cannot be written; what it held is still there.
        """
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        writer.writerow([column.name for column in self.columns])
        writer.writerows(row[: len(self.columns)] for row in self._rows)
        return _deliver(buffer.getvalue(), path)

    @overload
    def to_json(self, path: None = None) -> str: ...
    @overload
    def to_json(self, path: Path) -> None: ...
    def to_json(self, path: Path | None = None) -> str | None:
        """All rows as a JSON array of objects: returned, or written to `path`.

        Raises:
            OSError: `path` cannot be written; what it held is still there.
        """
        names = [column.name for column in self.columns]
        rows = [dict(zip(names, row)) for row in self._rows]
        return _deliver(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", path)

    def _cells(self, row: Row) -> list[str]:
        return [column.text(value) for column, value in zip(self.columns, row)]

    def _shown(self, limit: int | None) -> tuple[tuple[Row, ...], int]:
        if limit is None:
            return self._rows, 0
        shown = self._rows[: checked_number("limit", limit, least=0)]
        return shown, len(self._rows) - len(shown)


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else cell[: width - 1] + "…"


def _deliver(text: str, path: Path | None) -> str | None:
    if path is None:
        return text
    with whole_file(path) as file:
        file.write(text.encode("utf-8", "surrogatepass"))
    return None
