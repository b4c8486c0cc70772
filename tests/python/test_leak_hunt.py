"""docs/leak-hunt.ipynb says what is so, and what it keeps of a run is presentable."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pytest
from pictures import Svg

import refgraph

NOTEBOOK = pathlib.Path(__file__).parents[2] / "docs" / "leak-hunt.ipynb"
RUNNER = pathlib.Path(__file__).parent / "notebook_cells.py"

(
    SERVE,
    CAPTURE,
    TYPES,
    GROWTH,
    GROUPS,
    CHAINS,
    SESSION,
    ERRORS,
    SESSIONS,
    FIX,
    ROUNDS,
    CYCLES,
    CUT,
) = range(1, 14)
QUESTIONS = [
    (CAPTURE, "len(after.objects('photos.Session')), len(after.objects('photos.Photo'))"),
    (CAPTURE, "after.objects('photos.Photo')[0].retained_size > 20_000"),
    (GROWTH, "[suspect.place.text for suspect in growth.suspects()]"),
    (GROWTH, "[suspect.is_steady for suspect in growth.suspects()]"),
    (GROUPS, "[group.signature for group in left.why_alive()]"),
    (CHAINS, "chains[0].evaluable, id(eval(chains[0].expression)) == left[0].address"),
    (ERRORS, "after.what_if(after.objects('ValueError')).size > 32 * 20_000"),
    (FIX, "len(fixed.objects('photos.Photo')), len(fixed.objects('photos.Session'))"),
    (ROUNDS, "tracker.rounds"),
    (CYCLES, "[(group.count, group.verdict) for group in watch.report.groups]"),
    (CYCLES, "watch.report[0].cut.is_enough, str(watch.report[0].cut)"),
    (CYCLES, "photos.Download.ended"),
    (CUT, "len(watch.report), photos.Download.ended"),
]


@pytest.fixture(scope="module")
def cells() -> list[dict[str, Any]]:
    """What each code cell shows, on this interpreter."""
    package = str(pathlib.Path(refgraph.__file__).absolute().parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, str(RUNNER), NOTEBOOK.name]
        + [f"{cell}:{expression}" for cell, expression in QUESTIONS],
        cwd=NOTEBOOK.parent,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def values(cells: list[dict[str, Any]], number: int) -> list[Any]:
    return list(cells[number - 1]["values"].values())


def stored() -> list[dict[str, Any]]:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def data_of(cell: dict[str, Any]) -> dict[str, str]:
    """What a cell has kept of its value, by MIME type."""
    data: dict[str, Any] = cell["outputs"][0]["data"] if cell["outputs"] else {}
    return {kind: "".join(content) for kind, content in data.items()}


# ---- what it says --------------------------------------------------------------------------------


def test_what_the_notebook_says_is_so(cells: list[dict[str, Any]]) -> None:
    failed, sessions = "sys.modules['photos'].FAILED[*]", "sys.modules['photos'].SESSIONS[*]"
    photo = f"{failed}.__traceback__.tb_frame.f_locals['photo']"
    assert values(cells, CAPTURE) == ["(320, 32)", "True"]
    assert eval(values(cells, GROWTH)[0])[:2] == [failed, sessions]
    assert eval(values(cells, GROWTH)[1])[:2] == [True, True]
    assert eval(values(cells, GROUPS)[0]) == [photo]
    assert values(cells, CHAINS) == ["(True, True)"]
    assert values(cells, ERRORS) == ["True"]
    assert values(cells, FIX) == ["(0, 50)"]
    assert values(cells, ROUNDS) == ["4"]
    assert values(cells, CYCLES) == [
        "[(5, 'with a finalizer')]",
        "(True, 'photos.Progress.download')",
        "0",
    ]
    assert values(cells, CUT)[0].startswith("(0, ")
    assert int(values(cells, CUT)[0].strip("()").split(",")[1]) >= 5


def test_each_answer_is_shown_in_words_and_in_html(cells: list[dict[str, Any]]) -> None:
    assert len(cells) == CUT
    shown = [number for number, cell in enumerate(cells, 1) if cell["text"]]
    assert shown == [number for number in range(1, CUT + 1) if number != SERVE]
    drawn = [number for number, cell in enumerate(cells, 1) if "<img" in cell["html"]]
    assert drawn == [GROWTH, CHAINS, SESSION, CYCLES]
    assert "held by at least" not in cells[CHAINS - 1]["text"]
    assert cells[ROUNDS - 1]["text"] == "[]"
    assert cells[CUT - 1]["text"] == "The block left no cycles."
    for cell in cells:
        ElementTree.fromstring(f"<div>{cell['html']}</div>")


# ---- what it keeps of a run ----------------------------------------------------------------------


def test_it_was_executed_from_top_to_bottom_without_an_error() -> None:
    for number, cell in enumerate(stored(), 1):
        assert cell["execution_count"] == number
        kinds = [output["output_type"] for output in cell["outputs"]]
        assert kinds == ([] if number == SERVE else ["execute_result"])


def test_what_it_keeps_is_what_the_cells_show_now(cells: list[dict[str, Any]]) -> None:
    def shape(text: str) -> str:
        """A text without what differs from run to run, and from version to version."""
        text = re.sub(r"0x\w+…\w+|'?\d[\d,.]*(\.jpg')?|-\d+'|(?<=\d )[KM]?i?B\b", "", text)
        return re.sub(r"\s+|[KM]iB|\bB\b", "", text)

    kept = [data_of(cell) for cell in stored()]
    for number in (GROUPS, CHAINS, ERRORS, SESSIONS, ROUNDS, CUT):
        now, then = cells[number - 1]["text"], kept[number - 1]["text/plain"]
        assert shape(now) == shape(then)
    for cell, data in zip(cells, kept):
        assert bool(cell["html"]) == ("text/html" in data)
        assert cell["html"].count("<img") == data.get("text/html", "").count("<img")


def test_what_it_keeps_names_no_machine_and_is_small() -> None:
    assert NOTEBOOK.stat().st_size < 300_000
    everything = NOTEBOOK.read_text(encoding="utf-8")
    for cell in stored():
        data = data_of(cell)
        for picture in re.findall(r'base64,([^"]+)"', data.get("text/html", "")):
            svg = base64.b64decode(picture, validate=True).decode()
            assert Svg(svg).text
            everything += svg
        if "image/svg+xml" in data:
            assert Svg(data["image/svg+xml"]).text
    assert not re.search(r"/(home|root|tmp|usr|work|Users|var|opt|private)\b", everything)
    assert "ipykernel" not in everything
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert all(cell["metadata"] == {} for cell in notebook["cells"])
