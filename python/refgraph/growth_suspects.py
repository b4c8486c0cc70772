"""The places that are most likely leaks: what has grown there, who holds it, what frees it."""

from __future__ import annotations

import itertools
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from .arguments import checked_number
from .growth_choice import (
    CHURNING,
    GARBAGE,
    IMPORTS,
    KEY,
    NO_ROOT,
    STEADY,
    WEAK,
    Choice,
    Choices,
    choices_of,
    is_program,
)
from .node import Node
from .nodes import Nodes
from .retained import what_if
from .suspects import Frees, Suspect, Suspects, allocated_text, commonest, commonest_site
from .words import (
    bytes_text,
    count_text,
    printable,
    prose_percent_text,
    shortened,
    signed_bytes_text,
    wrapped_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .growth import Growth
    from .growth_point import GrowthPoint

__all__ = ["GrowthSuspect", "growth_suspects_of", "suspect_of", "wrapped_lines"]

_PLACE = 300  # characters of a place
_TYPE = 120  # … and of a type
_COMPANION = 0.05  # what else came there is told from so much of it on
_FEW = 10  # what a person counts on the fingers
_MORE = 1.25  # what clearing all frees is told where that is so much more than what is new
_LOOKED_AT = 1000  # objects of which the one that keeps most is the example
_WEAK_TEXT = "They are weak references: what they refer to is held elsewhere."
_ONE, _ALSO = "One ", "  also by "  # how lines begin that hold an expression


class GrowthSuspect(Suspect):
    """A place that grew, and what can be said of it. ``print()`` it.

    `point` is the old object that gained most of them, None where they are roots of their own or
    garbage; `holds` the type that tells most of what came, `count` how many more of it there are,
    `objects` those that are new, `example` one that keeps much, `chain` the place they are at;
    `size` what came there, keys and values together, and `share` its part of what grew anywhere.
    `frees` is what goes if the place lets go of what is new.
    """

    __slots__ = ("companions", "is_steady", "place")

    #: The place, what it gained and lost.
    place: GrowthPoint
    #: What else the same container gained: the keys of these values, values of other types.
    companions: list[GrowthPoint]
    #: Whether it lost little of what it gained, or grew in every round. Otherwise it is garbage,
    #: or modules that were imported, or weak references, or most of what was there is replaced.
    is_steady: bool

    def __init__(
        self,
        *,
        place: GrowthPoint,
        companions: list[GrowthPoint],
        is_steady: bool,
        **what: Any,
    ) -> None:
        super().__init__(**what)
        self.place = place
        self.companions = companions
        self.is_steady = is_steady

    def _place_text(self) -> str:
        return shortened(self.place.text, _PLACE)

    def __str__(self) -> str:
        return wrapped_lines(self.text.split("\n"))


def wrapped_lines(lines: Iterable[str], indent: str = "") -> str:
    """Sentences in lines that fit, and expressions whole."""
    return "\n".join(
        f"{indent}{line}"
        if line.startswith((_ONE, _ALSO))
        else wrapped_text(line, indent, f"{indent}  ")
        for line in lines
    )


def growth_suspects_of(growth: Growth, limit: int) -> Suspects[GrowthSuspect]:
    """The answer that `Growth.suspects` describes."""
    limit = checked_number("limit", limit)
    found = choices_of(growth)
    suspects = [suspect_of(growth, choice) for choice in found.choices[:limit]]
    return Suspects(suspects, f"{_nothing(found)}\n{growth._headline()}")


def _nothing(found: Choices) -> str:
    """Why no place is told."""
    point = found.largest
    if point is None or point.delta_size <= found.least:
        return f"No place has gained more than {bytes_text(found.least)}."
    return (
        f"Nearly all that came is gone: most is left at {shortened(point.text, _PLACE)}, "
        f"{signed_bytes_text(point.delta_size)} of {bytes_text(point.born_size)} that came."
    )


# -- what is told of one -------------------------------------------------------------------------


class _Told(NamedTuple):
    """The type that tells most of what came to a place: what begins there, or hangs on it."""

    type_id: int | None  # of the later snapshot
    name: str
    delta: int  # objects more


def _told(growth: Growth, point: GrowthPoint) -> _Told:
    """A class of the program rather than the standard library's, many rather than few, the nearest.

    A list that is replaced by a longer one, the first of a linked list, a dict or a task for each
    request: what begins there says less than what hangs on it.
    """
    types = growth.after._types()
    rows = [
        (born - died, cost, now)
        for _, now, born, _, died, _, cost in growth._found.point_types(point._index)
        if now is not None and born > died
    ]
    gained = point.gained - point.lost
    own = next((row for row in rows if types[row[2]].text == point.type), None)
    begins = _Told(growth._found.point(point._index)[3], point.type, 0 if own is None else own[0])
    if not point.gained or (own is not None and gained >= _FEW and is_program(growth, own[2])):
        return begins
    few = gained if 0 < gained < _FEW else _FEW
    many = [row for row in rows if row[0] >= few and is_program(growth, row[2])]
    most = max((row[0] for row in many), default=0)
    near = min((row for row in many if 10 * row[0] >= most), key=lambda row: row[1], default=None)
    if (near is None or 2 * near[0] < gained) and gained < _FEW:
        near = next((row for row in rows if row[0] >= _FEW), None)  # those of most bytes
    if near is None or 2 * near[0] < gained:
        return begins
    return _Told(near[2], types[near[2]].text, near[0])


def suspect_of(growth: Growth, choice: Choice) -> GrowthSuspect:
    """What can be said of a chosen place."""
    point = choice.point
    told = _told(growth, point)
    objects = Nodes(growth.after, growth._found.nodes(point._index, told.type_id))
    chain = point.text
    if told.name != point.type and len(objects):
        signature, most = commonest(growth.after, objects)
        chain = signature if most > 0.5 else chain
    looked_at = objects[:_LOOKED_AT]
    kept = [size for size, _ in _kept_by(growth, looked_at)]
    example = looked_at[kept.index(max(kept))] if kept else point.holder
    assert example is not None  # what gained nothing has grown by itself, and is the holder
    release = _Release.of(growth, choice)
    site = commonest_site(objects)
    grown = growth._found.sums()[-1]
    share = choice.size / grown if grown else 0.0
    if choice.kind == GARBAGE:
        lines = _garbage(choice, told, share)
    elif choice.kind == IMPORTS:
        lines = _imports(choice, share)
    else:
        lines = [
            _gain(choice, told, chain, share),
            *_rounds(growth, choice),
            *([_WEAK_TEXT] if choice.kind == WEAK else _holders(growth, point, release)),
            *_one(point, [example, *objects[:5]]),
        ]
    return GrowthSuspect(
        place=point,
        companions=choice.companions,
        is_steady=choice.kind == STEADY,
        text="\n".join([*lines, *allocated_text(site)]),
        point=point.holder,
        holds=told.name,
        count=told.delta,
        size=choice.size,
        share=share,
        objects=objects,
        example=example,
        chain=chain,
        others=release.others,
        frees=release.frees,
        site=site,
    )


class _Release(NamedTuple):
    """What would go if a place let go of what is new there, and what would not."""

    frees: Frees
    holders: int
    kept: int  # of what begins there: others hold it too
    others: list[str]  # … and so one of those is held

    @classmethod
    def of(cls, growth: Growth, choice: Choice) -> _Release:
        point = choice.point
        points = [part for part in (point, *choice.companions) if part.gained]
        if choice.kind == GARBAGE:  # the collector frees it
            frees = Frees(sum(p.born for p in points), sum(p.born_size for p in points))
            return cls(frees, 0, 0, [])
        if not points:  # it has grown by itself
            holder = point.holder
            [(size, count)] = _kept_by(growth, [holder]) if holder else [(0, 0)]
            frees = Frees(count, size)
            return cls(frees, 0, 0, [])
        if point.holder is None:  # roots of their own
            new = array("I", sorted(itertools.chain(*(part.nodes._ids for part in points))))
            gone = what_if(growth.after, Nodes(growth.after, new.tobytes()))
            return cls(Frees(gone.count, gone.size), 0, 0, [])
        ids, size, holders, kept, example, keeper = growth._found.release(
            [part._index for part in points]
        )
        frees = Frees(len(memoryview(ids).cast("I")), size)
        others = [] if example is None else _others(growth, example, keeper)
        return cls(frees, holders, kept, others)


def _others(growth: Growth, example_id: int, keeper_id: int | None) -> list[str]:
    """What would still hold an object: by what refers to it, or by a root."""
    example = Node(growth.after, example_id)
    if keeper_id is None:
        chains = [chain for chain in example.why_alive(3) if chain.independent]
        return [chain.expression for chain in chains[1:]]
    keeper = Node(growth.after, keeper_id)
    [expression] = growth.after._graph.expressions([keeper_id])
    names = [edge.name for edge in example.referrers if edge.source == keeper and edge.name]
    return [f"{expression}{names[0]}" if names and names[0][0] in ".[" else expression]


# -- in words ------------------------------------------------------------------------------------


def _gain(choice: Choice, told: _Told, chain: str, share: float) -> str:
    point = choice.point
    place = shortened(point.text, _PLACE)
    if point.gained:
        lost = f"lost {point.lost:,}" if point.lost else "lost none"
        text = f"{place} gained {point.gained:,} {_type_text(point.type)} and {lost}"
        if point.delta != point.gained - point.lost:
            them = "it" if point.gained == 1 else "them"
            text += f"; with what hangs on {them} {count_text(point.delta, 'object')} more"
        if told.name != point.type or told.delta >= 2 * max(point.gained - point.lost, 1):
            text += f", among them {told.delta:,} {_type_text(told.name)}"
            text += f" at {shortened(chain, _PLACE)}" if chain != point.text else ""
        text += f", {bytes_text(point.delta_size)}"
    else:  # a buffer, a list of what was there before, or of what is told where others hold it
        text = f"{place} ({_type_text(point.type)}) has grown by {bytes_text(point.delta_size)}"
    text += "".join(_companion(point, other) for other in choice.companions)
    return f"{text}{_share_text(share)}."


def _share_text(share: float) -> str:
    return f": {prose_percent_text(share)} of all growth"


def _companion(point: GrowthPoint, other: GrowthPoint) -> str:
    """What else came, where it is some part of the whole."""
    if not other.gained or other.delta_size < _COMPANION * point.delta_size:
        return ""
    keys = "as keys " if other.text.endswith(KEY) else ""
    return f", and {other.gained:,} {_type_text(other.type)} {keys}({bytes_text(other.delta_size)})"


def _garbage(choice: Choice, told: _Told, share: float) -> list[str]:
    points = (choice.point, *choice.companions)
    count = sum(point.delta for point in points)
    held = shortened(choice.point.text[len(NO_ROOT) :], _PLACE)
    return [
        f"{count_text(count, 'object')}, {bytes_text(choice.size)}, are garbage that only garbage "
        f"holds, among them {told.delta:,} {_type_text(told.name)} ({held}){_share_text(share)}.",
        "The next full collection frees them; capture(collect=True) leaves them out, and "
        "growth.after.cycles(isolated=True) says what holds them.",
    ]


def _imports(choice: Choice, share: float) -> list[str]:
    points = (choice.point, *choice.companions)
    count = count_text(sum(point.gained for point in points), "module")
    were = "was" if count == "1 module" else "were"
    first = shortened(choice.point.text, _PLACE)
    return [
        f"{count} {were} imported, {bytes_text(choice.size)}, the largest {first}"
        f"{_share_text(share)}.",
        "That is done once: call what is to be measured once before the first capture.",
    ]


def _rounds(growth: Growth, choice: Choice) -> list[str]:
    if choice.round is not None:
        rounds = choice.round.rounds
        rate = count_text(round(choice.round.objects / rounds), "object")
        if not choice.round.objects:
            rate = bytes_text(int(choice.round.bytes / rounds))
        what = "It" if choice.where == choice.point.text else f"{shortened(choice.where, _PLACE)}"
        return [f"{what} grew in each of {rounds} rounds, by {rate} a round."]
    said = []
    if choice.kind == CHURNING:
        said.append("Most of what was there is replaced: here most more is left of what came.")
    if growth.rounds > 1 and not choice.where:
        said.append(f"It did not grow in each of {growth.rounds} rounds.")
    elif choice.kind == CHURNING:
        said.append("A Tracker with a mark each round tells whether it lasts.")
    return [" ".join(said)] if said else []


def _holders(growth: Growth, point: GrowthPoint, release: _Release) -> list[str]:
    """Who gained them, what removing them there would free, who else keeps some."""
    if not point.gained or point.holder is None:
        return []
    lines = []
    if release.holders > 1:
        lines.append(f"{release.holders:,} objects gained them.")
    them = "it" if point.gained == 1 else "them"
    frees = f"{count_text(release.frees.count, 'object')}, {bytes_text(release.frees.size)}"
    frees = frees if release.frees.count else "nothing"
    if not release.kept:
        lines.append(f"Nothing else holds {them}: removing {them} there frees {frees}.")
    else:
        kept = _kept_text(release.kept, point.gained)
        lines.append(f"{kept} elsewhere too: removing {them} there frees {frees}.")
        lines.extend(f"{_ALSO}{shortened(other, _PLACE)}" for other in release.others[:2])
    if point.gained > 1 and release.holders == 1 and release.frees.count > 0:
        lines.extend(_whole(growth, point.holder, _MORE * release.frees.size))
    return lines


def _whole(growth: Growth, holder: Node, least: float) -> list[str]:
    """What clearing a holder would free, where that is more than so many bytes."""
    [(size, count)] = _kept_by(growth, [holder])
    size -= holder.size
    if size <= least:
        return []
    return [
        f"Clearing the whole {_type_text(holder.type)} frees "
        f"{count_text(count - 1, 'object')}, {bytes_text(size)}."
    ]


def _kept_by(growth: Growth, nodes: list[Node]) -> list[tuple[int, int]]:
    """Bytes and objects that go with each, itself included; for a few, cheaper than one by one."""
    return growth.after._graph.retained_some([node._id for node in nodes])


def _kept_text(kept: int, gained: int) -> str:
    if kept == gained:
        return "It is held" if gained == 1 else "All of them are held"
    return "One of them is held" if kept == 1 else f"{kept:,} of them are held"


def _one(point: GrowthPoint, nodes: list[Node]) -> list[str]:
    """An expression that a debugger takes, where there is one that is not too long."""
    for node in nodes if point.gained else []:
        chain = next(iter(node.why_alive(1)), None)
        if chain is not None and chain.evaluable and len(chain.expression) <= _PLACE:
            return [f"{_ONE}{_type_text(node.type)}: {chain.expression}"]
    return []


def _type_text(name: str) -> str:
    """A type's name, which may be anything, on one line."""
    return shortened(printable(name), _TYPE)
