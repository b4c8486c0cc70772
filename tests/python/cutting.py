"""Does by hand what a report says is to be cut, and looks what reference counting frees."""

from __future__ import annotations

import gc
import inspect
import re
import types
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    import refgraph


class Reference(NamedTuple):
    """An edge in addresses alone."""

    source: int
    name: str
    target: int


class Watched:
    """Objects by address, and weak references to those that have any."""

    def __init__(self, objects: Iterable[Any]) -> None:
        self.addresses: list[int] = []
        self.weak: dict[int, weakref.ref[Any]] = {}
        for obj in objects:
            self.addresses.append(id(obj))
            if type(obj).__weakrefoffset__:
                self.weak[id(obj)] = weakref.ref(obj)


class Isolated(NamedTuple):
    """What is needed of a cycle's report once its objects die."""

    text: str
    members: list[int]
    cut: list[Reference]
    inner: list[refgraph.Edge]
    is_enough: bool


def isolated(cycle: refgraph.Cycle) -> Isolated:
    members = {node.address for node in cycle.members}
    cut = cycle.cut
    return Isolated(
        str(cycle),
        sorted(members),
        [Reference(edge.source.address, edge.name, edge.target.address) for edge in cut],
        [
            edge
            for node in cycle.members
            for edge in node.referents
            if edge.target.address in members and edge.strength != "weak"
        ],
        cut.is_enough,
    )


def left_after_cuts(cycles: list[Isolated], watched: Watched) -> list[str]:
    """Cut all that is suggested; the cycles of which a member is alive then, no collection run."""
    alive: set[int] = set()  # made before, or it could lie where a member has died
    members = {address for cycle in cycles for address in cycle.members}
    assert not gc.isenabled()
    perform([reference for cycle in cycles for reference in cycle.cut])
    alive.update(map(id, gc.get_objects()))
    alive &= members
    alive |= {
        address
        for address, weak in watched.weak.items()
        if address in members and weak() is not None
    }
    return [
        f"{len(alive.intersection(cycle.members))} of {len(cycle.members)} are alive:\n{cycle.text}"
        for cycle in cycles
        if alive.intersection(cycle.members)
    ]


def perform(references: list[Reference]) -> None:
    wanted = {address for reference in references for address in (reference[0], reference[2])}
    objects = {id(obj): obj for obj in gc.get_objects() if id(obj) in wanted}
    for reference in references:
        cut(objects[reference.source], reference.name, objects[reference.target])


def cut(holder: Any, name: str, target: Any) -> None:
    """Cut one reference, known by its name alone."""
    index = re.fullmatch(r"\[(\d+)\]", name)
    if name.startswith("local "):
        end(holder)
    elif name == "element":
        holder.discard(target)
    elif name == ".cell_contents":
        del holder.cell_contents
    elif name.startswith("."):
        try:
            delattr(holder, name[1:])
        except (AttributeError, TypeError):
            setattr(holder, name[1:], None)
    elif index and not isinstance(holder, dict):
        holder[int(index[1])] = None
    else:
        for key in [key for key, value in holder.items() if value is target]:
            if not isinstance(key, (str, int)) or name == f"[{key!r}]":
                del holder[key]


def end(holder: Any) -> None:
    """Let a frame, a generator or a coroutine give up its variables."""
    if isinstance(holder, types.FrameType):
        holder.clear()
        return
    # from 3.12 on, one that has not begun keeps its arguments when it is closed
    if inspect.isgenerator(holder) and inspect.getgeneratorstate(holder) == inspect.GEN_CREATED:
        next(holder, None)
    holder.close()


def can_cut(edge: refgraph.Edge) -> bool:
    """Whether `cut` can, of the objects that these tests make."""
    if edge.strength not in ("own", "frame") or edge.target.kind in ("type", "module"):
        return False
    if edge.target.type == "frame":
        return False
    if edge.name == "element":
        return edge.source.type != "frozenset"
    if edge.name.startswith("["):
        return edge.source.type != "tuple"
    if edge.name == ".cell_contents" or edge.name.startswith("local "):
        return True
    return edge.source.kind == "instance" and edge.name.startswith(".") and edge.name != ".__dict__"


def is_acyclic(edges: list[refgraph.Edge]) -> bool:
    """Whether nothing is left when objects that nobody refers to go one after another."""
    left = [(edge.source, edge.target) for edge in edges]
    while left:
        targets = {target for _, target in left}
        rest = [(source, target) for source, target in left if source in targets]
        if len(rest) == len(left):
            return False
        left = rest
    return True


def needs_fewer(cycle: Isolated) -> str | None:
    """One reference that would have been enough where several are to be cut."""
    fixed = [edge for edge in cycle.inner if not can_cut(edge)]
    if len(cycle.cut) < 2 or not is_acyclic(fixed):
        return None
    for i, edge in enumerate(cycle.inner):
        if can_cut(edge) and is_acyclic(cycle.inner[:i] + cycle.inner[i + 1 :]):
            return f"{edge} is enough:\n{cycle.text}"
    return None
