"""The places that are most likely leaks: what has grown there, who holds it, what frees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .arguments import checked_number
from .node import Node, Nodes
from .suspects import Frees, Suspect, Suspects, allocated_text, commonest, commonest_site
from .words import bytes_text, count_text, printable, prose_percent_text, shortened, wrapped_text

if TYPE_CHECKING:
    from collections.abc import Container

    from .growth import Growth
    from .growth_point import GrowthPoint

__all__ = ["GrowthSuspect", "growth_suspects_of"]

_PLACE = 300  # characters of a place
_TYPE = 120  # … and of a type
_CANDIDATES = 50  # places that are looked at
_STEADY = 0.5  # a suspect loses at most half of what it gains
_LEAST = 0.01  # … and is more than so much of what has grown,
_FLOOR = 1024  # and than so many bytes
_CHURNING = 0.02  # … of what came to a place where most is replaced
_KEY, _VALUE, _ATTRIBUTE, _DICT = "{key}", "[*]", ".*", ".__dict__"
_COMPANION = 0.05  # what else came there is told from so much of it on
_FEW = 10  # what a person counts on the fingers
_CHAINS = 3  # that are looked at for another holder
_MORE = 1.25  # what a holder keeps in all is told where that is so much more than what is new


class GrowthSuspect(Suspect):
    """A place that grew, and what can be said of it. ``print()`` it.

    `point` is the old object that gained most of them, None where they are roots of their own or
    garbage; `holds` the type that tells most of what came, `count` how many more of it there are,
    `objects` those that are new, `chain` the place they are at; `size` what came there, keys and
    values together, and `share` its part of the heap's growth: above 1 where the rest has shrunk,
    nan where the heap has not grown. `frees` is what goes if the place lets go of what is new.
    """

    __slots__ = ("companions", "is_steady", "place")

    #: The place, what it gained and lost.
    place: GrowthPoint
    #: What else the same container gained: the keys of these values, values of other types.
    companions: list[GrowthPoint]
    #: Whether it lost little of what it gained, or grew in every round. Otherwise most of what was
    #: there is replaced, and no place that is steady has grown.
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

    def __str__(self) -> str:
        return "\n".join(wrapped_text(line, "", "  ") for line in self.text.split("\n"))


def growth_suspects_of(growth: Growth, limit: int) -> Suspects[GrowthSuspect]:
    """The answer that `Growth.suspects` describes."""
    limit = checked_number("limit", limit)
    candidates = growth[:_CANDIDATES]
    least = max(_FLOOR, _LEAST * sum(max(0, point.delta_size) for point in candidates))
    grown = [point for point in candidates if _is_suspect(point, least, growth.steady)]
    grown.sort(key=lambda point: point.id not in growth.steady)  # else as they stand
    if not grown:
        grown = _churning(growth, candidates, least)
    told: set[Node | str] = set()
    suspects: list[GrowthSuspect] = []
    for first in grown:
        if len(suspects) == limit:
            break
        place = _container(first)
        here = [p for p in candidates if _container(p) == place and p.delta_size > 0]
        point = max((p for p in here if p in grown), key=_telling)
        holder = place if point.holder is None else point.holder
        if holder not in told and place not in told:
            here.remove(point)
            suspects.append(_suspect(growth, point, here, least))
        told |= {holder, place}
    return Suspects(
        suspects, f"No place has gained more than {bytes_text(int(least))}.\n{growth._headline()}"
    )


# -- which places --------------------------------------------------------------------------------


def _came_and_went(point: GrowthPoint) -> tuple[int, int]:
    """Bytes, with what hangs there: a tuple that is replaced by a longer one has grown."""
    return (
        point.born_size + max(point.resized, 0),
        point.died_size + max(-point.resized, 0),
    )


def _is_suspect(point: GrowthPoint, least: float, steady: Container[str]) -> bool:
    """Whether it gained much and hardly lost any.

    A place that has grown in every round is one whatever it loses, and for a tenth of the bytes:
    most of a table of running requests is replaced, and what is forgotten in it stays.
    """
    came, went = _came_and_went(point)
    if point.id in steady:
        return came - went > max(_FLOOR, least / 10)
    return came - went > least and went <= _STEADY * came


def _churning(growth: Growth, candidates: list[GrowthPoint], least: float) -> list[GrowthPoint]:
    """The one that has most more of those where most is replaced."""
    point = max(candidates, key=lambda point: point.delta_size, default=None)
    if point is None or point.delta_size <= max(least, _CHURNING * _came_and_went(point)[0]):
        return []
    return [point]


def _telling(point: GrowthPoint) -> tuple[bool, int]:
    """Of what came to one container values tell more than keys, then what is bigger."""
    return not point.text.endswith(_KEY), point.delta_size


def _container(point: GrowthPoint) -> str:
    """The place without what tells keys from values, and attributes from their names."""
    text = point.text
    for suffix in (_KEY, _VALUE, _ATTRIBUTE):
        if text.endswith(suffix):
            text = text[: -len(suffix)]
            break
    return text[: -len(_DICT)] if text.endswith(_DICT) else text


# -- what is told of one -------------------------------------------------------------------------


class _Told(NamedTuple):
    """The type that tells most of what came to a place: what begins there, or hangs on it."""

    type_id: int | None  # of the later snapshot
    name: str
    delta: int  # objects more


def _told(growth: Growth, point: GrowthPoint) -> _Told:
    """A class of the program rather than a builtin, many rather than few, the nearest of those.

    A list that is replaced by a longer one, the first of a linked list, a dict for each request:
    what begins there says less than what hangs on it.
    """
    types = growth.after._types()
    own = growth._found.point(point._index)[3]
    rows = [
        (born - died, cost, now)
        for _, now, born, _, died, _, cost in growth._found.point_types(point._index)
        if now is not None
    ]
    begins = _Told(own, point.type, next((more for more, _, now in rows if now == own), 0))
    gained = point.gained - point.lost
    if own is None or (gained >= _FEW and not _is_builtin(types[own].module)):
        return begins
    many = [row for row in rows if row[0] >= _FEW and not _is_builtin(types[row[2]].module)]
    most = max((more for more, *_ in many), default=0)
    near = min((row for row in many if 10 * row[0] >= most), key=lambda row: row[1], default=None)
    if near is None or 2 * near[0] < gained:
        if gained >= _FEW or not point.gained:
            return begins
        near = next((row for row in rows if row[0] >= _FEW), None)  # those of most bytes
    return begins if near is None else _Told(near[2], types[near[2]].text, near[0])


def _is_builtin(module: str) -> bool:
    return module in ("", "builtins")


def _suspect(
    growth: Growth, point: GrowthPoint, companions: list[GrowthPoint], least: float
) -> GrowthSuspect:
    told = _told(growth, point)
    objects = Nodes(growth.after, growth._found.nodes(point._index, told.type_id))
    is_own = told.name == point.type
    chain = point.text
    if not is_own:
        signature, share = commonest(growth.after, objects)
        chain = signature if share > 0.5 else chain
    example = point.example if is_own else objects[0]
    if example is None:  # it has grown by itself
        example = point.holder
    assert example is not None
    release = _Release.of(growth, point, companions)
    site = commonest_site(objects)
    size = sum(part.delta_size for part in (point, *companions))
    share = size / growth.delta_size if growth.delta_size > 0 else float("nan")
    is_steady = _is_suspect(point, least, growth.steady)
    sentences = [
        _gain(point, companions, told, chain, share),
        *_rounds(growth, point, is_steady),
        *_holders(point, release),
        *_one(point, example),
        *allocated_text(site),
    ]
    return GrowthSuspect(
        place=point,
        companions=companions,
        is_steady=is_steady,
        text="\n".join(sentences),
        point=point.holder,
        holds=told.name,
        count=told.delta,
        size=size,
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
    kept: int  # of what begins there: others hold it too
    others: list[str]  # … and so one of those is held

    @classmethod
    def of(cls, growth: Growth, point: GrowthPoint, companions: list[GrowthPoint]) -> _Release:
        if not point.gained:  # it has grown by itself
            holder = point.holder
            frees = Frees(holder.retained_count, holder.retained_size) if holder else Frees(0, 0)
            return cls(frees, 0, [])
        places = [part._index for part in (point, *companions) if part.gained]
        gone, size, kept, example = growth._found.release(places)
        others: list[str] = []
        if example is not None:
            chains = Node(growth.after, example).why_alive(_CHAINS)
            others = [chain.expression for chain in chains if chain.independent][1:]
        return cls(Frees(len(gone) // 4, size), kept, others)


# -- in words ------------------------------------------------------------------------------------


def _gain(
    point: GrowthPoint,
    companions: list[GrowthPoint],
    told: _Told,
    chain: str,
    share: float,
) -> str:
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
    else:  # a buffer, a list of what was there before
        text = f"{place} ({_type_text(point.type)}) has grown by {bytes_text(point.delta_size)}"
        text += " and gained no new object"
    for other in companions:
        text += _companion(point, other)
    if share <= 1:
        text += f": {prose_percent_text(share)} of the growth"
    return text + "."


def _companion(point: GrowthPoint, other: GrowthPoint) -> str:
    """What else came, where it is some part of the whole."""
    if not other.gained or other.delta_size < _COMPANION * point.delta_size:
        return ""
    keys = "as keys " if other.text.endswith(_KEY) else ""
    return f", and {other.gained:,} {_type_text(other.type)} {keys}({bytes_text(other.delta_size)})"


def _rounds(growth: Growth, point: GrowthPoint, is_steady: bool) -> list[str]:
    steady = growth.steady.get(point.id)
    if steady is not None:
        rate = steady.objects / steady.rounds
        return [f"It grew in each of {steady.rounds} rounds, by {rate:,.0f} objects a round."]
    said = []
    if not is_steady:
        said.append("Most of what was there is replaced: this is only where most more is now.")
    if growth.rounds > 1 and not point.text.endswith(
        _ATTRIBUTE
    ):  # those have other names each time
        said.append(f"It did not grow in each of {growth.rounds} rounds.")
    elif not is_steady:
        said.append("A Tracker with a mark each round tells whether it lasts.")
    return [" ".join(said)] if said else []


def _holders(point: GrowthPoint, release: _Release) -> list[str]:
    """Who gained them, what clearing them there would free, who else keeps some."""
    if not point.gained or point.holder is None:
        return []
    lines = []
    if point.holder_count > 1:
        lines.append(f"{point.holder_count:,} objects gained them.")
    them = "it" if point.gained == 1 else "them"
    frees = f"{count_text(release.frees.count, 'object')}, {bytes_text(release.frees.size)}"
    frees = frees if release.frees.count else "nothing"
    if not release.kept:
        lines.append(f"Nothing else holds {them}: clearing {them} there frees {frees}.")
    else:
        kept = _kept_text(release.kept, point.gained)
        lines.append(f"{kept} elsewhere too: clearing {them} there frees {frees}.")
        lines.extend(f"  also by {shortened(other, _PLACE)}" for other in release.others[:2])
    holder = point.holder
    whole = holder.retained_size - holder.size
    if point.holder_count == 1 and point.gained > 1 and whole > _MORE * release.frees.size:
        lines.append(
            f"The {_type_text(holder.type)} that gained them alone keeps "
            f"{count_text(holder.retained_count - 1, 'object')}, {bytes_text(whole)}."
        )
    return lines


def _kept_text(kept: int, gained: int) -> str:
    if kept == gained:
        return "It is held" if gained == 1 else "All of them are held"
    return "One of them is held" if kept == 1 else f"{kept:,} of them are held"


def _one(point: GrowthPoint, example: Node) -> list[str]:
    """An expression that a debugger takes, where there is one."""
    chain = next(iter(example.why_alive(1)), None)
    if chain is None or not chain.evaluable or not point.gained:
        return []
    return [f"One {_type_text(example.type)}: {shortened(chain.expression, _PLACE)}"]


def _type_text(name: str) -> str:
    """A type's name, which may be anything, on one line."""
    return shortened(printable(name), _TYPE)
