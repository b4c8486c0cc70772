"""Tables: rows that print as aligned text, show in a notebook and leave as CSV or JSON."""

from __future__ import annotations

import csv
import fnmatch
import html
import io
import itertools
import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, Callable, NamedTuple, TypeVar, overload

from .arguments import checked_flag, checked_number
from .display import Displayed
from .files import Path, whole_file
from .table_layout import Column, Layout, layout_of
from .words import count_text, printable, type_text

__all__ = ["Column", "Table"]

Row = TypeVar("Row", bound=tuple[Any, ...])

_DISPLAYED = 1000  # rows that a notebook and a prompt are given at most
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")  # how a text begins that a spreadsheet computes


class _Whole(NamedTuple):
    """The table that a selection was made of: what its shares are shares of."""

    headline: str
    row_count: int
    totals: tuple[Any, ...]  # a column; None where a column has no share
    fields: tuple[str, ...]  # what a row calls the values of the columns


class Table(Displayed, Sequence[Row]):
    """An immutable sequence of rows (named tuples) with a headline.

    A row may have fields behind those of the columns, such as a node: they are not shown.

    ``print(table)`` shows the first rows, aligned; a notebook shows the same as HTML. Numbers stand
    left of texts. "%" is the share of the column before it in the total of the whole table, "cum %"
    that of the row and those above it; "index" is what ``table[index]`` takes. Indexing, iterating,
    `to_csv` and `to_json` give all rows, with plain values (bytes, not "1.2 KiB").

    `sorted`, `filter`, `limited`, `short_names` and slices give tables; what they leave out still
    counts in shares, and the headline says how much was selected. They know a column by what stands
    above it, and by the row's field: "Δ count" and "delta".
    """

    __slots__ = (
        "_columns",
        "_headline",
        "_is_numbered",
        "_is_short",
        "_limit",
        "_rows",
        "_whole",
    )

    def __init__(
        self,
        headline: str,
        columns: Sequence[Column],
        rows: Sequence[Row],
        limit: int | None = 20,
        *,
        numbered: bool = False,
        row: type[Row] | None = None,
    ) -> None:
        """`row`: what the rows are, for a table that may have none; else the first one tells."""
        self._headline = headline
        self._columns = tuple(columns)
        self._rows = tuple(rows)
        self._limit = None if limit is None else checked_number("limit", limit)
        self._is_numbered = checked_flag("numbered", numbered)
        self._is_short = False
        totals = [
            sum(row[position] for row in self._rows) if column.has_share else None
            for position, column in enumerate(self.columns)
        ]
        kind = row if row is not None else type(next(iter(self._rows), None))
        fields = tuple(getattr(kind, "_fields", ()))[: len(self._columns)]
        self._whole = _Whole(headline, len(self._rows), tuple(totals), fields)

    @property
    def headline(self) -> str:
        """The line above the rows."""
        return self._headline

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is shown of a row, in the order of its fields."""
        return self._columns

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Table[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Table[Row]:
        if isinstance(index, slice):
            return self._with(self._rows[index])
        return self._rows[index]

    # -- tables of a table -----------------------------------------------------------------------

    def sorted(self, column: str, *, reverse: bool | None = None) -> Table[Row]:
        """The same table ordered by a column: numbers falling, texts rising, or as `reverse` says.

        What is no text is ordered by how it prints, and what is not known comes last.

        Raises:
            KeyError: there is no such column.
        """
        position = self._position(column)
        chosen = self.columns[position]
        falling = chosen.is_number if reverse is None else checked_flag("reverse", reverse)
        known = [row for row in self._rows if row[position] is not None]
        unknown = [row for row in self._rows if row[position] is None]
        if chosen.is_number:
            known.sort(key=lambda row: row[position], reverse=falling)
        else:
            known.sort(key=lambda row: chosen.text(row[position]), reverse=falling)
        return self._with(known + unknown)

    def filter(
        self, predicate: Callable[[Row], object] | None = None, /, **columns: object
    ) -> Table[Row]:
        """The rows that a function of a row accepts, and whose columns are as wanted.

        ``types.filter(type="app.*", count=lambda count: count > 100)``. What is wanted of a column
        is a value; a text, which is a shell pattern (``*``, ``?``, ``[ab]``) too, and is compared
        with how the value prints where that is no text; a compiled regular expression, which is
        searched; or a function of the value. Of a type a class means its name: ``type=dict``.

        Raises:
            KeyError: there is no such column.
            TypeError: `predicate` is no function; a class is wanted of a column without types.
        """
        if predicate is not None and (isinstance(predicate, type) or not callable(predicate)):
            raise TypeError("filter() takes a function of a row, or column=value")
        tests = [
            (position, _test_of(self.columns[position], wanted))
            for position, wanted in ((self._position(name), columns[name]) for name in columns)
        ]
        return self._with(
            row
            for row in self._rows
            if (predicate is None or predicate(row))
            and all(test(row[position]) for position, test in tests)
        )

    def limited(self, limit: int | None) -> Table[Row]:
        """The same table, of which at most `limit` rows are printed (None: all)."""
        other = self._with(self._rows)
        other._limit = None if limit is None else checked_number("limit", limit)
        return other

    def short_names(self) -> Table[Row]:
        """The same table, printing ``Session`` for ``app.web.Session`` where it is the only one.

        CSV and JSON keep the whole names.
        """
        other = self._with(self._rows)
        other._is_short = True
        return other

    # -- for people ------------------------------------------------------------------------------

    def text(self, limit: int | None = None, width: int | None = 100) -> str:
        """The table as aligned text of at most `limit` rows (None: all).

        Long texts lose their middle, the widest first, so that rows fit `width` columns of a
        terminal (None: however long). Numbers and six columns of each text are always there, also
        where they take more than that.
        """
        layout, left_out = self._layout(limit)
        most = None if width is None else checked_number("width", width)
        lines = [printable(self.headline), "", *layout.lines(most)]
        if left_out:
            lines.append(f"… {count_text(left_out, 'more row')}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text(self._limit)

    def __repr__(self) -> str:
        return f"<Table: {self.headline}>"

    def _shown(self) -> str:
        return self.text(self._displayed())

    def _repr_html_(self) -> str:
        layout, left_out = self._layout(self._displayed())
        more = f"<p>… {count_text(left_out, 'more row')}</p>" if left_out else ""
        return f"<p>{html.escape(printable(self.headline))}</p>{layout.html()}{more}"

    # -- for programs ----------------------------------------------------------------------------

    @overload
    def to_csv(self, path: None = None, *, spreadsheet: bool = False) -> str: ...
    @overload
    def to_csv(self, path: Path, *, spreadsheet: bool = False) -> None: ...
    def to_csv(self, path: Path | None = None, *, spreadsheet: bool = False) -> str | None:
        """All rows as CSV (RFC 4180, UTF-8) under a line of names: returned, or written to `path`.

        Values are exact: a program reads back what the rows hold, and an unknown one as nothing.

        Args:
            path: the file to write.
            spreadsheet: for a person who opens it with one: texts that it would compute as a
                formula (``=1+1``) get an apostrophe before them, and a file begins with a byte
                order mark.

        Raises:
            OSError: `path` cannot be written; what it held is still there.
        """
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        writer.writerow([column.name for column in self.columns])
        guard = _guarded if checked_flag("spreadsheet", spreadsheet) else _same
        writer.writerows([guard(value) for value in self._data(row)] for row in self._rows)
        text = _encodable(buffer.getvalue())
        return _deliver(text, path, "utf-8-sig" if spreadsheet else "utf-8")

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
        rows = [dict(zip(names, self._data(row))) for row in self._rows]
        text = _encodable(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
        return _deliver(text, path, "utf-8")

    # -- inside ----------------------------------------------------------------------------------

    def _with(self, rows: Iterable[Row]) -> Table[Row]:
        """A table of some rows of this one."""
        other: Table[Row] = Table.__new__(Table)
        other._columns = self._columns
        other._rows = tuple(rows)
        other._limit = self._limit
        other._is_numbered = self._is_numbered
        other._is_short = self._is_short
        other._whole = self._whole
        other._headline = other._selection_text()
        return other

    def _selection_text(self) -> str:
        whole = self._whole
        if len(self._rows) == whole.row_count:
            return whole.headline
        parts = [f"{len(self._rows):,} of {count_text(whole.row_count, 'row')}"]
        parts += [
            f"{column.name} {column.text(sum(row[position] for row in self._rows))}"
            for position, column in enumerate(self.columns)
            if column.has_share
        ]
        return f"{whole.headline} Selected: {', '.join(parts)}."

    def _position(self, name: str) -> int:
        names = [column.name for column in self.columns]
        fields = self._whole.fields
        for spellings in (names, fields):
            if name in spellings:
                return spellings.index(name)
        both = itertools.zip_longest(names, fields)
        known = [one if other in (one, None) else f"{one} ({other})" for one, other in both]
        raise KeyError(f"no column {name!r}: there are {', '.join(known)}")

    def _data(self, row: Row) -> list[object]:
        return [_data_of(column, value) for column, value in zip(self.columns, row)]

    def _displayed(self) -> int:
        """How many rows are shown where nobody asked for more."""
        return _DISPLAYED if self._limit is None else min(self._limit, _DISPLAYED)

    def _layout(self, limit: int | None) -> tuple[Layout, int]:
        """The rows that are shown as cells, and how many are left out."""
        count = len(self._rows)
        if limit is not None:
            count = min(count, checked_number("limit", limit, least=0))
        layout = layout_of(
            self.columns,
            self._rows,
            count,
            self._whole.totals,
            is_numbered=self._is_numbered,
            is_short=self._is_short,
        )
        return layout, len(self._rows) - count


def _test_of(column: Column, wanted: object) -> Callable[[Any], object]:
    """A function that says whether a value of a column is what is wanted."""

    def text_of(value: Any) -> str:
        return value if isinstance(value, str) else column.text(value)

    if isinstance(wanted, str):
        pattern = re.compile(fnmatch.translate(wanted))
        return lambda value: text_of(value) == wanted or pattern.match(text_of(value))
    if isinstance(wanted, re.Pattern):
        return lambda value: wanted.search(text_of(value))
    if isinstance(wanted, type):  # before what is callable: a class would take any value
        if not column.is_type:
            raise TypeError(
                f"{column.name!r} has no types, so that a class says nothing of it: "
                "give a value, a text or a function of the value"
            )
        name = type_text(wanted)
        return lambda value: value == name
    if callable(wanted):
        return wanted
    return lambda value: value == wanted


def _data_of(column: Column, value: Any) -> object:
    """A value as CSV and JSON have it: None, a number or a text."""
    if column.data is not None:
        value = column.data(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (int, str)):
        return value
    return column.text(value)


def _guarded(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _same(value: object) -> object:
    return value


def _encodable(text: str) -> str:
    r"""Text in which lone surrogates are written ``\udc80``, which JSON reads as what it was."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _deliver(text: str, path: Path | None, encoding: str) -> str | None:
    if path is None:
        return text
    with whole_file(path) as file:
        file.write(text.encode(encoding))
    return None
