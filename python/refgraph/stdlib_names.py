"""Which modules are the standard library's."""

from __future__ import annotations

import os
import sys

__all__ = ["is_of_program"]


def _names() -> frozenset[str]:
    """Names of top-level modules. Before Python 3.10 what lies in its folder."""
    known = getattr(sys, "stdlib_module_names", None)
    if known is not None:
        return frozenset(known)
    folder = os.path.dirname(os.__file__)
    names = set(sys.builtin_module_names)
    for path in (folder, os.path.join(folder, "lib-dynload")):
        if os.path.isdir(path):
            names.update(entry.partition(".")[0] for entry in os.listdir(path))
    return frozenset(names)


_NAMES = _names()


def is_of_program(module: str) -> bool:
    """Whether a type's module is of a program or a library: no builtin, no standard library's."""
    return module not in ("", "builtins") and module.partition(".")[0] not in _NAMES
