"""A growth report as a directory: complete, one page for a browser, and never half there."""

from __future__ import annotations

import base64
import errno
import html.parser
import json
import pathlib
import re
import sys
import types
from typing import Any

import pytest
from browser import CHROMIUM, look_at
from pictures import Svg, read_png

import refgraph
import refgraph.progress
from refgraph.drawing import Drawing

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "../x",
    "/etc/passwd",
    "x" * 5000,
    "",
    ".",
    "two\nlines\r\t\x1b[31m",
    "]]> --> & \"quoted\" 'q' </style></pre>",
    "Ünïcödé ☃ 名前",
    "\u202egnp.exe",
    "$title ${rows} a%s{0}\\N",
    "CON",
]


class Page(html.parser.HTMLParser):
    """A page as a parser reads it: images, links, tags that are left open, text."""

    VOID = frozenset({"meta", "link", "img", "br", "hr", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.images: list[bytes] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.policy = ""
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(values)
        if tag not in self.VOID:
            self.open.append(tag)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""
        if values.get("id"):
            self.ids.append(values["id"] or "")
        if tag == "img":
            head, _, data = (values["src"] or "").partition(",")
            assert re.fullmatch(r"data:image/(svg\+xml|png);base64", head)
            self.images.append(base64.b64decode(data, validate=True))
        if tag == "a":
            self.links.append(values["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.text += data


def grow(root: types.ModuleType, *names: str, count: int = 200) -> refgraph.Growth:
    """Growth by classes of these names, `count` objects of the first, twice as many of the next."""
    root.KEPT = {}  # type: ignore[attr-defined]
    classes = [type(name, (), {"__module__": "hostile", "__slots__": ("x",)}) for name in names]
    root.CLASSES = classes  # type: ignore[attr-defined]
    before = refgraph.capture(collect=True)
    for number, made in enumerate(classes, 1):
        root.KEPT[number] = [made() for _ in range(count * number)]
    return refgraph.capture(collect=True).growth(since=before)


@pytest.fixture
def growth(root: types.ModuleType) -> refgraph.Growth:
    """Three types of 600, 400 and 200 objects."""
    return grow(root, "Small", "Middle", "Large")


def names(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def content(folder: pathlib.Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read(folder: pathlib.Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return result


def page(folder: pathlib.Path) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def drawn(folder: pathlib.Path) -> list[dict[str, Any]]:
    return [row for row in read(folder)["types"] if row["example"]]


# ---- what is written -----------------------------------------------------------------------------


def test_an_example_of_each_growing_type_is_drawn_twice(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "report"
    assert growth.render(folder, exclude=["list", "int"]) is None  # type: ignore[func-returns-value]
    rows = drawn(folder)
    wanted = ["hostile.Large", "hostile.Middle", "hostile.Small"]
    assert [row["type"] for row in rows if row["type"].startswith("hostile.")] == wanted
    assert [row["delta"] for row in rows if row["type"] in wanted] == [600, 400, 200]
    for row in rows:
        back, refs = row["example"]["pictures"]
        assert (back[-9:], refs[-9:]) == ("-back.svg", "-refs.svg")
        short = row["type"].rpartition(".")[2]
        for name in (back, refs):
            svg = Svg((folder / name).read_text(encoding="utf-8"))
            assert len(svg.of_class("target")) == 1
            assert short in svg.text
    assert {"report.json", *read(folder)["files"]} == set(names(folder))
    assert names(tmp_path) == ["report"]


def test_the_example_is_new_and_where_most_are(
    root: types.ModuleType, tmp_path: pathlib.Path
) -> None:
    class Session:
        pass

    root.OLD = [Session() for _ in range(50)]  # type: ignore[attr-defined]
    root.FEW, root.MANY = [], []  # type: ignore[attr-defined]
    before = refgraph.capture(collect=True)
    root.FEW += [Session() for _ in range(3)]
    root.MANY += [Session() for _ in range(30)]
    root.FEW += [Session() for _ in range(3)]
    after = refgraph.capture(collect=True)
    growth = after.growth(since=before)
    [row] = [row for row in growth.types() if row.type.endswith("Session")]
    assert row.is_growing
    assert row.example in {after.node(made) for made in root.MANY}
    growth.render(tmp_path / "report", exclude=["[!t]*"])
    [found] = [row for row in drawn(tmp_path / "report") if row["type"].endswith("Session")]
    assert found["example"]["is_new"] is True
    [chain] = found["example"]["chains"]
    assert re.search(r"\.MANY\[\d+\]$", chain["expression"])
    assert isinstance(eval(chain["expression"], {"sys": sys}), Session)


def test_of_a_type_that_has_grown_without_a_new_object_the_largest_is_shown(
    root: types.ModuleType, tmp_path: pathlib.Path
) -> None:
    class Text(bytearray):
        pass

    root.TEXTS = [Text(), Text(b"x" * 10), Text()]  # type: ignore[attr-defined]
    before = refgraph.capture(collect=True)
    root.TEXTS[1] += bytes(10**6)
    growth = refgraph.capture(collect=True).growth(since=before)
    assert next(row for row in growth.types() if row.type.endswith("Text")).example is None
    growth.render(tmp_path / "report", top=1)
    [row] = drawn(tmp_path / "report")
    assert row["type"].endswith("Text")
    assert row["example"]["is_new"] is False
    assert "none is new" in row["example"]["text"]
    assert row["example"]["chains"][0]["expression"].endswith(".TEXTS[1]")


def test_the_page_holds_the_pictures_the_suspects_the_types_and_the_chains(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "report"
    growth.render(folder)
    found = page(folder)
    pictures = [name for row in drawn(folder) for name in row["example"]["pictures"]]
    assert found.images == [(folder / name).read_bytes() for name in pictures]
    assert growth._headline() in found.text
    for suspect in growth.suspects():
        assert suspect.text in found.text
    for row in drawn(folder):
        assert row["type"] in found.text
        for chain in row["example"]["chains"]:
            assert chain["expression"] in found.text
    assert len(found.ids) == len(set(found.ids))
    for link in found.links:
        assert link[1:] in found.ids if link.startswith("#") else link in pictures


def test_the_page_refuses_scripts_and_whatever_is_not_in_it(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    growth.render(tmp_path / "report")
    found = page(tmp_path / "report")
    policy = dict(rule.strip().split(" ", 1) for rule in found.policy.split(";"))
    assert policy == {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert not found.tags & {"script", "iframe", "object", "embed", "form", "base"}
    assert not [name for name in found.attributes if name.startswith("on")]


def test_the_text_says_what_the_page_says(growth: refgraph.Growth, tmp_path: pathlib.Path) -> None:
    growth.render(tmp_path / "report", exclude=["list"], max_count=500)
    text = (tmp_path / "report" / "report.txt").read_text(encoding="utf-8")
    assert text.startswith(growth._headline())
    assert str(growth.suspects()) in text
    assert "hostile.Large: more than 500 objects" in text
    for row in drawn(tmp_path / "report"):
        assert row["example"]["text"] in text
        assert all(name in text for name in row["example"]["pictures"])
        assert all(chain["expression"] in text for chain in row["example"]["chains"])
    assert ".render(" not in text  # a hint for an interpreter is none for a file


def test_the_json_says_what_the_growth_says(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    growth.render(tmp_path / "report", top=2)
    found = read(tmp_path / "report")
    assert found["delta"] == growth.delta
    assert found["delta_size"] == growth.delta_size
    assert found["before"] == growth.before.captured_at.isoformat()
    assert found["after"] == growth.after.captured_at.isoformat()
    assert [s["text"] for s in found["suspects"]] == [s.text for s in growth.suspects()]
    assert [s["id"] for s in found["suspects"]] == [s.place.id for s in growth.suspects()]
    for row, suspect in zip(found["suspects"], growth.suspects()):
        assert (row["holds"], row["count"]) == (suspect.holds, suspect.count)
        assert row["frees"] == {"count": suspect.frees.count, "size": suspect.frees.size}
        assert row["others"] == suspect.others
    rows = [row for row in growth.types() if row.delta > 0 or row.delta_size > 0]
    assert [row["type"] for row in found["types"]] == [row.type for row in rows]
    for key in ("delta_size", "delta", "size", "count", "born", "died", "gained_by"):
        assert [row[key] for row in found["types"]] == [getattr(row, key) for row in rows]


def test_every_format_is_written_and_svg_is_shown(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "report"
    growth.render(folder, top=1, formats=("png", "svg", "dot", "png"))
    [row] = drawn(folder)
    suffixes = [name.rpartition(".")[2] for name in row["example"]["pictures"]]
    assert suffixes == ["png", "svg", "dot"] * 2
    read_png((folder / row["example"]["pictures"][0]).read_bytes())
    assert [image[:5] for image in page(folder).images] == [b"<?xml"] * 2


def test_png_is_shown_where_there_is_no_svg(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    growth.render(tmp_path / "report", top=1, formats=["dot", "png"])
    for image in page(tmp_path / "report").images:
        read_png(image)
    assert len(page(tmp_path / "report").images) == 2


def test_without_formats_there_are_words_and_no_need_of_graphviz(
    growth: refgraph.Growth, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "refgraph._render", None)
    growth.render(tmp_path / "report", formats=())
    assert names(tmp_path / "report") == ["index.html", "report.json", "report.txt"]
    assert page(tmp_path / "report").images == []
    assert "refgraph_test_root" in page(tmp_path / "report").text
    with pytest.raises(ImportError):
        growth.render(tmp_path / "other")
    assert names(tmp_path) == ["report"]


def test_growth_of_nothing_is_a_page_too(tmp_path: pathlib.Path) -> None:
    snapshot = refgraph.capture()
    growth = snapshot.growth(since=snapshot)
    growth.render(tmp_path / "report")
    assert names(tmp_path / "report") == ["index.html", "report.json", "report.txt"]
    assert "No place has gained more than " in page(tmp_path / "report").text
    assert read(tmp_path / "report")["types"] == []


def test_rounds_of_a_tracker_are_told(root: types.ModuleType, tmp_path: pathlib.Path) -> None:
    root.KEPT = []  # type: ignore[attr-defined]
    tracker = refgraph.Tracker(collect=True)
    for _ in range(4):
        tracker.mark()
        root.KEPT += [object() for _ in range(100)]
    tracker.growth().render(tmp_path / "report", top=2)
    assert read(tmp_path / "report")["rounds"] == 3
    assert "3 rounds" in page(tmp_path / "report").text


# ---- which types ---------------------------------------------------------------------------------


@pytest.mark.parametrize("top", [1, 2, 10**9])
def test_top_is_how_many_types_are_drawn(
    growth: refgraph.Growth, tmp_path: pathlib.Path, top: int
) -> None:
    growth.render(tmp_path / "report", top=top, formats=["dot"])
    found = read(tmp_path / "report")["types"]
    assert len(drawn(tmp_path / "report")) == min(top, len(found))
    assert [row["left_out"] for row in found] == [None] * min(top, len(found)) + ["not drawn"] * (
        len(found) - top
    )


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["hostile.*"], []),
        (["hostile.[LM]*", "nothing"], ["hostile.Small"]),
        (["hostile.Large"], ["hostile.Middle", "hostile.Small"]),
        (["HOSTILE.*", "Large"], ["hostile.Large", "hostile.Middle", "hostile.Small"]),
    ],
)
def test_types_are_excluded_by_pattern(
    growth: refgraph.Growth, tmp_path: pathlib.Path, patterns: list[str], left: list[str]
) -> None:
    growth.render(tmp_path / "report", exclude=iter(patterns), formats=())
    rows = [row for row in read(tmp_path / "report")["types"] if row["type"].startswith("hostile.")]
    assert [row["type"] for row in rows if row["example"]] == left
    assert {row["left_out"] for row in rows if not row["example"]} <= {"excluded"}


def test_types_with_too_many_objects_are_left_out(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    growth.render(tmp_path / "report", max_count=400, formats=())
    found = {row["type"]: row for row in read(tmp_path / "report")["types"]}
    assert found["hostile.Large"]["left_out"] == "more than 400 objects"
    assert found["hostile.Middle"]["example"]
    assert found["hostile.Small"]["example"]
    assert all(row["count"] <= 400 for row in drawn(tmp_path / "report"))
    assert "hostile.Large (more than 400 objects)" in page(tmp_path / "report").text


def test_a_pattern_may_be_a_name_with_brackets(
    root: types.ModuleType, tmp_path: pathlib.Path
) -> None:
    growth = grow(root, "List[int]", "List[*]")
    growth.render(tmp_path / "report", exclude=["hostile.List[int]"], formats=())
    types_drawn = [row["type"] for row in drawn(tmp_path / "report")]
    assert "hostile.List[int]" not in types_drawn
    assert "hostile.List[*]" in types_drawn


# ---- the directory -------------------------------------------------------------------------------


def test_an_own_directory_is_replaced_and_anothers_is_not(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "report"
    growth.render(folder)
    many = len(names(folder))
    growth.render(folder, top=1)
    assert len(names(folder)) == 5 < many
    refgraph.capture().cycles(type=complex).render(tmp_path / "cycles")
    for other in (folder, tmp_path / "cycles"):
        before = content(other)
        if other == folder:
            (other / "notes.txt").write_text("mine")
            before = content(other)
        with pytest.raises(FileExistsError):
            growth.render(other)
        assert content(other) == before
    assert names(tmp_path) == ["cycles", "report"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
@pytest.mark.parametrize("is_there", [True, False])
def test_an_interruption_leaves_the_directory_as_it_was(
    growth: refgraph.Growth,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    is_there: bool,
) -> None:
    folder = tmp_path / "report"
    if is_there:
        growth.render(folder, top=1)
    before = content(folder) if is_there else {}
    original = Drawing._drawn

    def interrupted(self: Drawing, picture_format: str) -> bytes:
        if "Small" in self.title:
            raise error
        return original(self, picture_format)

    monkeypatch.setattr(Drawing, "_drawn", interrupted)
    with pytest.raises(type(error)):
        growth.render(folder)
    assert names(tmp_path) == (["report"] if is_there else [])
    assert not is_there or content(folder) == before


def test_a_full_disk_is_an_error_and_no_note_on_a_page(
    growth: refgraph.Growth, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    original = open

    def full(file: Any, *args: Any, **keywords: Any) -> Any:
        if str(file).endswith("-refs.svg"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(file, *args, **keywords)

    monkeypatch.setattr(builtins, "open", full)
    with pytest.raises(OSError, match="No space left"):
        growth.render(tmp_path / "report")
    monkeypatch.undo()
    assert names(tmp_path) == []


# ---- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        refgraph.RenderError("graphviz said <no>"),
        refgraph.RenderTimeout("too slow"),
        MemoryError(),
        OSError(errno.EAGAIN, "no more processes"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_told_and_the_others_are_there(
    growth: refgraph.Growth,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    original = Drawing._drawn

    def fails(self: Drawing, picture_format: str) -> bytes:
        if "Middle" in self.title and "refers to it" in self.title:
            raise error
        return original(self, picture_format)

    monkeypatch.setattr(Drawing, "_drawn", fails)
    folder = tmp_path / "report"
    growth.render(folder)
    message = ": ".join(filter(None, [type(error).__name__, str(error)]))
    for row in drawn(folder):
        failed = row["type"] == "hostile.Middle"
        assert row["example"]["errors"] == ([message] if failed else [])
        assert len(row["example"]["pictures"]) == (1 if failed else 2)
        assert row["example"]["chains"]
    assert f"No picture: {message}" in page(folder).text
    assert f"no picture: {message}" in (folder / "report.txt").read_text(encoding="utf-8")
    assert {"report.json", *read(folder)["files"]} == set(names(folder))


def test_a_real_deadline_that_passes_is_told(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    growth.render(tmp_path / "report", deadline=1e-6)
    for row in drawn(tmp_path / "report"):
        assert row["example"]["pictures"] == []
        assert all(one.startswith("RenderTimeout: ") for one in row["example"]["errors"])
        assert len(row["example"]["errors"]) == 2
    assert page(tmp_path / "report").images == []


def test_chains_that_cannot_be_found_are_told_and_the_rest_is_there(
    growth: refgraph.Growth, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = refgraph.Node.why_alive

    def fails(self: refgraph.Node, limit: int = 5) -> refgraph.Chains:
        if self.type == "hostile.Middle":
            raise MemoryError("no <memory>")
        return original(self, limit)

    monkeypatch.setattr(refgraph.Node, "why_alive", fails)
    growth.render(tmp_path / "report")
    [row] = [row for row in drawn(tmp_path / "report") if row["type"] == "hostile.Middle"]
    assert row["example"]["errors"][0] == "MemoryError: no <memory>"
    assert row["example"]["chains"] == []
    assert "No chains: MemoryError: no <memory>" in page(tmp_path / "report").text
    assert len([row for row in drawn(tmp_path / "report") if row["example"]["chains"]]) >= 2


# ---- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keywords", "error", "name"),
    [
        ({"top": 0}, ValueError, "top"),
        ({"top": "3"}, TypeError, "top"),
        ({"exclude": "str"}, TypeError, "exclude"),
        ({"exclude": [3]}, TypeError, "exclude"),
        ({"exclude": None}, TypeError, "exclude"),
        ({"max_count": 0}, ValueError, "max_count"),
        ({"max_count": 1.5}, TypeError, "max_count"),
        ({"formats": "svg"}, TypeError, "formats"),
        ({"formats": [3]}, TypeError, "formats"),
        ({"formats": ["gif"]}, refgraph.RenderError, "gif"),
        ({"formats": ["../x.svg"]}, refgraph.RenderError, "suffix"),
        ({"isolate": 1}, TypeError, "isolate"),
        ({"deadline": "1"}, TypeError, "deadline"),
        ({"deadline": 0}, ValueError, "deadline"),
        ({"progress": 1}, TypeError, "progress"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_written(
    growth: refgraph.Growth,
    tmp_path: pathlib.Path,
    keywords: dict[str, Any],
    error: type[Exception],
    name: str,
) -> None:
    with pytest.raises(error, match=name):
        growth.render(tmp_path / "report", **keywords)
    assert names(tmp_path) == []


# ---- hostile names -------------------------------------------------------------------------------


def test_types_may_have_any_names(root: types.ModuleType, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "report"
    growth = grow(root, *HOSTILE, count=10)
    growth.render(folder, top=50)
    assert names(tmp_path) == ["report"]
    rows = drawn(folder)
    assert sum(row["type"].startswith("hostile.") for row in rows) == len(HOSTILE)
    pictures = [name for row in rows for name in row["example"]["pictures"]]
    assert len(pictures) == len(set(pictures)) == 2 * len(rows)
    for name in pictures:
        assert re.fullmatch(r"[0-9]+-[A-Za-z0-9._-]{1,60}-(back|refs)\.svg", name)
        text = (folder / name).read_text(encoding="utf-8")
        assert Svg(text).of_class("target")
        assert "<script" not in text
    assert all(len(row["example"]["text"]) < 300 for row in rows)
    found = page(folder)
    assert len(found.images) == len(pictures)
    assert "script" not in found.tags
    assert "onerror" not in found.attributes
    assert "hostile.<script>alert(1)</script>" in found.text
    assert "$title ${rows}" in found.text
    for name in ("index.html", "report.txt"):
        text = (folder / name).read_text(encoding="utf-8")
        assert not set(text) & {"\x1b", "\r", "\u202e"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("</pre><script>alert(1)</script>", "</pre><script>alert(1)</script>"),
        ("\udc80\x1b]0;x\x07", "]0;x"),
        ("&lt;$title", "&lt;$title"),
        ("\u202egnp", "gnp"),
    ],
)
def test_names_in_chains_may_be_hostile_too(
    root: types.ModuleType, tmp_path: pathlib.Path, name: str, shown: str
) -> None:
    class Kept:
        pass

    before = refgraph.capture(collect=True)
    setattr(root, name, {name: [Kept() for _ in range(99)]})
    refgraph.capture(collect=True).growth(since=before).render(tmp_path / "report", top=50)
    found = page(tmp_path / "report")
    assert "script" not in found.tags
    assert shown in found.text
    for file in ("index.html", "report.txt"):
        text = (tmp_path / "report" / file).read_text(encoding="utf-8")
        assert not set(text) & {"\x1b", "\x07", "\u202e"}


# ---- a browser -----------------------------------------------------------------------------------

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")


@pytest.mark.slow
@needs_chromium
def test_a_browser_shows_every_picture_without_a_complaint(
    root: types.ModuleType, tmp_path: pathlib.Path
) -> None:
    growth = grow(root, *HOSTILE, count=10)
    growth.render(tmp_path / "report", top=50)
    look = look_at(tmp_path / "report" / "index.html", tmp_path / "browser")
    pictures = [name for row in drawn(tmp_path / "report") for name in row["example"]["pictures"]]
    assert len(look.images) == len(pictures) >= 2 * len(HOSTILE)
    assert look.broken == 0
    assert all(image["width"] > 50 and image["height"] > 50 for image in look.images)
    assert look.console == []
    assert look.resources == []
    assert look.title.startswith("What grew: +")
    assert "hostile.<script>alert(1)</script>" in look.text
    assert "script" not in look.elements


@pytest.mark.slow
@needs_chromium
def test_a_browser_would_tell_of_a_broken_picture_and_of_a_script(
    growth: refgraph.Growth, tmp_path: pathlib.Path
) -> None:
    growth.render(tmp_path / "report", top=1)
    path = tmp_path / "report" / "index.html"
    text = path.read_text(encoding="utf-8")
    broken = re.sub(r'(src="data:image/svg\+xml;base64,)', r"\1AAAA", text, count=1)
    path.write_text(broken.replace("</body>", "<script>alert(1)</script></body>"), encoding="utf-8")
    look = look_at(path, tmp_path / "browser")
    assert len(look.images) == 2
    assert look.broken == 1
    assert any("Content Security Policy" in line for line in look.console)


# ---- a bar ---------------------------------------------------------------------------------------


class Terminal:
    """A stderr that is a terminal."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.written = ""

    def write(self, text: str) -> int:
        self.written += text
        return len(text)

    def flush(self) -> None:
        pass

    @staticmethod
    def isatty() -> bool:
        return True

    @staticmethod
    def fileno() -> int:
        raise OSError("no file")


def test_nothing_is_shown_where_stderr_is_no_terminal(
    growth: refgraph.Growth, tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> None:
    growth.render(tmp_path / "report")
    assert capfd.readouterr() == ("", "")


def test_a_terminal_sees_a_bar_that_is_gone_afterwards(
    growth: refgraph.Growth, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tqdm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    growth.render(tmp_path / "report")
    monkeypatch.undo()
    assert "type" in terminal.written
    assert terminal.written.rpartition("\r")[2].strip() == ""


def test_progress_false_is_silent_on_a_terminal(
    growth: refgraph.Growth, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    growth.render(tmp_path / "report", progress=False)
    monkeypatch.undo()
    assert terminal.written == ""


def test_without_tqdm_a_terminal_sees_nothing_and_who_asks_is_told(
    growth: refgraph.Growth, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys, "stderr", terminal)
    growth.render(tmp_path / "report")
    with pytest.raises(ImportError, match=r"refgraph\[progress\]"):
        growth.render(tmp_path / "other", progress=True)
    monkeypatch.undo()
    assert terminal.written == ""
    assert names(tmp_path) == ["report"]


@pytest.mark.parametrize("stderr", [None, "closed"])
def test_a_process_without_stderr_has_no_bar(
    growth: refgraph.Growth,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    stderr: str | None,
) -> None:
    import io

    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed if stderr else None)
    growth.render(tmp_path / "report", top=1)
    monkeypatch.undo()
    assert len(drawn(tmp_path / "report")) == 1
