"""How a table looks: its columns, and its cells as aligned text or as HTML."""

from __future__ import annotations

import collections
import html
from collections.abc import Iterator, Sequence
from typing import Any, Callable, NamedTuple

from .width import fitted, padded, width_of
from .words import printable, share_text, short_type_name

__all__ = ["Column", "Layout", "layout_of"]

_WIDEST = 60  # columns of a terminal that a text may take
_NARROWEST = 6  # … and that it keeps: two texts fit beside all numbers of a growth, however big
_GAP = "  "


class Column(NamedTuple):
    """One column of a table, whose values are those at its position in the rows."""

    name: str
    #: How a value is written for people.
    text: Callable[[Any], str] = str
    #: Right-aligned, left of the texts, and sorted falling.
    is_number: bool = False
    #: Followed by each number's share of the column's total, in per cent.
    has_share: bool = False
    #: … and by the share of all rows so far.
    has_running_share: bool = False
    #: Names of types, which `Table.short_names` shortens, and which `Table.filter` knows by class.
    is_type: bool = False
    #: How a value leaves as CSV and JSON; by default as it is, or as text where it is not plain.
    data: Callable[[Any], object] | None = None


class Layout(NamedTuple):
    """Names of columns and cells of lines, as they are shown."""

    names: list[str]
    are_numbers: list[bool]
    cells: list[list[str]]

    def lines(self, width: int | None) -> Iterator[str]:
        """Aligned lines, the names first; texts are cut where lines were too long."""
        lines = [self.names, *self.cells]
        widths = [max(map(width_of, column)) for column in zip(*lines)]
        if width is not None:
            self._narrow(widths, width)
            lines = [[fitted(*cell) for cell in zip(line, widths)] for line in lines]
        for line in lines:
            columns = zip(line, widths, self.are_numbers)
            cells = (padded(cell, wide, right=number) for cell, wide, number in columns)
            yield (_GAP + _GAP.join(cells)).rstrip()

    def html(self) -> str:
        """An HTML table; a cell that was cut has the whole text as its title."""
        head = self._html_row("th", self.names)
        body = "".join(self._html_row("td", line) for line in self.cells)
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"

    def _narrow(self, widths: list[int], width: int) -> None:
        """Make the widest texts narrower, a column at a time, until lines fit."""
        texts = [i for i, is_number in enumerate(self.are_numbers) if not is_number]
        for i in texts:
            widths[i] = min(widths[i], _WIDEST)
        excess = sum(widths) + len(_GAP) * len(widths) - width
        while excess > 0 and texts:
            widest = max(texts, key=lambda i: widths[i])
            if widths[widest] <= _NARROWEST:
                break
            widths[widest] -= 1
            excess -= 1

    def _html_row(self, tag: str, line: list[str]) -> str:
        cells = []
        for cell, is_number in zip(line, self.are_numbers):
            shown = cell if is_number else fitted(cell, _WIDEST)
            title = f' title="{html.escape(cell)}"' if shown != cell else ""
            side = "right" if is_number else "left"
            cells.append(f'<{tag} style="text-align:{side}"{title}>{html.escape(shown)}</{tag}>')
        return f"<tr>{''.join(cells)}</tr>"


def layout_of(
    columns: Sequence[Column],
    rows: Sequence[tuple[Any, ...]],
    count: int,
    totals: Sequence[Any],
    *,
    is_numbered: bool,
    is_short: bool,
) -> Layout:
    """The first `count` rows of a table, numbers left of texts, with what is derived of them."""
    shown = rows[:count]
    order = sorted(range(len(columns)), key=lambda i: not columns[i].is_number)
    made: list[tuple[str, bool, list[str]]] = []
    if is_numbered:
        made.append(("index", True, [str(index) for index in range(count)]))
    for i in order:
        column = columns[i]
        values = [row[i] for row in shown]
        if is_short and column.is_type:
            short = _short_names([row[i] for row in rows])
            texts = [short[value] for value in values]
        else:
            texts = list(map(column.text, values))
        made.append((column.name, column.is_number, list(map(printable, texts))))
        if column.has_share:
            made.append(("%", True, [share_text(value, totals[i]) for value in values]))
        if column.has_running_share:
            made.append(("cum %", True, list(_running_shares(values, totals[i]))))
    return Layout(
        [name for name, _, _ in made],
        [is_number for _, is_number, _ in made],
        [list(line) for line in zip(*(cells for _, _, cells in made))],
    )


def _running_shares(values: Sequence[Any], total: Any) -> Iterator[str]:
    running = 0
    for value in values:
        running += value
        yield share_text(running, total)


def _short_names(names: Sequence[str]) -> dict[str, str]:
    """Short names of those that share theirs with no other of them."""
    known = set(names)
    uses = collections.Counter(map(short_type_name, known))
    return {
        name: short_type_name(name) if uses[short_type_name(name)] == 1 else name for name in known
    }
