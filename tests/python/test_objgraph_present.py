"""`refgraph.objgraph`: where pictures go, and what is printed about them."""

from __future__ import annotations

import io
import os
import re
import subprocess
import types
from typing import Any

import pytest

import refgraph.objgraph as objgraph
from refgraph.objgraph import drawing


def test_a_stream_and_a_file_at_once_are_refused():
    with pytest.raises(ValueError, match=r"Cannot specify both output and filename\."):
        objgraph.show_refs([], output=io.StringIO(), filename="x.dot")


def test_a_dot_file_is_written_and_said(tmp_path, capsys):
    path = str(tmp_path / "x.dot")
    target = "\udc80"
    assert objgraph.show_refs([[target]], filename=path) is None
    assert capsys.readouterr().out == f"Graph written to {path} (2 nodes)\n"
    with open(path, encoding="utf-8") as file:
        assert file.read().startswith("digraph ObjectGraph {\n")


def needs_graphviz() -> None:
    """Skips where pictures cannot be drawn."""
    if not drawing.can_draw():
        pytest.skip("Graphviz's libraries are not installed")


def test_a_file_may_be_a_path_and_nothing_else_that_is_no_name(tmp_path, capsys):
    objgraph.show_refs([[1]], filename=tmp_path / "graph.dot")
    assert (tmp_path / "graph.dot").read_text().startswith("digraph ObjectGraph {")
    assert f"Graph written to {tmp_path}" in capsys.readouterr().out
    with pytest.raises(TypeError, match=r"expected str, bytes or os\.PathLike object, not float"):
        objgraph.show_refs([[1]], filename=1.5)
    assert capsys.readouterr().out == ""


def test_a_picture_is_drawn_without_any_program(tmp_path, capsys, monkeypatch):
    needs_graphviz()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for suffix, begin in (
        ("png", b"\x89PNG"),
        ("svg", b"<?xml"),
        ("pdf", b"%PDF"),
        ("ps", b"%!PS"),
    ):
        path = tmp_path / f"picture.{suffix}"
        objgraph.show_refs([[1, 2]], filename=str(path))
        assert path.read_bytes().startswith(begin)
        first, second = capsys.readouterr().out.splitlines()
        assert re.fullmatch(r"Graph written to .*objgraph-.*\.dot \(3 nodes\)", first)
        assert second == f"Image generated as {path}"


@pytest.mark.parametrize("filename", [None, ""])
def test_no_file_name_makes_a_png_beside_the_text(tmp_path, capsys, monkeypatch, filename):
    needs_graphviz()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    objgraph.show_refs([[1, 2]], filename=filename)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "Graph viewer (xdot) not found, generating a png instead"
    assert lines[2].startswith("Image generated as ")
    assert lines[2].endswith(".png")
    assert os.path.getsize(lines[2].rpartition(" ")[2]) > 100


def test_what_graphviz_refuses_is_said_as_dot_would(tmp_path, capsys, monkeypatch):
    needs_graphviz()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name, given in (("x.bogus", "bogus"), ("x", "")):
        path = str(tmp_path / name)
        objgraph.show_refs([[1]], filename=path)
        answer = capsys.readouterr()
        text = answer.out.splitlines()[1]
        assert text.startswith(f'dot failed (exit code 1) while executing "dot -T{given} -o{path} ')
        assert "Graphviz" in answer.err
        assert not os.path.exists(path)
    objgraph.show_refs([[1]], filename=str(tmp_path / "no" / "x.png"))
    answer = capsys.readouterr()
    assert "dot failed" in answer.out
    assert "No such file" in answer.err


class Programs:
    """Stands in the place of `subprocess`."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.started: list[list[str]] = []

    def Popen(self, args: list[str], close_fds: bool = False) -> Any:  # noqa: N802
        self.started.append(args)
        return types.SimpleNamespace(wait=lambda: None, returncode=self.code)


@pytest.mark.parametrize(
    ("there", "filename", "code", "started", "printed"),
    [
        (["dot", "xdot"], None, 0, ["xdot", "f.dot"], "Spawning graph viewer (xdot)\n"),
        (
            ["dot"],
            None,
            0,
            ["dot", "-Tpng", "-of.png", "f.dot"],
            "Graph viewer (xdot) not found, generating a png instead\nImage generated as f.png\n",
        ),
        (["dot"], "b.svg", 0, ["dot", "-Tsvg", "-ob.svg", "f.dot"], "Image generated as b.svg\n"),
        (
            ["dot"],
            "b.png",
            7,
            ["dot", "-Tpng", "-ob.png", "f.dot"],
            'dot failed (exit code 7) while executing "dot -Tpng -ob.png f.dot"\n',
        ),
        ([], "b.png", 0, None, "Image renderer (dot) not found, not doing anything else\n"),
        (
            [],
            None,
            0,
            None,
            "Graph viewer (xdot) and image renderer (dot) not found, not doing anything else\n",
        ),
        (["dot"], "f.dot", 0, None, ""),
    ],
)
def test_programs_are_run_where_they_were_replaced(
    there, filename, code, started, printed, capsys, monkeypatch
):
    programs = Programs(code)
    monkeypatch.setattr(objgraph, "subprocess", programs)
    monkeypatch.setattr(objgraph, "_program_in_path", there.__contains__)
    objgraph._present_graph("f.dot", filename)
    assert capsys.readouterr().out == printed
    assert programs.started == ([started] if started else [])


def test_dot_is_run_where_graphvizs_libraries_are_missing(tmp_path, capsys, monkeypatch):
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\necho "$@" > "${2#-o}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr("refgraph.objgraph.present.can_draw", lambda: False)
    path = tmp_path / "x.png"
    objgraph._present_graph("f.dot", str(path))
    assert capsys.readouterr().out == f"Image generated as {path}\n"
    assert path.read_text() == f"-Tpng -o{path} f.dot\n"


def test_a_notebook_is_given_the_source(monkeypatch):
    monkeypatch.setattr(objgraph, "IS_INTERACTIVE", True)
    monkeypatch.setattr(
        objgraph, "graphviz", types.SimpleNamespace(Source=lambda text: ("source", text)), False
    )
    kind, text = objgraph.show_refs([[1]])
    assert kind == "source"
    assert text.startswith("digraph ObjectGraph {")
    out = io.StringIO()
    assert objgraph.show_refs([[1]], output=out) is None


def test_a_notebook_without_the_program_is_shown_the_picture(monkeypatch):
    class ExecutableNotFound(RuntimeError):
        pass

    class Source:
        raises: Exception | None = ExecutableNotFound("dot")

        def __init__(self, source: str) -> None:
            self.source = source

        def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
            if self.raises:
                raise self.raises
            return {"image/png": b"its own"}

    needs_graphviz()
    monkeypatch.setattr(objgraph, "IS_INTERACTIVE", True)
    monkeypatch.setattr(objgraph, "graphviz", types.SimpleNamespace(Source=Source), False)
    shown = objgraph.show_refs([["\udc80"]])
    assert isinstance(shown, Source)
    assert "<svg" in shown._repr_mimebundle_(None, None)["image/svg+xml"]
    Source.raises = None
    assert shown._repr_mimebundle_() == {"image/png": b"its own"}
    Source.raises = RuntimeError("something else")
    with pytest.raises(RuntimeError, match="something else"):
        shown._repr_mimebundle_()


def test_names_of_the_module_are_there():
    assert objgraph.__version__ == "3.6.2"
    assert objgraph.subprocess is subprocess
    assert isinstance(objgraph.IS_INTERACTIVE, bool)
    assert objgraph.__author__
    assert objgraph.__date__
