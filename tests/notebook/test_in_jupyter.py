"""The notebook in Jupyter itself, and the page that nbconvert makes of it, in a browser.

Apart from the other tests: what Jupyter brings would be in every heap that is captured.
"""

from __future__ import annotations

import json
import pathlib
from typing import TYPE_CHECKING, Any

import pytest

nbclient = pytest.importorskip("nbclient")
nbconvert = pytest.importorskip("nbconvert")
nbformat = pytest.importorskip("nbformat")
pretty = pytest.importorskip("IPython.lib.pretty")
pytest.importorskip("ipykernel")

import execute  # noqa: E402
from browser import CHROMIUM, look_at  # noqa: E402

import refgraph  # noqa: E402

if TYPE_CHECKING:
    from browser import Look

NOTEBOOK = pathlib.Path(__file__).parents[2] / "docs" / "leak-hunt.ipynb"
DRAWN = 4  # cells whose values have pictures


@pytest.fixture(scope="module")
def executed() -> Any:
    """The notebook as Jupyter leaves it; an error in a cell is raised."""
    return execute.executed(NOTEBOOK)


@pytest.fixture(scope="module")
def shown(executed: Any) -> list[dict[str, str]]:
    """What each code cell shows, by MIME type."""
    return [
        cell.outputs[0]["data"] if cell.outputs else {}
        for cell in executed.cells
        if cell.cell_type == "code"
    ]


def page_of(notebook: Any, path: pathlib.Path) -> pathlib.Path:
    """nbconvert's page, without the libraries for mathematics that it would fetch."""
    exporter = nbconvert.HTMLExporter(mathjax_url="", require_js_url="", jquery_url="")
    exporter.mermaid_js_url = ""
    text, _ = exporter.from_notebook_node(notebook)
    path.write_text(text, encoding="utf-8")
    return path


def test_jupyter_keeps_text_beside_the_html_and_pictures_as_svg(
    shown: list[dict[str, str]],
) -> None:
    assert len(shown) == 13
    assert [i for i, data in enumerate(shown) if not data] == [0]
    assert all("text/plain" in data for data in shown[1:])
    assert sum("text/html" in data for data in shown) == 9
    assert sum("data:image/svg+xml" in data.get("text/html", "") for data in shown) == DRAWN
    assert sum("image/svg+xml" in data for data in shown) == 1  # a drawing, for who shows no HTML
    assert not [data for data in shown if data.get("text/plain", "").startswith("<Ch")]


def test_jupyter_says_what_the_notebook_says(shown: list[dict[str, str]]) -> None:
    texts = [data.get("text/plain", "") for data in shown]
    for text in (
        "32 of 32  100.0 %",
        "sys.modules['photos'].FAILED[*]",
        "photos.Download.progress → photos.Progress.download → photos.Download",
        "Cut: photos.Progress.download",
        "The block left no cycles.",
    ):
        assert any(text in shown for shown in texts), text
    assert "[]" in texts
    assert not any("ipykernel" in text or "/tmp/" in text for text in texts)


def test_what_is_kept_in_the_file_has_the_same_cells(executed: Any) -> None:
    kept = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert [cell["id"] for cell in kept["cells"]] == [cell.id for cell in executed.cells]
    nbformat.validate(nbformat.from_dict(kept))


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")
@pytest.mark.parametrize("source", ["executed here", "kept in the file"])
def test_a_browser_shows_the_page_of_nbconvert_without_a_complaint(
    executed: Any, tmp_path: pathlib.Path, source: str
) -> None:
    notebook = executed if source == "executed here" else nbformat.read(NOTEBOOK, as_version=4)
    look: Look = look_at(page_of(notebook, tmp_path / "page.html"), tmp_path / "browser")
    assert len(look.images) == DRAWN
    assert look.broken == 0
    assert all(image["width"] > 200 and image["height"] > 100 for image in look.images)
    assert look.console == []
    assert look.resources == []
    assert look.title == "leak-hunt" or look.title == "Notebook"
    for text in ("A leak hunt", "32 photos.Photo (1.8 KiB), held in one way.", "Most likely leaks"):
        assert text in look.text


def test_ipython_prints_an_answer_whole_and_as_a_line_within_another() -> None:
    snapshot = refgraph.capture()
    node = snapshot.node(dict)
    for answer in (snapshot.types(), node.why_alive(), snapshot.cycles(), snapshot.suspects()):
        assert pretty.pretty(answer) == str(answer)
        assert pretty.pretty([answer]) == f"[{answer!r}]"
        assert pretty.pretty({1: answer}) == f"{{1: {answer!r}}}"
    assert pretty.pretty(node).split("\n")[0] == repr(node)[1:-1]
