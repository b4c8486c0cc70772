"""Whether this is a notebook that shows a `graphviz.Source` by itself."""

from __future__ import annotations

import builtins
import importlib
from typing import Any

from .drawing import can_draw, draw
from .face import face


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


def source(text: str) -> Any:
    """A `graphviz.Source`, which is drawn here where it finds no program `dot`."""
    base: Any = face.graphviz.Source
    text = text.encode("utf-8", "backslashreplace").decode()
    if not isinstance(base, type) or not hasattr(base, "_repr_mimebundle_"):
        return base(text)

    class Source(base):  # type: ignore[misc]
        def _repr_mimebundle_(self, *args: Any, **keywords: Any) -> Any:
            try:
                return super()._repr_mimebundle_(*args, **keywords)
            except (RuntimeError, OSError) as error:
                if type(error).__name__ != "ExecutableNotFound" or not can_draw():
                    raise
            return {"image/svg+xml": draw("svg", self.source).decode()}

    return Source(text)
