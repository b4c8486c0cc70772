"""Leak suspects of one snapshot: its accumulation points, found in C, in words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from .arguments import MOST, checked_number
from .node import Node
from .nodes import Nodes
from .retained import what_if
from .suspects import PLACE, Frees, Suspect, Suspects, allocated_text, commonest, commonest_site
from .words import WIDTH, bytes_text, count_text, prose_percent_text, shortened

if TYPE_CHECKING:
    from .chains import Chain
    from .snapshot import Snapshot

__all__ = ["suspects_of"]

_CHAINS = 5  # independent chains that are looked for
_NO_ROOT = "no root reaches it · "  # how a signature of garbage begins
_MEMBERS, _RUN, _SINGLE = range(3)  # positions are those of the C library
_OPEN_KINDS = ("module", "type", "frame")  # what is in one does not belong together for that


class _Found(NamedTuple):
    """An accumulation as `_core` gives it, and the way to it."""

    kind: int
    point: Node | None
    holds: str
    example: Node
    size: int
    outer: str  # " in 100 dict"
    objects: Nodes
    chain: str
    is_open: bool  # no point, or one in which all of a program is: told of the objects
    is_shared: bool  # the chain is the commonest to the objects, not that to the point

    def chains(self) -> list[Chain]:
        """Independent ones to what is to be cut off: the point, or each of the objects."""
        node = self.example if self.point is None or self.is_open else self.point
        return [chain for chain in node.why_alive(_CHAINS) if chain.independent]


def suspects_of(snapshot: Snapshot, limit: int) -> Suspects[Suspect]:
    """The answer that `Snapshot.suspects` describes."""
    limit = checked_number("limit", limit)
    whole = sum(info.size for info in snapshot._types())
    _, rows = snapshot._graph.accumulations(0, MOST)  # a twentieth each: no more than 20
    found = (_found(snapshot, *row) for row in rows)
    told = itertools.islice((item for item in found if item is not None), limit)
    return Suspects(
        [_suspect(snapshot, whole, item) for item in told],
        "No object holds more than 5 % of the heap through many objects of one type "
        f"({count_text(snapshot.node_count, 'object')}, {bytes_text(whole)}).\n"
        "Who keeps how much: snapshot.retained(by='owner').",
    )


def _found(
    snapshot: Snapshot,
    kind: int,
    point_id: int | None,
    type_id: int,
    example_id: int,
    size: int,
    outer_type: int,
    outer_count: int,
    ids: bytes,
) -> _Found | None:
    """An accumulation; None for builtins that have nothing but their type in common."""
    types = snapshot._types()
    objects = Nodes(snapshot, ids)
    point = None if point_id is None else Node(snapshot, point_id)
    chain, share = "", 0.0
    is_open = point is None or (kind == _MEMBERS and point.kind in _OPEN_KINDS)
    if is_open:
        chain, share = commonest(snapshot, objects)
    if point is None and share <= 0.5 and types[type_id].module in ("", "builtins"):
        return None
    is_shared = point is None or share > 0.5
    if point is not None and not is_shared:
        chain = snapshot._graph.expressions([point._id])[0]
    is_outer = outer_count != len(objects) or outer_type != type_id
    return _Found(
        kind,
        point,
        types[type_id].text,
        Node(snapshot, example_id),
        size,
        f" in {outer_count:,} {types[outer_type].text}" if is_outer else "",
        objects,
        chain,
        is_open,
        is_shared,
    )


def _suspect(snapshot: Snapshot, whole: int, found: _Found) -> Suspect:
    share = found.size / whole if whole else 0.0
    chains = found.chains()
    frees = _frees(snapshot, found)
    site = commonest_site(found.objects)
    held = _held(found, chains, frees)
    return Suspect(
        text="\n".join([_holding(found, chains, share), *held, *allocated_text(site)]),
        point=found.point,
        holds=found.holds,
        count=len(found.objects),
        size=found.size,
        share=share,
        objects=found.objects,
        example=found.example,
        chain=found.chain,
        others=[other.expression for other in chains[1:]],
        frees=frees,
        site=site,
    )


def _frees(snapshot: Snapshot, found: _Found) -> Frees:
    if found.point is None or found.is_open:
        gone = what_if(snapshot, found.objects)
        return Frees(gone.count, gone.size)
    return Frees(found.point.retained_count, found.point.retained_size)


# -- in words ------------------------------------------------------------------------------------


def _holding(found: _Found, chains: list[Chain], share: float) -> str:
    """What holds what; the amount on a line of its own where the first is long."""
    where = shortened(found.chain, PLACE)
    what = f"{len(found.objects):,} {found.holds}{found.outer}"
    if found.point is None or found.is_shared:
        holds = "and others together hold" if len(chains) > 1 else "holds"
        start = f"{where} {holds} {what}:"
        if not chains:
            start = f"{what} are garbage, {where.replace(_NO_ROOT, '', 1)}:"
    elif found.kind == _SINGLE:
        start = f"{where} is one {found.holds}:"
    else:
        holder = found.point.type if chains else "garbage"
        run = ", one behind another" if found.kind == _RUN else ""
        start = f"{where} ({holder}) holds {what}{run}:"
    amount = f"{bytes_text(found.size)}, {prose_percent_text(share)} of the heap."
    return f"{start}{' ' if len(start) + len(amount) < WIDTH else chr(10)}{amount}"


def _held(found: _Found, chains: list[Chain], frees: Frees) -> list[str]:
    """What else would hold it if the first chain were cut, and what goes without it."""
    one, it = ("One of them", "them") if found.is_open else ("It", "it")
    goes = f"{count_text(frees.count, 'object')}, {bytes_text(frees.size)}"
    without = f"Without {it} {goes} {'goes' if frees.count == 1 else 'go'}."
    if not chains:
        return [f"No root reaches {it}: snapshot.cycles() says what frees {it}. {without}"]
    others = chains[1:]
    if not others:
        return [f"No other independent chain holds {it}. {without}"]
    count = count_text(len(others), "other independent chain")
    more = " or more" if len(chains) == _CHAINS else ""
    return [
        f"{one} is held by {count}{more}: cut all of them. {without}",
        *(f"  also by {shortened(other.expression, PLACE)}" for other in others[:2]),
    ]
