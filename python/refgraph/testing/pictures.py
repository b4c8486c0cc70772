"""Where the picture of a leak goes, and what to say where there is none."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from ..errors import RenderError
from ..files import safe_name
from ..node import Node

if TYPE_CHECKING:
    import pytest

    from ..drawing import Drawing

__all__ = ["picture_line"]

_SECONDS = 20.0  # that a layout is given
_LONGEST = 100  # characters of the test's name in a file's


def picture_line(config: pytest.Config, nodeid: str, drawn: Node | Drawing | None) -> str:
    """Draw what holds an object, or a drawing; the line that names the file, or says why not."""
    if drawn is None:
        return ""
    try:
        folder = _folder(config)
        os.makedirs(folder, exist_ok=True)
        path = _new_path(folder, nodeid)
        drawing = drawn.backrefs(deadline=_SECONDS) if isinstance(drawn, Node) else drawn
        drawing.save(path)
    except (ImportError, RenderError, OSError) as error:
        return f"No picture: {error}"
    return f"Picture: {path}"


def _folder(config: pytest.Config) -> str:
    """--refgraph-dir, refgraph_dir of the ini file, or a folder in pytest's temporary one."""
    option: str | None = config.getoption("refgraph_dir", None)
    if option:
        return os.path.abspath(option)
    ini: str = config.getini("refgraph_dir")
    if ini:
        return os.path.join(str(config.rootpath), ini)
    factory = getattr(config, "_tmp_path_factory", None)
    base = str(factory.getbasetemp()) if factory is not None else tempfile.gettempdir()
    return os.path.join(base, "refgraph")


def _new_path(folder: str, nodeid: str) -> str:
    name = safe_name(nodeid.rpartition("/")[2].replace("::", "."), _LONGEST)
    path = os.path.join(folder, f"{name}.svg")
    number = 1
    while os.path.exists(path):
        number += 1
        path = os.path.join(folder, f"{name}-{number}.svg")
    return path
