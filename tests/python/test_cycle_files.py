"""A cycle report as a directory: complete, consistent with the report, and never half there."""

from __future__ import annotations

import errno
import gc
import json
import os
import pathlib
import stat
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
from pictures import Svg, read_png

import refgraph
from refgraph.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterator


class Parent:
    pass


class Child:
    pass


class Loop:
    def __init__(self) -> None:
        self.me = self


class Slow(Loop):
    def __del__(self) -> None:
        pass


def pair() -> None:
    parent, child = Parent(), Child()
    parent.children = {"x": child}  # type: ignore[attr-defined]
    child.parent = parent  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def no_collections() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def report() -> refgraph.CycleReport:
    """Three groups: a finalizer, a pair twice, a loop."""
    for _ in range(2):
        pair()
    Loop()
    Slow()
    report = refgraph.capture().cycles(isolated=True)
    assert len(report.groups) == 3
    return report


def names(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def content(folder: pathlib.Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read(folder: pathlib.Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return result


def mode(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ---- what is written -----------------------------------------------------------------------------


def test_text_json_and_a_picture_of_each_group_are_written(
    report: refgraph.CycleReport, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "report"
    assert report.render(folder) is None  # type: ignore[func-returns-value]
    assert len(names(folder)) == 5
    assert set(names(folder)) == {"report.json", *read(folder)["files"]}
    pictures = [name for name in names(folder) if name.endswith(".svg")]
    assert [name[:9] for name in pictures] == ["cycle-01-", "cycle-02-", "cycle-03-"]
    assert names(tmp_path) == ["report"]


def test_the_text_is_that_of_the_report(
    report: refgraph.CycleReport, tmp_path: pathlib.Path
) -> None:
    report.render(tmp_path / "report")
    text = (tmp_path / "report" / "report.txt").read_text(encoding="utf-8")
    assert text == f"{report.text(20)}\n"
    report.render(tmp_path / "report", limit=1)
    text = (tmp_path / "report" / "report.txt").read_text(encoding="utf-8")
    assert text == f"{report.text(1)}\n"


def test_the_json_says_what_the_report_says(
    report: refgraph.CycleReport, tmp_path: pathlib.Path
) -> None:
    report.render(tmp_path / "report")
    found = read(tmp_path / "report")
    assert found["cycles"] == len(report) == sum(group["cycles"] for group in found["groups"])
    assert found["garbage"] == {"objects": len(report.garbage), "bytes": report.garbage_size}
    assert found["captured_at"] == report._snapshot.captured_at.isoformat()
    assert found["collector"] == json.loads(json.dumps(report._snapshot.gc._asdict()))
    assert len(found["groups"]) == len(report.groups)
    pictures = []
    for entry, group in zip(found["groups"], report.groups):
        example = group.example
        assert entry["verdict"] == group.verdict
        assert entry["cycles"] == group.count
        assert entry["objects"] == group.object_count
        assert entry["bytes"] == group.size
        assert entry["reachable_only"]["objects"] == group.reachable_only_count
        assert entry["reachable_only"]["bytes"] == group.reachable_only_size
        assert entry["generations"] == list(group.generations)
        assert entry["freed_by"] == example.freed_by
        assert entry["fate"] == example.fate
        assert entry["path"]["text"] == str(example.path)
        assert entry["cut"]["text"] == str(example.cut)
        assert entry["cut"]["advice"] == example.cut.advice
        assert entry["cut"]["is_enough"] is True
        for key, edges in ("path", example.path), ("cut", example.cut):
            assert entry[key]["references"] == [
                {"from": edge.source.type, "name": edge.name, "to": edge.target.type}
                for edge in edges
            ]
        assert sum(row["count"] for row in entry["types"]) == len(example.members)
        assert sum(row["size"] for row in entry["types"]) == example.size
        assert [f["kind"] for f in entry["finalizers"]] == [f.kind for f in example.finalizers]
        assert len(entry["pictures"]) == 1
        assert "picture_error" not in entry
        pictures += entry["pictures"]
    assert found["files"] == ["report.txt", *pictures]


def test_pictures_show_the_cycle_and_the_cut(
    report: refgraph.CycleReport, tmp_path: pathlib.Path
) -> None:
    report.render(tmp_path / "report")
    for entry in read(tmp_path / "report")["groups"]:
        svg = Svg((tmp_path / "report" / entry["pictures"][0]).read_text(encoding="utf-8"))
        assert svg.of_class("cycle")
        assert svg.of_class("cut")
        assert entry["path"]["references"][0]["from"].rpartition(".")[2] in svg.text
        assert "cut here" in svg.text


def test_every_format_is_written(report: refgraph.CycleReport, tmp_path: pathlib.Path) -> None:
    report.render(tmp_path / "report", formats=("svg", "png", "dot"), limit=1)
    first, *others = read(tmp_path / "report")["groups"]
    assert [name.rpartition(".")[2] for name in first["pictures"]] == ["svg", "png", "dot"]
    assert all(entry["pictures"] == [] for entry in others)
    read_png((tmp_path / "report" / first["pictures"][1]).read_bytes())
    assert b"digraph" in (tmp_path / "report" / first["pictures"][2]).read_bytes()


def test_no_formats_are_no_pictures(report: refgraph.CycleReport, tmp_path: pathlib.Path) -> None:
    report.render(tmp_path / "report", formats=())
    assert names(tmp_path / "report") == ["report.json", "report.txt"]


@pytest.mark.parametrize("limit", [1, 2, 3, 99])
def test_a_limit_is_of_pictures(
    report: refgraph.CycleReport, tmp_path: pathlib.Path, limit: int
) -> None:
    report.render(tmp_path / "report", limit=limit, formats=["dot"])
    assert len(names(tmp_path / "report")) == 2 + min(limit, 3)
    assert len(read(tmp_path / "report")["groups"]) == 3


def test_an_empty_report_can_be_written(tmp_path: pathlib.Path) -> None:
    report = refgraph.capture().cycles(type=complex)
    report.render(tmp_path / "report")
    assert names(tmp_path / "report") == ["report.json", "report.txt"]
    assert read(tmp_path / "report")["groups"] == []
    assert (tmp_path / "report" / "report.txt").read_text() == "No cycles.\n"


def test_classes_in_use_get_no_picture(root: types.ModuleType, tmp_path: pathlib.Path) -> None:
    class Usual:
        def __init__(self) -> None:
            super().__init__()

    root.kept = [Usual, Loop()]  # type: ignore[attr-defined]
    report = refgraph.capture().cycles(in_use=True)
    assert any(group.of_class for group in report.groups)
    report.render(tmp_path / "report", limit=10**6, formats=["dot"])
    for entry, group in zip(read(tmp_path / "report")["groups"], report.groups):
        assert len(entry["pictures"]) == (not group.of_class)


# ---- the directory -------------------------------------------------------------------------------


def test_an_empty_directory_is_filled_and_keeps_its_mode(
    report: refgraph.CycleReport, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    folder.chmod(0o750)
    report.render(folder, limit=1)
    assert len(names(folder)) == 3
    assert mode(folder) == 0o750
    assert names(tmp_path) == ["report"]


def test_an_own_directory_is_replaced(report: refgraph.CycleReport, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "report"
    report.render(folder)
    folder.chmod(0o700)
    before = folder.stat().st_ino
    Loop()
    report = refgraph.capture().cycles(type=Loop)
    report.render(folder)
    assert len(names(folder)) == 3
    assert read(folder)["cycles"] == 2
    assert mode(folder) == 0o700
    assert folder.stat().st_ino != before
    assert names(tmp_path) == ["report"]


def test_paths_may_be_text_relative_and_end_in_a_slash(
    report: refgraph.CycleReport, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report.render("report/", formats=())
    report.render("report", formats=())
    assert names(tmp_path) == ["report"]


@pytest.mark.parametrize("has_report", [True, False])
def test_a_directory_with_a_file_of_somebody_else_is_refused(
    report: refgraph.CycleReport, tmp_path: pathlib.Path, has_report: bool
) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    if has_report:
        report.render(folder, limit=1)
    (folder / "notes.txt").write_text("mine")
    before = content(folder)
    with pytest.raises(FileExistsError) as caught:
        report.render(folder)
    assert caught.value.filename == str(folder)
    assert "refgraph has not written" in str(caught.value)
    assert content(folder) == before
    assert names(tmp_path) == ["report"]


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"files": 3}', '{"files": [["notes.txt"]]}', '"x"', "\xff"]
)
def test_a_manifest_that_is_none_makes_nothing_replaceable(
    report: refgraph.CycleReport, tmp_path: pathlib.Path, manifest: str
) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "report.json").write_text(manifest, encoding="latin-1")
    (folder / "notes.txt").write_text("mine")
    before = content(folder)
    with pytest.raises(FileExistsError):
        report.render(folder)
    assert content(folder) == before


def test_a_folder_in_an_own_directory_is_somebody_elses(
    report: refgraph.CycleReport, tmp_path: pathlib.Path
) -> None:
    report.render(tmp_path / "report", limit=1)
    (tmp_path / "report" / "mine").mkdir()
    (tmp_path / "report" / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        report.render(tmp_path / "report")
    assert (tmp_path / "report" / "mine" / "notes.txt").read_text() == "mine"


def test_a_missing_parent_is_an_error(report: refgraph.CycleReport, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "missing" / "report"
    with pytest.raises(FileNotFoundError) as caught:
        report.render(folder)
    assert caught.value.filename == str(folder)
    assert names(tmp_path) == []


def test_a_file_in_its_place_is_an_error(
    report: refgraph.CycleReport, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "report").write_text("mine")
    with pytest.raises(NotADirectoryError):
        report.render(tmp_path / "report")
    assert (tmp_path / "report").read_text() == "mine"
    assert names(tmp_path) == ["report"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_parent_is_an_error(
    report: refgraph.CycleReport, tmp_path: pathlib.Path
) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError) as caught:
            report.render(tmp_path / "report")
    finally:
        tmp_path.chmod(0o700)
    assert caught.value.filename == str(tmp_path / "report")


def test_a_symlink_stays_one(report: refgraph.CycleReport, tmp_path: pathlib.Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    for _ in range(2):
        report.render(link, limit=1)
        assert link.is_symlink()
        assert len(names(tmp_path / "real")) == 3
        assert names(tmp_path) == ["link", "real"]


def test_a_dangling_symlink_gets_its_target(
    report: refgraph.CycleReport, tmp_path: pathlib.Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to("real")
    report.render(link, limit=1)
    assert link.is_symlink()
    assert names(tmp_path) == ["link", "real"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs renameat2")
def test_it_is_replaced_in_one_step_that_leaves_no_cycle(
    report: refgraph.CycleReport, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report.render(tmp_path / "report")
    monkeypatch.setattr(os, "rename", None)  # two steps would take it
    report.render(tmp_path / "report", limit=1)
    assert len(names(tmp_path / "report")) == 3
    assert "ctypes" not in str(refgraph.capture().cycles(isolated=True))


def test_without_an_exchange_in_one_step_it_is_replaced_all_the_same(
    report: refgraph.CycleReport, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ctypes

    folder = tmp_path / "report"
    report.render(folder)
    monkeypatch.setattr(ctypes, "pythonapi", object())
    report.render(folder, limit=1)
    assert len(names(folder)) == 3
    assert names(tmp_path) == ["report"]


# ---- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize("formats", [["gif"], ["svg", "exe"], [""], [".svg"], ["../x.svg"]])
def test_an_unknown_format_is_refused_before_anything_is_written(
    report: refgraph.CycleReport, tmp_path: pathlib.Path, formats: list[str]
) -> None:
    with pytest.raises(refgraph.RenderError):
        report.render(tmp_path / "report", formats=formats)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("keywords", "error", "name"),
    [
        ({"formats": "svg"}, TypeError, "formats"),
        ({"formats": [3]}, TypeError, "formats"),
        ({"formats": 3}, TypeError, "formats"),
        ({"limit": "3"}, TypeError, "limit"),
        ({"limit": 0}, ValueError, "limit"),
        ({"isolate": 1}, TypeError, "isolate"),
        ({"deadline": "1"}, TypeError, "deadline"),
        ({"deadline": 0}, ValueError, "deadline"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_written(
    report: refgraph.CycleReport,
    tmp_path: pathlib.Path,
    keywords: dict[str, Any],
    error: type[Exception],
    name: str,
) -> None:
    with pytest.raises(error, match=name):
        report.render(tmp_path / "report", **keywords)
    assert names(tmp_path) == []


# ---- hostile names, and what goes wrong ----------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "../../x",
        "/etc/passwd",
        "x" * 5000,
        "two\nlines\r\t\x1b[31m",
        "]]> & \"quoted\" 'q'",
        "...",
        "Ünïcödé ☃",
        "a%s{0}\\N",
    ],
)
def test_a_class_may_have_any_name(tmp_path: pathlib.Path, name: str) -> None:
    hostile = type(name, (), {"__module__": "hostile"})
    made = hostile()
    made.me = made
    del made
    report = refgraph.capture().cycles(type=hostile, isolated=True)
    assert len(report) == 1
    report.render(tmp_path / "report")
    assert names(tmp_path) == ["report"]
    found = read(tmp_path / "report")
    assert set(names(tmp_path / "report")) == {"report.json", *found["files"]}
    [entry] = found["groups"]
    assert "picture_error" not in entry
    [picture] = entry["pictures"]
    assert len(picture) < 100
    assert picture.isascii()
    assert "/" not in picture
    assert not set(picture) & set("<>&\n\r\t\"'\\ ")
    text = (tmp_path / "report" / picture).read_text(encoding="utf-8")
    assert Svg(text).of_class("cycle")
    assert "<script" not in text
    assert "\x1b" not in (tmp_path / "report" / "report.txt").read_text(encoding="utf-8")


def test_a_surrogate_in_a_name_is_written_in_ascii(tmp_path: pathlib.Path) -> None:
    made: dict[str, Any] = {}
    made["\udc80key"] = made
    address = id(made)
    del made
    report = refgraph.capture().cycles(type=dict, isolated=True)
    assert address in {node.address for cycle in report for node in cycle.members}
    report.render(tmp_path / "report")
    assert len(read(tmp_path / "report")["groups"]) == len(report.groups)


@pytest.mark.parametrize(
    "error",
    [refgraph.RenderError("graphviz said no"), refgraph.RenderTimeout("too slow"), MemoryError()],
)
def test_a_picture_that_cannot_be_drawn_is_told_and_the_others_are_there(
    report: refgraph.CycleReport,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    drawn = Drawing._drawn

    def fails(self: Drawing, picture_format: str) -> bytes:
        if "Slow" in self.title:
            raise error
        return drawn(self, picture_format)

    monkeypatch.setattr(Drawing, "_drawn", fails)
    report.render(tmp_path / "report")
    found = read(tmp_path / "report")
    [failed] = [entry for entry in found["groups"] if "picture_error" in entry]
    number = found["groups"].index(failed) + 1
    assert "Slow" in failed["path"]["text"]
    assert failed["pictures"] == []
    assert failed["picture_error"] == f"{type(error).__name__}: {error}"
    assert sum(len(entry["pictures"]) for entry in found["groups"]) == 2
    assert set(names(tmp_path / "report")) == {"report.json", *found["files"]}
    text = (tmp_path / "report" / "report.txt").read_text(encoding="utf-8")
    assert f"No picture of group {number}: {failed['picture_error']}" in text


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "disk is full")])
@pytest.mark.parametrize("is_there", [True, False])
def test_an_interruption_leaves_the_directory_as_it_was(
    report: refgraph.CycleReport,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    is_there: bool,
) -> None:
    folder = tmp_path / "report"
    if is_there:
        report.render(folder, limit=1)
    before = content(folder) if is_there else {}
    drawn = Drawing._drawn

    def interrupted(self: Drawing, picture_format: str) -> bytes:
        if "Slow" in self.title:
            return drawn(self, picture_format)
        raise error

    monkeypatch.setattr(Drawing, "_drawn", interrupted)
    with pytest.raises(type(error)):
        report.render(folder)
    assert names(tmp_path) == (["report"] if is_there else [])
    assert not is_there or content(folder) == before


def test_without_graphviz_nothing_is_written(
    report: refgraph.CycleReport, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import refgraph.drawing

    def missing() -> Any:
        raise ImportError("Graphviz's libraries are missing")

    monkeypatch.setattr(refgraph.drawing, "_render_module", missing)
    with pytest.raises(ImportError):
        report.render(tmp_path / "report")
    assert names(tmp_path) == []
