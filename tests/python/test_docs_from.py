"""docs/from-pympler.md, docs/from-guppy.md: every block runs, and prints what the page says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(
    r"^(?P<indent> *)```python\n(?P<code>.*?)^ *```\n(?: *```text\n(?P<printed>.*?)^ *```\n)?",
    re.MULTILINE | re.DOTALL,
)
RUN = """
import contextlib, io, json, sys, types
module = types.ModuleType("app")
sys.modules["app"] = module
printed = []
for code in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "app.py", "exec"), module.__dict__)
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


def blocks(page: str, whose: str) -> list[tuple[str, str]]:
    """Code and what the page says that it prints, of the blocks for both or for one of them."""
    found = []
    for match in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")):
        indent = f"(?m)^{match['indent']}"
        code = re.sub(indent, "", match["code"])
        if code.startswith(("# both\n", f"# {whose}\n")):
            found.append((code, re.sub(indent, "", match["printed"] or "")))
    return found


def shape(text: str) -> list[str]:
    """The words of a text that are no numbers, units, or names that depend on the heap."""
    words = re.sub(r"0x\S+|[-+]?[\d.,]+( ([KMG]i)?B)?", "#", text).split()
    return [word for word in words if word != "#"]


def run(page: str, whose: str) -> list[tuple[str, str]]:
    """What the page says that each block prints, and what it prints."""
    found = blocks(page, whose)
    assert len(found) >= 5
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps([code for code, _ in found]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = [text for _, text in found]
    return list(zip(said, json.loads(done.stdout[done.stdout.index("[") :])))


@pytest.mark.parametrize("page", ["from-pympler.md", "from-guppy.md"])
def test_blocks_of_refgraph_print_what_the_page_says(page: str) -> None:
    for said, printed in run(page, "refgraph"):
        assert bool(said) == bool(printed)
        if not said:
            continue
        # the first line, and the heads of tables; which rows come first depends on the version
        if sys.version_info >= (3, 11):  # before, attributes are in a dict of the instance
            rows = (
                1 if sys.version_info < (3, 14) else None
            )  # then attributes come as in __static_attributes__
            assert shape(said.splitlines()[0]) in map(shape, printed.splitlines()[:rows])
        heads = [
            line.split() for line in said.splitlines() if re.match(r" +(index|Δ size|count) ", line)
        ]
        assert heads == [
            line.split()
            for line in printed.splitlines()
            if re.match(r" +(index|Δ size|count) ", line)
        ]


@pytest.mark.parametrize("page", ["from-pympler.md", "from-guppy.md"])
def test_every_block_says_whose_it_is(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    other = page.removeprefix("from-").removesuffix(".md")
    firsts = re.findall(r"^ *```python\n *(.*)$", text, re.MULTILINE)
    assert set(firsts) == {"# both", "# refgraph", f"# {other}"}
    assert not re.search(r"```text\n *```", text)  # each that prints is told what


@pytest.mark.parametrize(
    ("page", "module"), [("from-pympler.md", "pympler"), ("from-guppy.md", "guppy")]
)
def test_blocks_of_the_other_run(page: str, module: str) -> None:
    pytest.importorskip(module)
    for said, printed in run(page, module):
        assert bool(said) == bool(printed)
