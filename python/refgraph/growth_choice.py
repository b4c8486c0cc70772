"""Which places of growth are told as suspects, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .growth_point import wider_places
from .stdlib_names import is_of_program

if TYPE_CHECKING:
    from .growth import Growth
    from .growth_point import GrowthPoint
    from .growth_rows import Round

__all__ = [
    "ATTRIBUTE",
    "CHURNING",
    "GARBAGE",
    "IMPORTS",
    "KEY",
    "NO_ROOT",
    "STEADY",
    "WEAK",
    "Choice",
    "choices_of",
    "is_program",
]

KEY, VALUE, ATTRIBUTE = "{key}", "[*]", ".*"  # how places end
NO_ROOT = "no root reaches it · "  # how places of garbage begin
STEADY, CHURNING, WEAK, GARBAGE, IMPORTS = range(5)  # in the order in which they are told

_CANDIDATES = 50  # places that are looked at, besides those that grew in every round
_LOST = 0.5  # a steady place has lost at most so much of what it gained,
_LEAST = 0.01  # has more than so much of what has grown,
_FLOOR = 1024  # and more than so many bytes
_ROUND = 32  # in every round: so many bytes a round
_CHURN = 0.02  # where most is replaced, more than so much of what came must be left
_REFERENTS = 9  # of a reference: what it refers to is among the first
_SHARED_KEYS, _DICT = "{shared keys}", ".__dict__"


class Choice(NamedTuple):
    """A place with what else came to the same container, largest of values first."""

    kind: int
    point: GrowthPoint
    companions: list[GrowthPoint]
    #: What grew in each round, and where: the place itself, or what it is part of. Neither did
    #: where both are empty.
    round: Round | None
    where: str

    @property
    def size(self) -> int:
        """Bytes more in all of them."""
        return sum(point.delta_size for point in (self.point, *self.companions))


class Choices(NamedTuple):
    """What is to be told, and what to say where that is nothing."""

    choices: list[Choice]
    least: int  # bytes that a place must have gained
    largest: GrowthPoint | None  # that has most more, where nothing is told


def choices_of(growth: Growth) -> Choices:
    """Steady places, those that grew in every round first; else one where most is replaced.

    Weak references come behind those; garbage and modules that were imported last, each as one.
    """
    candidates = [point for point in _candidates(growth) if point.delta_size > 0]
    garbage = [point for point in candidates if point.text.startswith(NO_ROOT)]
    imports = [point for point in candidates if point.holder is None and point.type == "module"]
    apart = {(point.id, point.type) for point in (*garbage, *imports)}
    places = [
        point
        for point in candidates
        if (point.id, point.type) not in apart and not point.text.endswith(_SHARED_KEYS)
    ]
    least = max(_FLOOR, int(_LEAST * sum(point.delta_size for point in places)))
    choices = []
    for here in _groups(places):
        steady = [point for point in here if _is_steady(growth, point, least)]
        if steady:
            point = max(steady, key=_telling)
            here.remove(point)
            kind = WEAK if _is_weak(point) else STEADY
            choices.append(Choice(kind, point, here, *_round(growth, point)))
    choices.sort(key=lambda choice: (choice.kind, choice.round is None, -choice.size))
    largest = max(
        (point for point in places if not _is_steady(growth, point, least)),
        key=lambda point: point.delta_size,
        default=None,
    )
    has_steady = any(choice.kind == STEADY for choice in choices)
    if not has_steady and largest is not None and _is_left(largest, least):
        choices.insert(0, Choice(CHURNING, largest, [], *_round(growth, largest)))
    for kind, points in ((GARBAGE, garbage), (IMPORTS, imports)):
        if points:
            point = max(points, key=lambda point: _is_telling(growth, point))
            choice = Choice(kind, point, [p for p in points if p is not point], None, "")
            if choice.size > least:
                choices.append(choice)
    return Choices(choices, least, largest)


def is_program(growth: Growth, type_id: int | None) -> bool:
    """Whether a type of the later snapshot is a class of a program or a library."""
    return type_id is not None and is_of_program(growth.after._types()[type_id].module)


def _is_telling(growth: Growth, point: GrowthPoint) -> tuple[bool, int]:
    """Of garbage and imports what is of the program tells more, then what is bigger."""
    return is_program(growth, growth._found.point(point._index)[3]), point.delta_size


def _candidates(growth: Growth) -> list[GrowthPoint]:
    """The first places, and all that grew in every round."""
    candidates = growth[:_CANDIDATES]
    missing = set(growth.steady) - {point.id for point in candidates}
    for i in range(len(candidates), len(growth)):
        if not missing:
            break
        if f"{growth._found.point(i)[1]:016x}" in missing:
            candidates.append(growth[i])
    return candidates


def _groups(points: list[GrowthPoint]) -> list[list[GrowthPoint]]:
    """Points of one container together; what is in lists of a list belongs to that list."""
    texts = {point.text for point in points}
    groups: dict[str, list[GrowthPoint]] = {}
    for point in points:
        container = _container(point.text)
        while container in texts and container != _container(container):
            container = _container(container)
        groups.setdefault(container, []).append(point)
    return list(groups.values())


def _container(text: str) -> str:
    """A place without what tells keys from values, and attributes from their names."""
    for suffix in (KEY, VALUE, ATTRIBUTE):
        if text.endswith(suffix):
            text = text[: -len(suffix)]
            break
    return text[: -len(_DICT)] if text.endswith(_DICT) else text


def _telling(point: GrowthPoint) -> tuple[bool, int]:
    """Of what came to one container values tell more than keys, then what is bigger."""
    return not point.text.endswith(KEY), point.delta_size


def _is_weak(point: GrowthPoint) -> bool:
    """Whether weak references came: they grow with what they refer to, which others hold."""
    example = point.example
    if example is None or "ref" not in point.type.lower():  # weakref, a subclass, of other names
        return False
    return any(edge.strength == "weak" for edge in example.referents[:_REFERENTS])


def _round(growth: Growth, point: GrowthPoint) -> tuple[Round | None, str]:
    """What grew in each round: the place, under whatever names, or the container it is in.

    Where names are not known, a place is given all the same: it may have grown in each.
    """
    known = growth.steady.get(point.id)
    if known is not None:
        return known, point.text
    if point.text.endswith((ATTRIBUTE, _DICT)):
        names = point.text[: -len(_DICT)] + ATTRIBUTE if point.text.endswith(_DICT) else point.text
        return growth._wider.get(names), point.text
    for place in wider_places(point.text):
        if place in growth._wider and not place.endswith(ATTRIBUTE):
            return growth._wider[place], place
    return None, ""


def _came_and_went(point: GrowthPoint) -> tuple[int, int]:
    """Bytes, with what hangs there: a tuple that is replaced by a longer one has grown."""
    return (
        point.born_size + max(point.resized, 0),
        point.died_size + max(-point.resized, 0),
    )


def _is_steady(growth: Growth, point: GrowthPoint, least: int) -> bool:
    """Whether it gained much and hardly lost any.

    A place that has grown in every round is one whatever it loses, and for a tenth of the bytes:
    most of a table of running requests is replaced, and what is forgotten in it stays.
    """
    came, went = _came_and_went(point)
    known = growth.steady.get(point.id)
    if known is not None:
        return came - went > max(_ROUND * known.rounds, least // 10 if least > _FLOOR else 0)
    return came - went > least and went <= _LOST * came


def _is_left(point: GrowthPoint, least: int) -> bool:
    """Whether more than next to nothing is left of what came."""
    return point.delta_size > max(least, _CHURN * _came_and_went(point)[0])
