"""Tables: what is printed can be read, what is exported comes back."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgraph
from refgraph import Column, Table
from refgraph.words import bytes_text, count_text, short_address, shortened


class Row(NamedTuple):
    name: str
    size: int


COLUMNS = (Column("name"), Column("size", bytes_text, is_number=True))


def table(*rows: Row, limit: int | None = 20) -> Table[Row]:
    return Table("The answer.", COLUMNS, rows, limit)


def test_text_is_the_headline_and_aligned_columns() -> None:
    text = str(table(Row("dict", 2048), Row("app.Session", 12)))
    assert text == (
        "The answer.\n\n  name            size\n  dict         2.0 KiB\n  app.Session     12 B"
    )


def test_more_rows_than_the_limit_are_counted() -> None:
    rows = [Row(f"type{number}", number) for number in range(30)]
    assert "… 10 more rows" in str(table(*rows))
    assert "… 1 more row" in str(table(*rows, limit=29)).split("\n")
    assert "more row" not in str(table(*rows, limit=None))
    assert "more row" not in table(*rows).text()
    assert len(table(*rows)) == 30


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="limit"):
        table(limit=0)


def test_an_empty_table_prints_its_headline() -> None:
    assert str(table()).startswith("The answer.")


def test_rows_are_reached_by_index_slice_and_name() -> None:
    answer = table(Row("b", 1), Row("a", 2))
    assert answer[0].name == "b"
    assert list(answer[1:]) == [Row("a", 2)]
    assert [row.name for row in answer.sorted("name")] == ["a", "b"]
    assert [row.name for row in answer.sorted("size")] == ["a", "b"]
    assert [row.name for row in answer.sorted("size", reverse=False)] == ["b", "a"]
    with pytest.raises(KeyError):
        answer.sorted("no such column")


# Python's own csv reader refuses NUL before 3.11.
names = st.text().filter(lambda text: "\0" not in text)


@given(st.lists(st.builds(Row, names, st.integers(0, 10**12))))
def test_csv_and_json_give_back_every_row(rows: list[Row]) -> None:
    answer = table(*rows)
    read = list(csv.reader(io.StringIO(answer.to_csv(), newline="")))
    assert read == [["name", "size"], *([row.name, str(row.size)] for row in rows)]
    assert [Row(**entry) for entry in json.loads(answer.to_json())] == rows


def test_files_have_what_the_methods_return(tmp_path: Any) -> None:
    answer = table(Row("ключ", 1))
    answer.to_csv(tmp_path / "t.csv")
    answer.to_json(tmp_path / "t.json")
    assert (tmp_path / "t.csv").read_bytes().decode() == answer.to_csv()
    assert (tmp_path / "t.json").read_bytes().decode() == answer.to_json()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv", "t.json"]


def test_an_unwritable_file_is_an_os_error_with_its_path(tmp_path: Any) -> None:
    path = tmp_path / "missing" / "t.csv"
    with pytest.raises(FileNotFoundError) as caught:
        table().to_csv(path)
    assert caught.value.filename == str(path)


class Cells(HTMLParser):
    """The cells of a table, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


def test_html_escapes_what_it_shows() -> None:
    parser = Cells()
    parser.feed(table(Row("<script>alert('&')</script>", 5))._repr_html_())
    assert parser.cells == ["name", "size", "<script>alert('&')</script>", "5 B"]
    assert "script" not in parser.tags


def test_the_types_of_a_snapshot_print_as_a_table() -> None:
    kept = [refgraph.words, *[Row(str(number), number) for number in range(10)]]
    snap = refgraph.capture()
    types = snap.types(limit=5)
    text = str(types)
    objects = sum(row.count for row in types)
    assert text.split("\n")[0].startswith(f"{objects:,} objects of {len(types):,} types, ")
    assert len(text.split("\n")) == 2 + 1 + 5 + 1
    assert [row.size for row in types] == sorted((row.size for row in types), reverse=True)
    assert len(snap.types()) == len(types) > len(kept)


def test_words_keep_three_digits_and_the_right_number() -> None:
    assert [bytes_text(size) for size in (0, 1023, 1024, 1229, 102_400, 1_048_575, 5 << 30)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.2 KiB",
        "100 KiB",
        "1.0 MiB",
        "5.0 GiB",
    ]
    assert count_text(1, "object") == "1 object"
    assert count_text(1234, "object") == "1,234 objects"
    assert short_address(0x7F3A12345E10) == "0x7f3a…e10"
    assert short_address(0x1234) == "0x1234"


@given(st.text(), st.integers(3, 50))
def test_shortened_text_keeps_both_ends_and_the_limit(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short) <= limit
    if len(text) <= limit:
        assert short == text
    else:
        head, mark, tail = short[: (limit - 1) // 2], short[(limit - 1) // 2], short[-1]
        assert text.startswith(head)
        assert mark == "…"
        assert text.endswith(tail)


def test_a_limit_of_rows_is_a_number_or_none() -> None:
    snap = refgraph.capture()
    for wrong in ("5", 2.5):
        for ask in (lambda: snap.types(limit=wrong), lambda: snap.types().text(wrong)):  # type: ignore[arg-type]  # noqa: B023
            with pytest.raises(TypeError) as caught:
                ask()
            assert str(caught.value) == f"limit must be an int, not '{type(wrong).__name__}'"
    with pytest.raises(ValueError, match="limit"):
        snap.types().text(-1)
    assert str(snap.types(limit=2**70)) == str(snap.types(limit=None))
