"""How tables look: columns that are derived, wide characters, long and hostile texts."""

from __future__ import annotations

import html.parser
import re
import unicodedata
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import refgraph
from refgraph import Column, Table
from refgraph.width import fitted, padded, width_of
from refgraph.words import bytes_text, number_text, signed_bytes_text, signed_number_text


class Row(NamedTuple):
    type: str
    number: int
    size: int


COLUMNS = (
    Column("type", is_type=True),
    Column("number", number_text, is_number=True, has_share=True),
    Column("size", bytes_text, is_number=True, has_share=True, has_running_share=True),
)


def table(*rows: Row, **options: Any) -> Table[Row]:
    return Table("The answer.", COLUMNS, rows, **options)


SESSIONS = table(
    Row("app.web.Session", 1000, 6 * 1024), Row("dict", 500, 3 * 1024), Row("app.db.Row", 500, 1024)
)


def test_numbers_stand_left_of_texts_with_their_shares() -> None:
    assert SESSIONS.text().splitlines()[2:] == [
        "  number     %     size     %  cum %  type",
        "   1,000  50.0  6.0 KiB  60.0   60.0  app.web.Session",
        "     500  25.0  3.0 KiB  30.0   90.0  dict",
        "     500  25.0  1.0 KiB  10.0  100.0  app.db.Row",
    ]


def test_the_index_is_what_a_table_takes() -> None:
    numbered = table(*SESSIONS, numbered=True).sorted("type")
    lines = numbered.text().splitlines()[3:]
    assert len(lines) == 3
    for line in lines:
        assert line.endswith(f"  {numbered[int(line.split()[0])].type}")


def test_shares_are_of_the_whole_table_and_the_headline_says_what_was_selected() -> None:
    selected = SESSIONS.filter(type="app.*").sorted("size", reverse=False)
    assert selected.text().splitlines() == [
        "The answer. Selected: 2 of 3 rows, number 1,500, size 7.0 KiB.",
        "",
        "  number     %     size     %  cum %  type",
        "     500  25.0  1.0 KiB  10.0   10.0  app.db.Row",
        "   1,000  50.0  6.0 KiB  60.0   70.0  app.web.Session",
    ]
    assert selected[:1].headline == ("The answer. Selected: 1 of 3 rows, number 500, size 1.0 KiB.")
    assert SESSIONS.filter(type="*").headline == SESSIONS[:].headline == "The answer."
    assert SESSIONS.filter(type="nothing").text().splitlines()[0] == (
        "The answer. Selected: 0 of 3 rows, number 0, size 0 B."
    )


def test_shares_of_nothing_are_left_blank() -> None:
    lines = table(Row("a", 0, 0)).text().splitlines()
    assert lines[-1].split() == ["0", "0", "B", "a"]


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_the_last_running_share_is_the_whole(sizes: list[int]) -> None:
    last = table(*(Row("a", 1, size) for size in sizes)).text().splitlines()[-1].split()
    assert last[-2] == ("100.0" if sum(sizes) else "B")


def test_short_names_stand_where_no_other_row_has_them() -> None:
    names = ["app.web.Session", "app.db.Session", "app.web.Api", "dict", "app.dict", "f.<locals>.A"]
    answer = table(*(Row(name, 1, 1) for name in names)).short_names()
    shown = [line.split()[-1] for line in answer.text().splitlines()[3:]]
    assert shown == ["app.web.Session", "app.db.Session", "Api", "dict", "app.dict", "A"]
    assert "app.web.Api" in answer.to_csv()
    assert "app.web.Api" in answer.to_json()
    only = answer.filter(type="app.web.*").sorted("type").limited(5)
    assert [line.split()[-1] for line in only.text().splitlines()[3:]] == ["Api", "Session"]
    assert ">Api</td>" in answer._repr_html_()


def test_a_name_that_ends_in_a_dot_stays() -> None:
    answer = table(Row("app.", 1, 1), Row("...", 1, 1)).short_names()
    assert [line.split()[-1] for line in answer.text().splitlines()[3:]] == ["app.", "..."]


def test_differences_have_a_sign() -> None:
    columns = (
        Column("Δ size", signed_bytes_text, is_number=True),
        Column("Δ count", signed_number_text, is_number=True),
    )
    rows = [(3_250_000, 9983), (0, 0), (-148, -12), (-5_000_000, -1_000)]
    assert Table("Grown.", columns, rows).text().splitlines()[2:] == [
        "    Δ size  Δ count",
        "  +3.1 MiB   +9,983",
        "       0 B        0",
        "    -148 B      -12",
        "  -4.8 MiB   -1,000",
    ]


# -- width ---------------------------------------------------------------------------------------


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    expected = {
        "字": 2,
        "한": 2,
        "ア": 2,
        "ｱ": 1,
        "Ａ": 2,
        "🙂": 2,
        "é": 1,
        "e\u0301": 1,
        "ß": 1,
        "": 0,
    }
    assert {text: width_of(text) for text in expected} == expected
    assert width_of("\u1112\u1161\u11ab") == 2  # the three letters of 한


def test_widths_are_those_of_wcwidth() -> None:
    wcwidth = pytest.importorskip("wcwidth")
    scripts = [
        range(0x20, 0x7F), range(0xA1, 0xAD), range(0xAE, 0x300), range(0x300, 0x600),
        range(0x1100, 0x1200), range(0x3041, 0x3100), range(0x4E00, 0xA000), range(0xAC00, 0xD7A4),
        range(0xFF01, 0xFFA0), range(0x1F300, 0x1F650), range(0x20000, 0x2A6D7),
    ]  # fmt: skip
    for script in scripts:
        for character in map(chr, script):
            if unicodedata.category(character) != "Cn":
                assert width_of(character) == wcwidth.wcwidth(character), hex(ord(character))


anything = st.text(
    st.one_of(st.characters(), st.sampled_from("字한🙂e\u0301Ａ \t\n\x1b\u202e.,*'"))
)


def test_piles_of_marks_are_left_out() -> None:
    assert fitted("e\u0301" * 10, 10) == "e\u0301" * 10
    assert fitted("e" + "\u0301" * 5000, 10) == "e"
    assert fitted("字\u0301" * 5000, 9) == "字字…字字"


@given(anything, st.integers(1, 40))
@example("e\u0301", 1)
def test_fitted_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    text = text[: 8 * width]  # beyond that many characters marks are left out
    cut = fitted(text, width)
    assert width_of(cut) <= width
    if width_of(text) <= width:
        assert cut == text
    else:
        head, _, tail = cut.partition("…") if "…" not in text else ("", "", "")
        assert text.startswith(head)
        assert text.endswith(tail)
    assert width_of(padded(cut, width)) == width_of(padded(cut, width, right=True)) == width


@given(st.lists(st.builds(Row, anything, st.integers(0, 10**9), st.integers(0, 10**12))))
def test_columns_are_aligned_whatever_the_texts(rows: list[Row]) -> None:
    columns = (Column("before"), Column("after"), *COLUMNS[1:])
    answer = Table("The answer.", columns, [(row.type, row.type, *row[1:]) for row in rows])
    lines = answer.text().splitlines()[2:]
    assert len(lines) == 1 + len(rows)  # one line a row: no text breaks one
    start = lines[0].index("before")
    for line in lines[1:]:
        head = line[:start]  # numbers only: a column a character
        assert re.fullmatch(r"[\d,. BKMGTi]*", head)
        assert len(head) == start or not line[start:]


@given(st.lists(anything, min_size=1))
def test_second_texts_begin_in_one_column(texts: list[str]) -> None:
    columns = (Column("first"), Column("second"))
    lines = Table("The answer.", columns, [(text, "▌") for text in texts]).text().splitlines()[2:]
    places = {width_of(line[: line.rindex("▌")]) for line in lines[1:]}
    assert places == {width_of(lines[0][: lines[0].rindex("second")])}


def test_long_names_lose_their_middle_and_lines_fit() -> None:
    name = "a" * 2500 + "." + "字" * 2500
    answer = table(Row(name, 10**6, 10**12), Row("dict", 1, 1), numbered=True)
    lines = answer.text().splitlines()
    assert max(map(width_of, lines)) <= 100
    assert re.search(r"  a+…字+$", lines[3])
    assert "index" in lines[2]
    assert answer.text(width=None).splitlines()[3].endswith(name)
    assert len(answer.to_csv()) > 5000
    with pytest.raises(ValueError, match="width"):
        answer.text(width=0)


def test_every_text_column_keeps_something_where_lines_cannot_fit() -> None:
    columns = [Column(f"text {number}") for number in range(6)]
    answer = Table("The answer.", columns, [["x" * 90] * 6])
    assert [len(cell) for cell in answer.text(width=40).splitlines()[-1].split()] == [6] * 6
    wider = answer.text(width=50).splitlines()[-1]
    assert sorted(len(cell) for cell in wider.split()) == [6, 6, 6, 6, 7, 7]
    assert len(wider) == 50


@pytest.fixture(scope="module")
def growth_columns() -> tuple[Column, ...]:
    before = refgraph.capture()
    return refgraph.capture().growth(since=before).types().columns


a_count = st.integers(0, 32).flatmap(lambda bits: st.integers(0, 2**bits))  # of nodes: 32 bits
a_size = st.integers(0, 47).flatmap(lambda bits: st.integers(-(2**bits), 2**bits))  # of addresses
a_name = st.text(st.sampled_from("ab.字한🙂e\u0301"), max_size=120)
a_growth = st.tuples(a_size, a_count, a_size, a_count, a_count, a_count, a_name, a_name)


@given(rows=st.lists(a_growth, min_size=1, max_size=4), width=st.integers(1, 200))
@example(rows=[(0, 0, 0, 0, 0, 10**6, "a" * 24, "b" * 24), (0, 0, 0, 0, 10**6, 0, "", "")], width=1)
@example(rows=[(-(2**47), -(2**32), 2**47, *[2**32] * 3, "字" * 60, "字" * 60)], width=1)
def test_no_line_of_a_growth_is_longer_than_promised(
    growth_columns: tuple[Column, ...], rows: list[Any], width: int
) -> None:
    numbers = [column for column in growth_columns if column.is_number]
    assert len(numbers) == len(growth_columns) - 2 == 6
    texts = [[column.text(row[i]) for row in rows] for i, column in enumerate(numbers)]
    least = sum(
        2 + max(map(len, [column.name, *shown])) for column, shown in zip(numbers, texts)
    ) + 2 * (2 + 6)
    answer = Table("Grown.", growth_columns, rows, None)
    lines = answer.text(width=width).splitlines()[2:]
    assert max(map(width_of, lines)) <= max(width, least)
    assert max(map(width_of, str(answer).splitlines())) <= 100
    for line, *shown in zip(lines[1:], *texts):
        assert line.split()[: len(" ".join(shown).split())] == " ".join(shown).split()


# -- hostile texts -------------------------------------------------------------------------------

HOSTILE = ["a\nb", "\x1b[31mred", "\x00", "\u202eevil", "<script>x</script>", "x" * 5000, "\udc80"]


def test_text_has_one_line_a_row_and_no_control_character() -> None:
    text = table(*(Row(name, 1, 1) for name in HOSTILE)).text()
    assert len(text.splitlines()) == 3 + len(HOSTILE)
    assert {unicodedata.category(character) for character in text if character != "\n"}.isdisjoint(
        {"Cc", "Cf", "Cs"}
    )
    assert r"\x1b[31mred" in text
    assert r"a\nb" in text
    assert r"\u202eevil" in text


def test_html_shows_hostile_texts_as_texts() -> None:
    class Tags(html.parser.HTMLParser):
        found: set[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.add(tag)

    reader = Tags()
    reader.found = set()
    shown = table(*(Row(name, 1, 1) for name in HOSTILE))._repr_html_()
    reader.feed(shown)
    assert reader.found == {"p", "table", "thead", "tbody", "tr", "th", "td"}
    assert f'title="{"x" * 5000}"' in shown
    shown.encode()  # no lone surrogate


def test_a_hostile_headline_stays_a_line() -> None:
    answer = Table("of a\nb<script>", COLUMNS, ())
    assert answer.text().splitlines()[0] == r"of a\nb<script>"
    assert "<script" not in answer._repr_html_()


def test_a_class_with_a_hostile_name_is_one_row(root: Any) -> None:
    root.made = type("Bad\n\x1b[31m<script>\u202e", (), {"__module__": "m\tn"})()
    rows = refgraph.capture().types().filter(type="*Bad*")
    assert len(rows) == 1
    assert rows.text().splitlines()[-1].endswith(r"m\tn.Bad\n\x1b[31m<script>\u202e")
