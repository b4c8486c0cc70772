"""Whether this is a notebook that shows a `graphviz.Source` by itself."""

from __future__ import annotations

import builtins
import importlib
from typing import Any


def graphviz_package() -> Any:
    """The Python package graphviz, or None: nothing but notebooks needs it."""
    try:
        return importlib.import_module("graphviz")
    except ImportError:
        return None


def is_notebook() -> bool:
    """Whether IPython runs in no terminal, and the package graphviz is there."""
    get_ipython = getattr(builtins, "get_ipython", None)
    if get_ipython is None or graphviz_package() is None:
        return False
    shell = get_ipython()
    return shell is not None and type(shell).__name__ != "TerminalInteractiveShell"
