"""Pictures that another process draws: what is noticed of it, and what bounds the effort."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import types
from typing import Any

import pytest
from pictures import Svg

import refgraph
from refgraph.drawing import draw_together

ROW = 300
PACKAGE = pathlib.Path(refgraph.__file__).parent


class Link:
    """One in a row."""


def row_with_long_references() -> Link:
    """Objects in a row, all of which the first holds and which hold the last; the first."""
    links = [Link() for _ in range(ROW)]
    for number, link in enumerate(links[:-1]):
        link.next = links[number + 1]  # type: ignore[attr-defined]
        link.last = links[-1]  # type: ignore[attr-defined]
    for number, link in enumerate(links[2:], 2):
        setattr(links[0], f"link_{number}", link)
    return links[0]


@pytest.fixture
def node(root: types.ModuleType) -> refgraph.Node:
    """An object in a list in a module."""
    root.LIST = [Link()]  # type: ignore[attr-defined]
    return refgraph.capture().node(root.LIST[0])


# ---- the program that draws ----------------------------------------------------------------------


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a child draws")
def test_the_program_lies_beside_the_extension_module() -> None:
    assert os.access(PACKAGE / "refgraph-draw", os.X_OK)


def test_no_child_no_signal_and_no_descriptor_is_left(node: refgraph.Node) -> None:
    noticed: list[int] = []
    node.backrefs().png  # noqa: B018  # what is opened once is open
    before = len(os.listdir("/proc/self/fd"))
    old = signal.signal(signal.SIGCHLD, lambda number, frame: noticed.append(number))
    try:
        assert node.backrefs().svg
        assert node.backrefs().pdf
        with pytest.raises(refgraph.RenderTimeout):
            node.backrefs(deadline=1e-6).svg  # noqa: B018
    finally:
        signal.signal(signal.SIGCHLD, old)
    assert noticed == []
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_that_is_gone_and_closed_standard_files_do_not_matter() -> None:
    program = """
        import os, sys, tempfile
        import refgraph
        class Thing: pass
        thing = Thing()
        node = refgraph.capture().node(thing)
        folder = tempfile.mkdtemp()
        os.chdir(folder)
        os.rmdir(folder)
        result = os.dup(1)
        for number in range(3):
            os.close(number)
        os.write(result, b"drawn" if "</svg>" in node.backrefs().svg else b"")
        os._exit(0)
    """
    code = textwrap.dedent(program)
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert done.stdout == b"drawn"


@pytest.mark.parametrize("program", [None, "exit 113", "not executable"])
def test_without_the_program_a_child_draws(tmp_path: pathlib.Path, program: str | None) -> None:
    package = tmp_path / "refgraph"
    package.mkdir()
    for entry in PACKAGE.iterdir():
        if entry.suffix == ".so":  # it looks beside itself
            shutil.copy(entry, package / entry.name)
        elif entry.name not in ("refgraph-draw", "__pycache__"):
            (package / entry.name).symlink_to(entry.resolve())
    if program:
        script = package / "refgraph-draw"
        script.write_text(f"#!/bin/sh\n{program}\n")
        script.chmod(0o600 if program == "not executable" else 0o700)
    code = """
        import refgraph
        class Thing: pass
        thing = Thing()
        node = refgraph.capture().node(thing)
        assert node.backrefs().svg == node.backrefs(isolate=False).svg
        print(refgraph.__file__)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    assert done.stdout.startswith(str(package))


# ---- several at once -----------------------------------------------------------------------------


def test_pictures_drawn_together_are_those_drawn_one_by_one(node: refgraph.Node) -> None:
    formats = ["svg", "dot", "png"]
    alone = [node.backrefs(), node.refs(), node.backrefs(isolate=False)]
    together = [node.backrefs(), node.refs(), node.backrefs(isolate=False)]
    threads = threading.active_count(), len(os.listdir("/proc/self/task"))
    draw_together(together[:2], formats)
    assert (threading.active_count(), len(os.listdir("/proc/self/task"))) == threads
    draw_together(together, formats)
    assert all(sorted(one._done) == sorted(formats) for one in together)
    assert [(one.svg, one.dot, one.png) for one in together] == [
        (one.svg, one.dot, one.png) for one in alone
    ]


def test_one_that_cannot_be_drawn_spoils_no_other(node: refgraph.Node) -> None:
    late, good = node.backrefs(deadline=1e-6), node.backrefs()
    draw_together([late, good], ["svg"])
    assert good._done["svg"]
    with pytest.raises(refgraph.RenderTimeout):
        late.svg  # noqa: B018


@pytest.mark.parametrize("calls", [None, [None], [((), {})], [(("gif", None, None), {})]])
def test_what_is_no_list_of_calls_is_refused(calls: Any) -> None:
    import refgraph._render as render

    with pytest.raises((TypeError, ValueError)):
        render.draw_all(calls)
    assert render.draw_all([]) == []


# ---- bounded effort ------------------------------------------------------------------------------


def test_the_longest_references_are_left_out_and_the_picture_says_so() -> None:
    first = row_with_long_references()
    node = refgraph.capture().node(first)

    def drawn(isolate: bool) -> str:
        picture = node.refs(depth=ROW, too_many=2 * ROW, max_nodes=ROW, isolate=isolate)
        return picture.svg

    text = drawn(isolate=False)
    svg = Svg(text)
    [stub] = [group for group in svg.of_class("more") if "more references" in svg.text_of(group)]
    assert stub.get("id") == "reduced_edges"
    assert len(svg.of_class("reference")) < 600
    assert len([one for one in svg.of_class("node") if one.get("id", "").startswith("n")]) == ROW
    assert drawn(isolate=False) == text
    del first
