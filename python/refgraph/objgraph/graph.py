"""Pictures of what refers to objects, of what they refer to, and of chains: a walk over live
objects, written as DOT text.
"""

from __future__ import annotations

import gc
import os
import sys
import types
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .. import _core
from .face import face
from .index import Referrers, new_index
from .labels import _gradient, _obj_attrs, _obj_node_id, edge_names, node_label
from .locate import is_proper_module
from .present import present
from .texts import derives_from, has_class_attribute

__all__ = ["show_backrefs", "show_chain", "show_refs"]

Predicate = Callable[[Any], object]
Edges = Callable[[Any], Iterable[Any]]


def show_backrefs(
    objs: Any,
    max_depth: int = 3,
    extra_ignore: Iterable[int] = (),
    filter: Predicate | None = None,
    too_many: int = 10,
    highlight: Predicate | None = None,
    filename: str | None = None,
    extra_info: Callable[[Any], object] | None = None,
    refcounts: bool = False,
    shortnames: bool = True,
    output: Any = None,
    extra_node_attrs: Callable[[Any], dict[str, object]] | None = None,
) -> Any:
    """Draw what refers to these objects, and what to that, up to `max_depth` references away.

    `objs`: a list or tuple of objects; anything else is one. Modules are not followed further.
    `extra_ignore`: ids of objects to leave out; `filter`: objects that are not roots are left out
    unless it says yes. Of more than `too_many` referrers the rest becomes one node. `highlight`:
    what it says yes to is blue. `extra_info(obj)`: a third line; `extra_node_attrs(obj)`:
    attributes of Graphviz, a dict. `refcounts`: show reference counts without refgraph's own.
    `shortnames=False`: types with their module.

    `output`: a stream that DOT text is written to. `filename`: a picture in the format of its
    suffix, any that Graphviz knows, or the text for ".dot". Neither: the viewer xdot where there is
    one, else a PNG in the folder for temporary files; in a notebook a `graphviz.Source` is
    returned.

    Raises:
        ValueError: both `output` and `filename` are given.
    """
    objs = _roots(objs)
    referrers = Referrers(new_index(collect=False), objs)
    try:
        return face._show_graph(
            objs,
            referrers.of,
            False,
            max_depth,
            extra_ignore,
            filter,
            too_many,
            highlight,
            filename,
            extra_info,
            refcounts,
            shortnames,
            output,
            is_proper_module,
            extra_node_attrs,
        )
    finally:
        referrers.index = None  # no call, which could fail


def show_refs(
    objs: Any,
    max_depth: int = 3,
    extra_ignore: Iterable[int] = (),
    filter: Predicate | None = None,
    too_many: int = 10,
    highlight: Predicate | None = None,
    filename: str | None = None,
    extra_info: Callable[[Any], object] | None = None,
    refcounts: bool = False,
    shortnames: bool = True,
    output: Any = None,
    extra_node_attrs: Callable[[Any], dict[str, object]] | None = None,
) -> Any:
    """Draw what these objects refer to, and what that does; all else is as in `show_backrefs`."""
    objs = _roots(objs)
    return face._show_graph(
        objs,
        gc.get_referents,
        True,
        max_depth,
        extra_ignore,
        filter,
        too_many,
        highlight,
        filename,
        extra_info,
        refcounts,
        shortnames,
        output,
        None,
        extra_node_attrs,
    )


def show_chain(*chains: Sequence[Any], **kw: Any) -> Any:
    """Draw chains as `find_backref_chain` gives them (`backrefs=False`: as `find_ref_chain` does),
    and every reference between their members. Keywords are those of `show_backrefs` without
    `max_depth` and `filter`.

    Raises:
        ValueError: no chain has a member.
        TypeError: `max_depth` or `filter` is given.
    """
    backrefs = kw.pop("backrefs", True)
    for name in ("max_depth", "filter"):
        if name in kw:
            raise TypeError(f"show_chain() takes no argument {name!r}: the chains decide")
    present_chains = [chain for chain in chains if chain]
    if not present_chains:
        raise ValueError("show_chain() needs a chain that has members")
    members = {id(obj) for chain in present_chains for obj in chain}
    show, end = (face.show_backrefs, -1) if backrefs else (face.show_refs, 0)
    return show(
        _OwnList([chain[end] for chain in present_chains]),
        max_depth=max(map(len, present_chains)) - 1,
        filter=lambda obj: id(obj) in members,
        **kw,
    )


# ---- the walk ----


@dataclass
class _Visit:
    """A node that the walk came to: its object's place, and what was found there."""

    place: int
    depth: int
    neighbours: list[int] = field(default_factory=list)  # places, repeats included
    left_out: int = 0


@dataclass
class _Walk:
    """The nodes of a picture. Each object is held by `objects`, once, and by nothing else here."""

    objects: list[Any]
    roots: list[int]  # places, repeats included
    visits: list[_Visit]


def _walk(
    roots: list[Any],
    edge_func: Edges,
    max_depth: int,
    ignored: set[int],
    accepts: Predicate | None,
    too_many: int,
    culls: Predicate | None,
) -> _Walk:
    """Breadth first. Takes the roots out of their list."""
    place_of: dict[int, int] = {}
    walk = _Walk([], [], [])
    ignored |= {id(roots), id(place_of), id(walk.objects), id(walk.roots), id(walk.visits)}
    ignored |= {id(ignored), id(vars(walk))}

    for root in roots:
        _enter(walk, place_of, root)
        walk.roots.append(place_of[id(root)])
        walk.visits.append(_Visit(walk.roots[-1], 0))
    roots.clear()
    root = None
    for visit in walk.visits:  # grows meanwhile
        target = walk.objects[visit.place]
        if visit.depth >= max_depth or (culls is not None and culls(target)):
            continue
        neighbours = edge_func(target)
        ignored.add(id(neighbours))
        for neighbour in neighbours:
            if id(neighbour) in ignored or (accepts is not None and not accepts(neighbour)):
                continue
            if len(visit.neighbours) >= too_many:
                visit.left_out += 1
                continue
            place = _enter(walk, place_of, neighbour)
            visit.neighbours.append(place_of[id(neighbour)])
            if place is not None:
                walk.visits.append(_Visit(place, visit.depth + 1))
        ignored.discard(id(neighbours))
        del neighbours
    return walk


def _enter(walk: _Walk, place_of: dict[int, int], obj: Any) -> int | None:
    """The place of an object that is new, else None. No function of `_walk`: that would be one of
    the referrers of this module's names.
    """
    if id(obj) in place_of:
        return None
    place_of[id(obj)] = len(walk.objects)
    walk.objects.append(obj)
    return len(walk.objects) - 1


class _OwnList(list[Any]):
    """Roots in a list that this module made."""


class _Wrapped(_OwnList):
    """A root that was given alone."""


def _roots(objs: Any) -> Sequence[Any]:
    return objs if derives_from(type(objs), (list, tuple)) else _Wrapped([objs])


def _refcounts(walk: _Walk, roots: Sequence[Any], referrers: Referrers | None) -> list[int]:
    """Reference counts without this module's own: the walk's, the index's, those of its lists of
    roots.
    """
    counts = _core.refcounts(walk.objects)
    if type(roots) in (_OwnList, _Wrapped):
        for place in walk.roots:
            counts[place] -= 1
    if type(roots) is _Wrapped:
        counts[0] -= sys.version_info < (3, 11)  # before, the caller's stack keeps arguments
    for place, obj in enumerate(walk.objects):
        counts[place] -= 1 + (referrers is not None and referrers.holds(obj))
    return counts


# ---- the text ----


@dataclass
class _Style:
    """How the nodes and edges of a picture are written."""

    is_backwards: bool  # neighbours refer to a node, instead of it to them
    max_depth: int
    highlight: Predicate | None
    extra_info: Callable[[Any], object] | None
    shortnames: bool
    extra_node_attrs: Callable[[Any], dict[str, object]] | None
    refcounts: list[int] | None  # by place


def _show_graph(
    objs: Any,
    edge_func: Edges,
    swap_source_target: bool,
    max_depth: int = 3,
    extra_ignore: Iterable[int] = (),
    filter: Predicate | None = None,
    too_many: int = 10,
    highlight: Predicate | None = None,
    filename: str | None = None,
    extra_info: Callable[[Any], object] | None = None,
    refcounts: bool = False,
    shortnames: bool = True,
    output: Any = None,
    cull_func: Predicate | None = None,
    extra_node_attrs: Callable[[Any], dict[str, object]] | None = None,
) -> Any:
    """Walk from `objs` along any function that gives neighbours, and write the picture.

    `swap_source_target`: a neighbour is what a node refers to; else it refers to the node.
    """
    if output is not None and filename is not None:
        raise ValueError("Cannot specify both output and filename.")
    filename = None if filename is None else os.fsdecode(filename)
    ignored = set(extra_ignore)
    owner = edge_func.__self__ if type(edge_func) is types.MethodType else None
    referrers = owner if type(owner) is Referrers else None
    if referrers is not None:
        ignored |= referrers.ignored
    objs = _roots(objs)
    ignored.add(id(objs))
    roots = list(objs)
    walk = _walk(roots, edge_func, max_depth, ignored, filter, too_many, cull_func)
    counts = _refcounts(walk, objs, referrers) if refcounts else None
    style = _Style(
        not swap_source_target,
        max_depth,
        highlight,
        extra_info,
        shortnames,
        extra_node_attrs,
        counts,
    )
    return present(lambda out: _write(out, walk, style), filename, output)


def _write(out: Any, walk: _Walk, style: _Style) -> int:
    """The text; returns the number of nodes."""
    objects = walk.objects
    names = [_obj_node_id(obj) for obj in objects]
    edges: dict[int, list[Any]] = {}
    for visit in walk.visits:
        for neighbour in visit.neighbours:
            pair = (neighbour, visit.place) if style.is_backwards else (visit.place, neighbour)
            edges.setdefault(pair[0], []).append(objects[pair[1]])
    labels = edge_names(
        ((objects[place], found) for place, found in edges.items()), style.shortnames
    )
    out.write("digraph ObjectGraph {\n  node[shape=box, style=filled, fillcolor=white];\n")
    for root in walk.roots:
        out.write(f"  {names[root]}[fontcolor=red];\n")
    for visit in walk.visits:
        _write_node(out, objects[visit.place], names[visit.place], visit, style)
        seen: Counter[int] = Counter()
        for neighbour in visit.neighbours:
            pair = (neighbour, visit.place) if style.is_backwards else (visit.place, neighbour)
            label = labels.label(
                objects[pair[0]], objects[pair[1]], None if style.is_backwards else seen[neighbour]
            )
            seen[neighbour] += 1
            out.write(f"  {names[pair[0]]} -> {names[pair[1]]}{label};\n")
        if visit.left_out:
            _write_stub(out, names[visit.place], visit, style)
    out.write("}\n")
    return len(objects)


def _write_node(out: Any, obj: Any, name: str, visit: _Visit, style: _Style) -> None:
    refcount = style.refcounts[visit.place] if style.refcounts is not None else None
    label = node_label(obj, style.extra_info, refcount, style.shortnames)
    out.write(f'  {name}[label="{label}"{_obj_attrs(obj, style.extra_node_attrs)}];\n')
    h, s, v = _gradient((0, 0, 1), (0, 0, 0.3), visit.depth, style.max_depth)
    if derives_from(type(obj), types.ModuleType):
        h, s = 0.3, 1
    if style.highlight is not None and style.highlight(obj):
        h, s, v = 0.6, 0.6, 0.5 + v * 0.5
    out.write(f'  {name}[fillcolor="{h:g},{s:g},{v:g}"];\n')
    if v < 0.5:
        out.write(f"  {name}[fontcolor=white];\n")
    if has_class_attribute(type(obj), "__del__"):
        out.write(
            f"  {name}->{name}_has_a_del[color=red,style=dotted,len=0.25,weight=10];\n"
            f'  {name}_has_a_del[label="__del__",shape=doublecircle,height=0.25,color=red,'
            'fillcolor="0,.5,1",fontsize=6];\n'
        )


def _write_stub(out: Any, name: str, visit: _Visit, style: _Style) -> None:
    """What `too_many` left out."""
    stub = f"too_many_{name}"
    arrow = f"{stub}->{name}" if style.is_backwards else f"{name}->{stub}"
    what = "backreferences" if style.is_backwards else "references"
    h, s, v = _gradient((0, 1, 1), (0, 1, 0.3), visit.depth + 1, style.max_depth)
    out.write(
        f"  {arrow}[color=red,style=dotted,len=0.25,weight=10];\n"
        f'  {stub}[label="{visit.left_out} more {what}",shape=box,height=0.25,color=red,'
        f'fillcolor="{h:g},{s:g},{v:g}",fontsize=6];\n'
        f"  {stub}[fontcolor=white];\n"
    )
