"""Answers in a notebook and at IPython's prompt: what they show, to whom it must not matter."""

from __future__ import annotations

import base64
import inspect
import re
import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from browser import CHROMIUM, look_at
from pictures import Svg

import refgraph
from refgraph import _core, notebook
from refgraph.drawing import Drawing
from refgraph.markup import escaped, told
from refgraph.words import error_text

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

HOSTILE = "<script>alert(1)</script>\"'&\n\x1b[31m\u202e\ud800]]>"
MODULE = "refgraph_test_display"
TAGS = {
    *("div", "p", "br", "small", "strong", "code", "pre", "img", "ul", "ol", "li"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary"),
}
ATTRIBUTES = {"style", "title", "alt", "src"}

# What a reader has of a line of its repr alone, and of a row.
# A size is a number; the others are what an answer is got from.
LINES = {"GrowthPoint", "Size", "ArrowTable", "ArrowTables", "PendingSnapshot"}


class Parent:
    """In a cycle with its child, and told when it goes."""

    def __init__(self) -> None:
        self.child = [self]

    def __del__(self) -> None:
        pass


def filled(count: int) -> dict[str, Any]:
    kept = type(HOSTILE.replace("\ud800", ""), (), {"__module__": "hostile"})
    return {f"{HOSTILE}{number}": [kept(), bytearray(3000)] for number in range(count)}


def make_cycles() -> None:
    for _ in range(5):
        Parent()
    pair: list[Any] = [{}]
    pair[0][HOSTILE] = pair


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, Any]]:
    """One of each kind, of a heap with hostile names."""
    root = types.ModuleType(MODULE)
    sys.modules[MODULE] = root
    tracker = refgraph.Tracker(collect=True)
    root.__dict__["KEPT"] = {}
    before = tracker.mark()
    for number in range(3):
        root.__dict__["KEPT"][HOSTILE * number] = filled(50)
        snapshot = tracker.mark()
    with refgraph.watch_cycles() as watch:
        make_cycles()
    node = snapshot.node(next(iter(root.__dict__["KEPT"][HOSTILE].values()))[0])
    nodes = snapshot.objects(node.type)
    chains = node.why_alive()
    growth = snapshot.growth(since=before)
    report = watch.report
    group = next(group for group in report.groups if "Parent" in str(group.example.path))
    garbage = group.example.members[0]
    yield {
        "Snapshot": snapshot,
        "Node": node,
        "Nodes": group.example.members,
        "Objects": nodes,
        "no Objects": snapshot.objects("no.Such"),
        "Chain": chains[0],
        "Chains": chains,
        "Chains of garbage": garbage.why_alive(),
        "AliveGroup": nodes.why_alive()[0],
        "AliveGroups": nodes.why_alive(),
        "no AliveGroups": snapshot.objects("no.Such").why_alive(),
        "Table": snapshot.types(),
        "Drawing": node.backrefs(),
        "Growth": growth,
        "no Growth": snapshot.growth(since=snapshot),
        "GrowthSuspect": growth.suspects()[0],
        "Suspects": growth.suspects(),
        "no Suspects": snapshot.growth(since=snapshot).suspects(),
        "Suspect": next(iter(snapshot.suspects()), growth.suspects()[0]),
        "WhatIf": snapshot.what_if(node),
        "Cycle": group.example,
        "CyclePath": group.example.path,
        "Cut": group.example.cut,
        "CycleGroup": group,
        "CycleReport": report,
        "cycles in use": snapshot.cycles(),
        "no CycleReport": snapshot.cycles(type="no.Such"),
        "CycleWatch": watch,
        "Tracker": tracker,
        "Tracker without a mark": refgraph.Tracker(),
    }
    del sys.modules[MODULE]


KINDS = [
    "Snapshot",
    "Node",
    "Nodes",
    "Objects",
    "no Objects",
    "Chain",
    "Chains",
    "Chains of garbage",
    "AliveGroup",
    "AliveGroups",
    "no AliveGroups",
    "Table",
    "Drawing",
    "Growth",
    "no Growth",
    "GrowthSuspect",
    "Suspects",
    "no Suspects",
    "Suspect",
    "WhatIf",
    "Cycle",
    "CyclePath",
    "Cut",
    "CycleGroup",
    "CycleReport",
    "cycles in use",
    "no CycleReport",
    "CycleWatch",
    "Tracker",
    "Tracker without a mark",
]
WITH_HTML = [kind for kind in KINDS if kind not in ("WhatIf", "CyclePath", "Cut")]
DRAWN = [
    "Chains",
    "Chains of garbage",
    "AliveGroup",
    "Drawing",
    "Growth",
    "GrowthSuspect",
    "Cycle",
    "CycleGroup",
    "CycleReport",
    "CycleWatch",
]


class Printer:
    """As much of IPython's as an object that prints itself needs."""

    def __init__(self, *around: object) -> None:
        self.stack = [*map(id, around), 0]
        self.shown = ""

    def text(self, text: str) -> None:
        self.shown += text


def shown(answer: Any, *around: object) -> str:
    printer = Printer(*around)
    answer._repr_pretty_(printer, False)
    return printer.shown


def parsed(answer: Any) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{answer._repr_html_()}</div>")


def words(answer: Any) -> str:
    return " ".join("".join(parsed(answer).itertext()).split())


def pictures(answer: Any) -> list[Svg]:
    """The pictures in its HTML, each of which must be one."""
    sources = [image.get("src", "") for image in parsed(answer).iter("img")]
    heads, datas = zip(*(source.split(",") for source in sources)) if sources else ((), ())
    assert set(heads) <= {"data:image/svg+xml;base64"}
    return [Svg(base64.b64decode(data, validate=True).decode()) for data in datas]


# ---- every answer --------------------------------------------------------------------------------


def test_every_public_class_shows_itself_or_is_a_row() -> None:
    classes = [item for item in map(vars(refgraph).get, refgraph.__all__) if inspect.isclass(item)]
    assert len(classes) > 40
    for cls in classes:
        if issubclass(cls, (tuple, Exception)) or cls.__name__ in LINES:
            continue
        # IPython looks for a class's own method before the __repr__ that the class has.
        assert "_repr_pretty_" in vars(cls), cls
        assert cls.__name__ in KINDS, f"{cls} is not shown in this file"


@pytest.mark.parametrize("kind", KINDS)
def test_alone_it_shows_its_text_and_in_a_list_a_line(answers: dict[str, Any], kind: str) -> None:
    answer = answers[kind]
    text = shown(answer)
    assert text
    if kind.split()[0] not in ("Snapshot", "Node", "Nodes", "Tracker") and "Objects" not in kind:
        assert text == str(answer)
    assert shown(answer, [answer]) == repr(answer)
    assert "\n" not in repr(answer)
    assert all(char.isprintable() or char == "\n" for char in text + repr(answer))
    text.encode()


@pytest.mark.parametrize("kind", WITH_HTML)
def test_html_is_whole_and_runs_and_fetches_nothing(answers: dict[str, Any], kind: str) -> None:
    root = parsed(answers[kind])
    assert {item.tag for item in root.iter()} <= TAGS
    assert {name for item in root.iter() for name in item.attrib} <= ATTRIBUTES  # thus no ids
    for item in root.iter():
        assert "url(" not in item.get("style", "")
        assert "color:" not in item.get("style", "").replace("background:#fff", "")
    assert not set(answers[kind]._repr_html_()) & {"\x1b", "\u202e", "\ud800"}
    assert len(answers[kind]._repr_html_()) < 300_000


@pytest.mark.parametrize("kind", [kind for kind in WITH_HTML if "no " not in kind])
def test_hostile_names_are_shown_as_text(answers: dict[str, Any], kind: str) -> None:
    if "<script>" in shown(answers[kind]):
        assert "<script>" in words(answers[kind]) or kind == "Drawing"
    assert "<script" not in answers[kind]._repr_html_()


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_no_html_of_its_own_leaves_it_to_the_text(
    answers: dict[str, Any], kind: str
) -> None:
    assert hasattr(answers[kind], "_repr_html_") == (kind in WITH_HTML)


@pytest.mark.parametrize("kind", KINDS)
def test_showing_captures_nothing(
    answers: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_core, "capture", None)
    assert shown(answers[kind])
    assert kind not in WITH_HTML or answers[kind]._repr_html_()


def test_showing_needs_no_ipython() -> None:
    program = (
        "import sys; sys.modules['IPython'] = None\n"
        "import refgraph\n"
        "snapshot = refgraph.capture()\n"
        "snapshot.cycles()._repr_html_(), snapshot._repr_html_(), snapshot.types()._repr_html_()\n"
        "snapshot.node(dict).why_alive()._repr_html_()\n"
        "assert not [name for name in sys.modules if name.startswith('IPython.')]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_showing_leaves_nothing_behind() -> None:
    program = """
import sys, refgraph
tracker = refgraph.Tracker(collect=True)
tracker.mark()
snapshot = tracker.mark()
def show():
    for answer in (
        snapshot, snapshot.node(sys), snapshot.node(sys).why_alive(), snapshot.objects("dict"),
        snapshot.objects("dict").why_alive(), snapshot.cycles(), snapshot.types(),
        snapshot.suspects(), tracker.growth(), tracker, snapshot.node(sys).backrefs(depth=1),
    ):
        answer._repr_html_()
show()
before = tracker.mark()
show()
growth = tracker.mark().growth(since=before)
print(*[(row.type, row.delta) for row in growth.types() if row.is_growing])
"""
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    assert done.stdout.split() == []


# ---- what it says --------------------------------------------------------------------------------


def test_chains_say_each_expression_and_how_to_free_it(answers: dict[str, Any]) -> None:
    chains = answers["Chains"]
    codes = [item.text for item in parsed(chains).iter("code")]
    assert codes == [chain.expression for chain in chains]
    said = words(chains)
    assert said.startswith(" ".join(chains._headline().split()))
    assert "To free it, cut" in said
    assert "Step by step" in said


def test_garbage_has_no_chain_and_its_referrers_are_told(answers: dict[str, Any]) -> None:
    said = words(answers["Chains of garbage"])
    assert "is garbage" in said
    assert "gc.collect() frees it" in said


def test_growth_says_the_types_and_the_places(answers: dict[str, Any]) -> None:
    growth = answers["Growth"]
    said = words(growth)
    assert growth._headline() in said
    assert len(list(parsed(growth).iter("table"))) == 1
    for suspect in growth.suspects():
        assert " ".join(suspect.text.split()) in said


def test_a_cycle_report_says_verdict_path_and_cut_of_each_group(answers: dict[str, Any]) -> None:
    report = answers["CycleReport"]
    said = words(report).lower()
    assert len(report.groups) >= 2
    for group in report.groups:
        example = group.example
        for text in (group.verdict, str(example.path), example.fate, str(example.cut)):
            assert " ".join(text.lower().split()) in said
        assert example.cut.advice.lower() in said


def test_cycles_in_use_say_what_holds_them(answers: dict[str, Any]) -> None:
    report = answers["cycles in use"]
    told = [group for group in report.groups if not (group.of_class and group.in_use)]
    if any(group.in_use for group in told):
        assert "Held by" in words(report)
    assert len(list(parsed(report).iter("img"))) <= 3


def test_an_object_says_what_its_count_is_made_of(answers: dict[str, Any]) -> None:
    node = answers["Node"]
    for text in (shown(node), words(node)):
        assert node.references in text
        assert "What holds it: .why_alive()" in text
    assert str(node) == repr(node)  # in a message it stays a line


def test_a_snapshot_says_its_types(answers: dict[str, Any]) -> None:
    snapshot = answers["Snapshot"]
    assert snapshot.types().headline in shown(snapshot)
    assert snapshot.types().headline in words(snapshot)
    assert str(snapshot) == repr(snapshot)


def test_objects_say_the_first_of_them(answers: dict[str, Any]) -> None:
    nodes = answers["Objects"]
    assert len(list(parsed(nodes).iter("tr"))) == 1 + 10
    assert "; the first 10:" in shown(nodes)
    assert shown(answers["no Objects"]) == "0 objects of no.Such."


def test_a_watch_says_what_collections_took() -> None:
    with refgraph.watch_cycles(disable_gc=False) as watch:
        make_cycles()
        __import__("gc").collect()
    assert watch.collected
    for text in (shown(watch), words(watch)):
        assert f"freed {watch.collected:,} objects while it ran" in " ".join(text.split())
        assert "disable_gc=True" in text


def test_what_is_escaped_keeps_its_lines_and_nothing_that_acts() -> None:
    assert escaped("a <b>\n\x1b[1m \u202e\ud800 \"'&") == (
        "a &lt;b&gt;\n\\x1b[1m \\u202e\\ud800 &quot;&#x27;&amp;"
    )
    assert told("a[0]: one <i>\ntwo", "a[0]").startswith("<div><code")
    assert told("a[0]: one <i>\ntwo", "a[0]").endswith(": one &lt;i&gt;</div>\n<div>two</div>")
    assert told("no place", "a[0]") == "<div>no place</div>"


# ---- how much ------------------------------------------------------------------------------------


def test_a_table_without_a_limit_shows_a_thousand_rows() -> None:
    column = refgraph.Column("n", is_number=True)
    table = refgraph.Table("Many.", [column], [(n,) for n in range(50_000)], None)
    assert len(list(parsed(table).iter("tr"))) == 1001
    for text in (shown(table), words(table)):
        assert text.endswith("… 49,000 more rows")
    assert str(table).endswith(" 49999")


def test_of_many_chains_the_first_are_listed(root: types.ModuleType) -> None:
    class Held:
        pass

    held = Held()
    root.HOLDERS = dict.fromkeys(range(100), (held,))  # type: ignore[attr-defined]
    root.TUPLES = [[held] for _ in range(100)]  # type: ignore[attr-defined]
    for number in range(40):
        setattr(root, f"NAME_{number}", types.SimpleNamespace(**{f"x{number}": held}))
    chains = refgraph.capture().node(held).why_alive(limit=100)
    assert len(chains) > 20
    assert len(list(parsed(chains).iter("code"))) == 20
    assert f"… {len(chains) - 20} more chain" in words(chains)
    assert len(list(parsed(chains).iter("img"))) == 1
    assert len(chains._repr_html_()) < 100_000


def test_of_many_groups_of_cycles_three_are_drawn() -> None:
    def make() -> None:
        for number in range(15):
            made: list[Any] = []
            made.append(type(f"Kind{number}", (), {}))
            made[0].me = made

    with refgraph.watch_cycles() as watch:
        make()
    report = watch.report
    assert len(report.groups) >= 15
    assert len(list(parsed(report).iter("img"))) == 3
    assert f"… {len(report.groups) - 10} more groups" in words(report)


def test_a_huge_cycle_is_not_drawn_by_itself() -> None:
    def make() -> None:
        first: list[Any] = []
        last = first
        for _ in range(12_000):
            last = [last]
        first.append(last)

    with refgraph.watch_cycles() as watch:
        make()
    [cycle] = [cycle for cycle in watch.report if len(cycle.members) == 12_001]
    assert "No picture: 12,001 objects: .drawing() shows the first of them." in words(cycle)
    assert not pictures(cycle)


def test_a_long_chain_is_cut(root: types.ModuleType) -> None:
    inner: list[Any] = []
    root.OUTER = inner  # type: ignore[attr-defined]
    for _ in range(5000):
        inner.append([])
        inner = inner[0]
    chains = refgraph.capture().node(inner).why_alive()
    assert len(pictures(chains)) == 1
    steps = len(chains.tree().split("\n")) - 2  # under a headline
    assert (f"… {steps - 200:,} more lines …" in words(chains)) == (steps > 201)
    assert len(chains._repr_html_()) < 100_000


# ---- where there is no picture -------------------------------------------------------------------


@pytest.mark.parametrize("kind", DRAWN)
def test_it_is_drawn(answers: dict[str, Any], kind: str) -> None:
    assert pictures(answers[kind])


@pytest.mark.parametrize("kind", DRAWN)
def test_without_graphviz_the_words_are_there_and_what_to_install(
    answers: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "Drawing":
        pytest.skip("there is none without Graphviz")
    monkeypatch.setitem(sys.modules, "refgraph._render", None)
    monkeypatch.delattr(refgraph, "_render", raising=False)
    assert not pictures(answers[kind])
    assert "No picture: ImportError: " in words(answers[kind])
    assert "apt-get install" in words(answers[kind])
    assert len(words(answers[kind])) > 300


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("error", [refgraph.RenderTimeout("it took too long"), MemoryError()])
def test_an_error_of_drawing_is_told_and_not_raised(
    answers: dict[str, Any], kind: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(self: Drawing, picture_format: str) -> bytes:
        raise error

    monkeypatch.setattr(Drawing, "_drawn", draw)
    answer = answers[kind]
    if kind == "Drawing":
        answer = answers["Node"].backrefs()
        assert answer.title in words(answer)
        assert answer._repr_svg_() is None
    assert f"No picture: {error_text(error)}." in words(answer)
    assert not pictures(answer)


def test_a_drawing_that_fails_is_tried_once_for_a_cell(
    answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def draw(self: Drawing, picture_format: str) -> bytes:
        tried.append(picture_format)
        raise refgraph.RenderTimeout("it took too long")

    monkeypatch.setattr(Drawing, "_drawn", draw)
    drawing = answers["Node"].backrefs()
    for _ in range(2):
        drawing._repr_html_()
        drawing._repr_svg_()
    assert tried == ["svg"]
    with pytest.raises(refgraph.RenderTimeout):
        drawing.svg  # noqa: B018
    monkeypatch.undo()
    assert Svg(drawing.svg).text  # who asks for the picture is given another try


def test_the_pictures_of_an_answer_share_two_seconds(
    answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    deadlines = []

    def draw(self: Drawing, picture_format: str) -> bytes:
        nonlocal now
        deadlines.append(self._deadline)
        now += 1.5
        return b"<svg/>"

    monkeypatch.setattr(Drawing, "_drawn", draw)
    monkeypatch.setattr(notebook.time, "monotonic", lambda: now)  # type: ignore[attr-defined]
    report = answers["CycleReport"]
    for _ in range(2):
        report._repr_html_()
    with_three = max([report, answers["cycles in use"]], key=lambda r: len(r.groups))
    deadlines.clear()
    page = words(with_three)
    assert deadlines[:2] == [2.0, 0.5]
    assert len(deadlines) == 2
    if len(with_three.groups) > 2:
        assert "No picture: the others took too long." in page


# ---- several on one page -------------------------------------------------------------------------


def test_the_styles_of_a_picture_are_its_own(answers: dict[str, Any]) -> None:
    svg = Svg(answers["Drawing"].svg)
    assert svg.root.get("class") == "refgraph"
    [style] = [item for item in svg.root.iter() if item.tag.endswith("}style")]
    rules = re.findall(r"([^{}]+)\{", style.text or "")
    assert rules
    for rule in rules:
        assert all(one.strip().startswith(".refgraph ") for one in rule.split(","))


needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")


@pytest.mark.slow
@needs_chromium
def test_a_browser_shows_all_of_them_on_one_page(
    answers: dict[str, Any], tmp_path: pathlib.Path
) -> None:
    page = tmp_path / "index.html"
    parts = [answers[kind]._repr_html_() for kind in WITH_HTML]
    page.write_text(
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>all</title></head>"
        f"<body>{''.join(parts)}</body></html>",
        encoding="utf-8",
    )
    look = look_at(page, tmp_path / "browser")
    assert len(look.images) >= len(DRAWN)
    assert look.broken == 0
    assert look.console == []
    assert look.resources == []
    assert "script" not in look.elements
    assert "style" not in look.elements
    assert "<script>" in look.text
