"""Tables: what is printed can be read, what is exported comes back."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import sys
from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgraph
from refgraph import Column, Table
from refgraph.words import bytes_text, count_text, short_address, shortened, type_text


class Row(NamedTuple):
    name: str
    size: int


COLUMNS = (Column("name"), Column("size", bytes_text, is_number=True))


def table(*rows: Row, limit: int | None = 20) -> Table[Row]:
    return Table("The answer.", COLUMNS, rows, limit)


def test_text_is_the_headline_and_aligned_columns() -> None:
    text = str(table(Row("dict", 2048), Row("app.Session", 12)))
    assert text == ("The answer.\n\n     size  name\n  2.0 KiB  dict\n     12 B  app.Session")


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


def test_headline_and_columns_cannot_be_set() -> None:
    answer: Any = table(Row("a", 1))
    for name in ("headline", "columns"):
        with pytest.raises(AttributeError):
            setattr(answer, name, "")
    assert (answer.headline, answer.columns) == ("The answer.", COLUMNS)
    assert str(answer).startswith("The answer.\n")


def test_rows_are_reached_by_index_slice_and_name() -> None:
    answer = table(Row("b", 1), Row("a", 2))
    assert answer[0].name == "b"
    assert list(answer[1:]) == [Row("a", 2)]
    assert [row.name for row in answer.sorted("name")] == ["a", "b"]
    assert [row.name for row in answer.sorted("size")] == ["a", "b"]
    assert [row.name for row in answer.sorted("size", reverse=False)] == ["b", "a"]


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
    assert parser.cells == ["size", "name", "5 B", "<script>alert('&')</script>"]
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


# -- sorting, filtering ---------------------------------------------------------------------------

rows_of = st.lists(st.builds(Row, st.text(max_size=5), st.integers(0, 9)))


@given(rows_of)
def test_sorting_keeps_every_row_and_orders_them(rows: list[Row]) -> None:
    answer = table(*rows)
    assert [row.size for row in answer.sorted("size")] == sorted(
        (row.size for row in rows), reverse=True
    )
    assert list(answer.sorted("name")) == sorted(rows, key=lambda row: row.name)
    again = answer.sorted("name").sorted("size")  # stable: the first order breaks ties
    assert list(again) == sorted(rows, key=lambda row: (-row.size, row.name))


@given(rows_of, st.integers(0, 9))
def test_a_filter_and_its_opposite_are_the_whole(rows: list[Row], size: int) -> None:
    answer = table(*rows)
    large = answer.filter(lambda row: row.size >= size)
    small = answer.filter(size=lambda value: value < size)
    assert sorted([*large, *small]) == sorted(rows)
    assert list(answer.filter(size=size)) == [row for row in rows if row.size == size]
    assert list(large.filter(size=size)) == list(answer.filter(size=size))
    assert list(answer.filter()) == rows


def test_texts_are_wanted_by_value_pattern_or_regular_expression() -> None:
    answer = table(Row("app.Session", 2048), Row("app.Api", 12), Row("x[1]", 0), Row("a\nb", 1))
    assert [row.size for row in answer.filter(name="app.Api")] == [12]
    assert [row.size for row in answer.filter(name="APP.*")] == []
    assert [row.size for row in answer.filter(name="app.*")] == [2048, 12]
    assert [row.size for row in answer.filter(name="x[1]")] == [0]  # as it is, before a pattern
    assert [row.size for row in answer.filter(name="a*b")] == [1]
    assert [row.size for row in answer.filter(name=re.compile("[Ss]ess"))] == [2048]
    assert [row.size for row in answer.filter(size="2.0 KiB")] == [2048]
    assert [row.size for row in answer.filter(lambda row: row.size, name="app.*")] == [2048, 12]


def test_rows_with_nodes_are_filtered_and_sorted_by_how_they_print() -> None:
    roots = refgraph.capture().roots()
    modules = roots.filter(kind="module", object="module *").sorted("object")
    assert modules
    texts = [f"{row.node!r}" for row in modules]
    assert texts == sorted(texts)


def test_what_is_not_known_comes_last() -> None:
    answer = Table("?", (Column("n", is_number=True),), [(None,), (2,), (None,), (3,)])
    assert [row[0] for row in answer.sorted("n")] == [3, 2, None, None]
    assert [row[0] for row in answer.sorted("n", reverse=False)] == [2, 3, None, None]
    assert answer.to_csv() == 'n\r\n""\r\n2\r\n""\r\n3\r\n'


def test_an_unknown_column_is_an_error_that_lists_the_columns() -> None:
    for ask in (lambda: table().sorted("colour"), lambda: table().filter(colour="red")):
        with pytest.raises(KeyError) as caught:
            ask()
        assert caught.value.args == ("no column 'colour': there are name, size",)
    with pytest.raises(TypeError, match="column=value"):
        table().filter("app.*")  # type: ignore[arg-type]


def test_a_class_means_its_name_where_types_are_named(root: Any) -> None:
    meta = type("Meta", (type,), {"__module__": property(lambda cls: 1 / 0)})
    hostile = {
        "usual": type("Usual", (), {"__module__": "app.web"}),
        "builtin": type("Builtin", (), {"__module__": "builtins"}),
        "meta": meta("OfMeta", (), {"__module__": "m", "__qualname__": "f.<locals>.OfMeta"}),
        "long": type("x" * 5000, (), {"__module__": "y\n" * 300}),
        "escaped": type("a\nb\u202e\U000e0001", (), {"__module__": "字"}),
        "no module": type("NoModule", (), {"__module__": None}),
        "empty": type("Empty", (), {"__module__": "", "__qualname__": ""}),
        "nowhere": eval("type('Nowhere', (), {})", {}),  # without __name__ there is no module
    }
    root.made = [cls() for cls in hostile.values()]
    snap = refgraph.capture()
    asked = 0
    waiting = [object]
    seen: set[type] = set()
    while waiting:
        cls = waiting.pop()
        if cls in seen:
            continue
        seen.add(cls)
        waiting += type.__subclasses__(cls)
        with contextlib.suppress(refgraph.NotInSnapshot):  # refgraph's own
            found = snap.objects(cls)
            asked += bool(found)
            assert not found or found.type == type_text(cls)
    assert set(hostile.values()) < seen
    assert asked > 50
    for table in (snap.types(), snap.retained(by="type")):
        for cls in (dict, json.JSONDecoder, *hostile.values()):
            (row,) = table.filter(type=cls)
            assert row.type == snap.objects(cls).type


def test_a_class_is_nothing_to_look_for_where_no_types_are() -> None:
    answer = refgraph.capture().types()
    for columns in ({"count": int}, {"size": str}, {"type": dict, "largest": bool}):
        with pytest.raises(TypeError, match=r"has no types.* a value, a text or a function"):
            answer.filter(**columns)
    with pytest.raises(TypeError, match="takes a function of a row, or column=value"):
        answer.filter(str)
    assert len(answer.filter(count=lambda count: str(count))) == len(answer)
    assert list(answer.filter(type=type(None))) == list(answer.filter(type="NoneType"))


class Change(NamedTuple):
    delta_size: int
    delta: int
    size: int
    node: object  # not shown


CHANGES = (Column("Δ size", is_number=True), Column("Δ count", is_number=True), Column("size"))


def test_a_column_is_named_by_what_stands_above_it_or_by_the_field() -> None:
    answer = Table("?", CHANGES, [Change(1, 5, 7, None), Change(2, 4, 8, None)])
    for name in ("Δ count", "delta"):
        assert [row.delta for row in answer.sorted(name, reverse=False)] == [4, 5]
        assert [row.delta for row in answer.filter(**{name: 4})] == [4]
        assert not answer.filter(size=0).sorted(name).filter(**{name: 4})
    assert list(answer.filter(delta_size=1, delta=5)) == list(answer[:1])
    for name in ("delta_count", "node", "count", "index"):
        with pytest.raises(KeyError) as caught:
            answer.sorted(name)
        assert caught.value.args == (
            f"no column {name!r}: there are Δ size (delta_size), Δ count (delta), size",
        )


def test_a_heading_comes_before_another_columns_field() -> None:
    crossed = Table("?", (Column("delta"), Column("delta_size")), [Change(1, 5, 7, None)])
    assert len(crossed.filter(delta=1)) == len(crossed.filter(delta_size=5)) == 1


def test_a_table_without_rows_knows_the_fields() -> None:
    assert not Table("?", CHANGES, [], row=Change).sorted("delta").filter(delta=4)
    assert not refgraph.capture().objects("no such type").sites().sorted("place")
    tracker = refgraph.Tracker()
    tracker.mark()
    tracker.mark()
    tracker._names.clear()  # as if no type had grown
    assert not tracker.steady().sorted("delta").filter(rate=1.0)


def test_limited_tables_have_all_rows_and_print_some() -> None:
    answer = table(*(Row(f"type{number}", number) for number in range(30)))
    assert len(answer.limited(3)) == 30
    assert "… 27 more rows" in str(answer.limited(3))
    assert "more row" not in str(answer.limited(3).limited(None))
    assert answer.limited(3).headline == answer.headline
    with pytest.raises(ValueError, match="limit"):
        answer.limited(0)
    with pytest.raises(TypeError, match="limit"):
        answer.limited("3")  # type: ignore[arg-type]


# -- files ----------------------------------------------------------------------------------------


def test_formulas_are_texts_for_a_spreadsheet_and_exact_for_a_program(tmp_path: Any) -> None:
    names = ["=1+1", "+1", "-1", "@f", "\t=1", "＝1", "a=1", "'=1"]
    answer = table(*(Row(name, -5) for name in names))
    exact = list(csv.reader(io.StringIO(answer.to_csv(), newline="")))[1:]
    assert exact == [[name, "-5"] for name in names]
    guarded = list(csv.reader(io.StringIO(answer.to_csv(spreadsheet=True), newline="")))[1:]
    assert guarded == [[f"'{name}", "-5"] for name in names[:6]] + [[n, "-5"] for n in names[6:]]
    answer.to_csv(tmp_path / "t.csv", spreadsheet=True)
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbfname,size\r\n'=1+1,-5\r\n")


def test_json_has_lone_surrogates_and_no_number_that_is_none(tmp_path: Any) -> None:
    row = ("\udc80", float("nan"), 0.5, None, True)
    columns = [Column(name) for name in "abcde"]
    answer = Table("?", columns, [row])
    answer.to_json(tmp_path / "t.json")
    read = json.loads((tmp_path / "t.json").read_bytes())
    assert read == [{"a": "\udc80", "b": None, "c": 0.5, "d": None, "e": True}]
    assert answer.to_csv() == "a,b,c,d,e\r\n\\udc80,,0.5,,True\r\n"


def test_every_table_of_a_snapshot_leaves_as_csv_and_json() -> None:
    snap = refgraph.capture()
    asked = (
        snap.types(),
        snap.roots(),
        snap.unexplained(constants=True),
        snap.objects(list).sites(),
    )
    for answer in asked:
        names = [column.name for column in answer.columns]
        read = json.loads(answer.to_json())
        rows = list(csv.DictReader(io.StringIO(answer.to_csv(), newline="")))
        assert len(read) == len(rows) == len(answer) > 0
        assert all(list(entry) == names == list(row) for entry, row in zip(read, rows))
    assert snap.node(json) in [row.node for row in snap.roots()]
    address = hex(snap.node(json).address)
    assert any(address in entry["object"] for entry in json.loads(snap.roots().to_json()))


def test_the_largest_of_a_type_is_the_size_of_its_largest_object(root: Any) -> None:
    root.made = [b"x" * 123_456, b""]
    snap = refgraph.capture()
    row = next(row for row in snap.types() if row.type == "bytes")
    sizes = [node.size for node in snap.objects("bytes")]
    assert (row.count, row.size, row.largest) == (len(sizes), sum(sizes), max(sizes))
    assert row.largest >= 123_456


def test_types_of_one_name_share_a_row(root: Any) -> None:
    made = [
        type("Twin", (), {"__module__": "m", "__slots__": slots})
        for slots in ((), ("a", "b"), ("a",))
    ]
    root.made = [cls() for cls in made]
    (row,) = refgraph.capture().types().filter(type="m.Twin")
    sizes = [sys.getsizeof(item) for item in root.made]
    assert (row.count, row.size, row.largest) == (3, sum(sizes), max(sizes))
