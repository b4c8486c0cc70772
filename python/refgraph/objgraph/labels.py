"""The texts of a picture: labels of nodes and edges, colours, quoting.

An edge's label is objgraph's where objgraph has one. Where it has none (items, keys, slots,
attributes since Python 3.11, cells, locals of generators, tracebacks, fields of C objects) it is
the name that refgraph's capture gives.
"""

from __future__ import annotations

import gc
import types
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Callable

from .. import _core
from ..errors import CaptureError
from .texts import _is_identifier, _long_typename, _safe_repr, _short_typename, derives_from

_NAMES_MOST = 3  # in one label
_REFERENCES_MOST = 20_000  # of an object whose references are named one by one

Colour = tuple[float, float, float]

_method_self = types.MethodType.__dict__["__self__"].__get__
_method_function = types.MethodType.__dict__["__func__"].__get__


def _quote(s: str) -> str:
    return s.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n").replace("\0", r"\\0")


def _obj_node_id(obj: object) -> str:
    return f"o{id(obj)}".replace("-", "_")


def _obj_label(
    obj: object,
    extra_info: Callable[[Any], object] | None = None,
    refcounts: bool = False,
    shortnames: bool = True,
) -> str:
    own = 3  # references: the list below, this parameter, the caller's
    number = _core.refcounts([obj])[0] - own if refcounts else None
    return node_label(obj, extra_info, number, shortnames)


def node_label(
    obj: object, extra_info: Callable[[Any], object] | None, refcount: int | None, shortnames: bool
) -> str:
    """Type, text and extra information, quoted for a label."""
    name = _short_typename(obj) if shortnames else _long_typename(obj)
    lines = [name if refcount is None else f"{name} [{refcount}]", _safe_repr(obj)]
    if extra_info:
        lines.append(str(extra_info(obj)))
    return _quote("\n".join(lines))


def _obj_attrs(obj: object, extra_node_attrs: Callable[[Any], dict[str, object]] | None) -> str:
    if not extra_node_attrs:
        return ""
    attributes = sorted(extra_node_attrs(obj).items())
    return "".join(
        f', {name}="{_quote(str(value))}"' for name, value in attributes if value is not None
    )


def _gradient(start_color: Colour, end_color: Colour, depth: float, max_depth: float) -> Colour:
    """The colour at `depth` on the way from one to the other."""
    if max_depth == 0:
        return start_color
    part = depth / max_depth
    h, s, v = (a * (1 - part) + b * part for a, b in zip(start_color, end_color))
    return h, s, v


# ---- edges ----


def _edge_label(source: object, target: object, shortnames: bool = True) -> str:
    return edge_names([(source, [target])], shortnames).label(source, target)


class EdgeNames:
    """Names of references: of each source and target some, in the order in which the source has
    them.
    """

    def __init__(self) -> None:
        self._names: defaultdict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
        self._unwritten: Counter[tuple[int, int]] = Counter()

    def add(self, source: int, target: int, text: str, weight: int) -> None:
        """By ids. `weight` 0: none is written."""
        self._names[source, target].append((text, weight))

    def wants(self, source: int, target: int, references: int) -> bool:
        """Whether one more name of that many references will be written; else it is counted."""
        is_wanted = len(self._names[source, target]) < max(references, _NAMES_MOST)
        self._unwritten[source, target] += not is_wanted
        return is_wanted

    def has(self, source: int, target: int) -> bool:
        """Whether the reference has a name."""
        return bool(self._names.get((source, target)))

    def label(self, source: object, target: object, occurrence: int | None = None) -> str:
        """The attributes of an edge; `occurrence`: of one of several references, else of all of
        them.
        """
        names = self._names.get((id(source), id(target)), [])
        if occurrence is not None:
            names = names[occurrence : occurrence + 1]
        if not names:
            return ""
        weight = f",weight={names[0][1]}" if names[0][1] else ""
        text = ", ".join(text for text, _ in names[:_NAMES_MOST])
        more = len(names) - _NAMES_MOST + self._unwritten[id(source), id(target)]
        if more > 0 and occurrence is None:
            text += f" … {more} more"
        return f' [label="{_quote(text)}"{weight}]'


def edge_names(edges: Iterable[tuple[object, Sequence[object]]], shortnames: bool) -> EdgeNames:
    """Names of the references from each source to its targets; no attribute is read."""
    found = EdgeNames()
    captured: list[tuple[Any, Counter[int]]] = []
    for source, targets in edges:
        wanted = Counter(map(id, targets))
        if _name_special(found, source, wanted, shortnames):
            continue
        captured.append((source, wanted))
    _name_captured(found, captured)
    return found


def _name_special(found: EdgeNames, source: Any, wanted: Counter[int], shortnames: bool) -> bool:
    """Names of what is read more cheaply than captured; true where nothing is left to be named."""
    kind = type(source)
    if kind is types.MethodType:
        for name, part in (
            ("__self__", _method_self(source)),
            ("__func__", _method_function(source)),
        ):
            if id(part) in wanted and not found.has(id(source), id(part)):
                found.add(id(source), id(part), name, 10)
    elif kind is types.FrameType:
        if id(source.f_globals) in wanted:
            found.add(id(source), id(source.f_globals), "f_globals", 10)
    elif derives_from(kind, dict):
        _name_items(found, source, wanted, shortnames)
        return kind is dict
    elif kind is list or kind is tuple:
        for position, item in enumerate(source):
            number = wanted.get(id(item))
            if number and found.wants(id(source), id(item), number):
                found.add(id(source), id(item), f"[{position}]", 0)
        return True
    return False


def _name_items(
    found: EdgeNames, source: dict[Any, Any], wanted: Counter[int], shortnames: bool
) -> None:
    keys = []
    for key, value in list(dict.items(source)):
        if id(key) in wanted:
            keys.append(key)
        number = wanted.get(id(value))
        if not number or not found.wants(id(source), id(value), number):
            continue
        if type(key) is str and _is_identifier(key):
            found.add(id(source), id(value), key, 2)
        else:
            name = _short_typename(key) if shortnames else _long_typename(key)
            found.add(id(source), id(value), f"{name}\n{_safe_repr(key)}", 0)
    for key in keys:  # last: a dict whose keys are all texts reports values only
        if type(key) is not str or not found.has(id(source), id(key)):
            found.add(id(source), id(key), "key", 0)


def _name_captured(found: EdgeNames, captured: list[tuple[Any, Counter[int]]]) -> None:
    """Names from a capture of these objects alone."""
    sources = [
        (source, wanted)
        for source, wanted in captured
        if len(gc.get_referents(source)) <= _REFERENCES_MOST
    ]
    if not sources:
        return
    try:
        graph = _core.capture_only([source for source, _ in sources])
    except (CaptureError, MemoryError):
        return  # inside a collection: a picture without these names
    for source, wanted in sources:
        node = graph.find(id(source))
        named = {target for target in wanted if found.has(id(source), target)}
        for _, target, _, name, _ in () if node is None else graph.referents(node):
            address = graph.node(target)[1]
            if address in wanted and address not in named:
                found.add(id(source), address, *_written(source, name))


def _written(source: object, name: str) -> tuple[str, int]:
    """A name as objgraph would write it, and the edge's weight."""
    if not name.startswith("."):
        return name, 0
    is_close = name == ".__dict__" or type(source) in (types.FunctionType, types.FrameType)
    return name[1:], 10 if is_close else 2
