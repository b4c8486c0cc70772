"""Edges in a capsule, as `_core` lends them to `_render`: the structs of C, made by hand."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

_NAME = b"refgraph.edges"
_kept: list[object] = []  # a capsule of this kind owns nothing


class _Edge(ctypes.Structure):
    """rg_edge."""

    _fields_ = (
        ("source", ctypes.c_uint32),
        ("target", ctypes.c_uint32),
        ("index", ctypes.c_uint64),
        ("name_kind", ctypes.c_int),
        ("name_value", ctypes.c_uint32),
        ("strength", ctypes.c_int),
        ("folded", ctypes.c_bool),
    )


class _View(ctypes.Structure):
    """convert_edge_view."""

    _fields_ = (("items", ctypes.POINTER(_Edge)), ("count", ctypes.c_size_t))


def edges_capsule(edges: Sequence[tuple[int, int, int, str, int]]) -> Any:
    """A capsule over edges as `_core` tells them: source, target, index, name, strength."""
    items = (_Edge * len(edges))(*[(edge[0], edge[1], edge[2], 0, 0, edge[4]) for edge in edges])
    view = _View(items, len(edges))
    _kept.extend((items, view))
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return new(ctypes.addressof(view), _NAME, None)
