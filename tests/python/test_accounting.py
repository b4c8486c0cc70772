"""Refcounts against what the graph explains of them: nothing of a program is ever called unexplained but
what C code leaked, and then exactly so many references; and the tool is not in its own answer."""

from __future__ import annotations

import ctypes
import gc
import random
import subprocess
import sys
import threading
import types
from typing import Any

import pytest
import shapes
from hypothesis import given, settings
from hypothesis import strategies as st

import refgraph
from refgraph import _core

WEAK = 3  # rg_strength
ATOMS = (str, int, float, bytes, complex, bool, type(None), type(Ellipsis), type(NotImplemented))


def unexplained_of(graph: _core.Graph) -> dict[int, int]:
    """{address: references that nothing explains}."""
    return {
        graph.node(node)[1]: references
        for kind, node, _, references in graph.roots()
        if kind == "native"
    }


def reachable(start: list[Any], known: set[int]) -> dict[int, Any]:
    """What is reached from these objects but through `known` ones, modules and static types."""
    found: dict[int, Any] = {}
    stack = list(start)
    while stack:
        obj = stack.pop()
        if id(obj) in found or id(obj) in known or isinstance(obj, ATOMS):
            continue
        if type(obj) is types.FrameType:  # the frames of generators are looked into by gc too
            continue
        found[id(obj)] = obj
        stack += gc.get_referents(obj)
    return found


def over_explained(graph: _core.Graph) -> list[Any]:
    """Objects with more owned references in the graph than their count has."""
    explained = [0] * graph.node_count
    for kind, node, _, references in graph.roots():
        if kind != "native":
            explained[node] += references
    for node in range(graph.node_count):
        for edge in graph.referents(node):
            if edge[4] != WEAK:
                explained[edge[1]] += 1
    immortal_or_synthetic = 2 | 64
    wrong = []
    for node, count in enumerate(explained):
        type_, _, _, refcount, _, flags = graph.node(node)
        if count > refcount and not flags & immortal_or_synthetic:
            wrong.append((graph.type_of(node), graph.text(node), refcount, count))
    return wrong
