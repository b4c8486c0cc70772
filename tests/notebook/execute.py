"""Execute a notebook in Jupyter and keep what it showed.

    execute.py docs/leak-hunt.ipynb

replaces the outputs in the file. What differs from machine to machine beyond what the cells show
themselves (versions, times of execution) is left out. An error in a cell leaves the file as it was.
"""

from __future__ import annotations

import os
import pathlib
import sys

import nbclient
import nbformat


def executed(path: pathlib.Path) -> nbformat.NotebookNode:
    """The notebook as Jupyter leaves it, run where it lies."""
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources=where, record_timing=False
    ).execute()
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def main() -> None:
    """Execute the notebook that the first argument names."""
    path = pathlib.Path(sys.argv[1]).resolve()
    text = nbformat.writes(executed(path)).rstrip() + "\n"
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


if __name__ == "__main__":
    main()
