"""What ``@pytest.mark.no_leaks(…)`` says, checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Union

if TYPE_CHECKING:
    import pytest

__all__ = [
    "NOT_JUDGED",
    "Settings",
    "Types",
    "UsageProblem",
    "checked_limit",
    "checked_types",
    "settings_of",
]

#: Classes (their subclasses included) and names of types; None: all.
Types = Union[tuple[Union[str, type], ...], None]

#: The property of a report that says why its test was not judged.
NOT_JUDGED = "refgraph_not_judged"

_ROUNDS = 3
_MOST_ROUNDS = 10_000


class UsageProblem(Exception):
    """The marker or a call of the fixture is not what it must be; the text says what would be."""


class Settings(NamedTuple):
    """How a test is judged: see docs/pytest.md."""

    types: Types = None
    rounds: int = _ROUNDS
    limit: int = 0
    is_asked_for: bool = True  # by a marker, not by --no-leaks


def settings_of(item: pytest.Item, marks_all: bool) -> Settings | None:
    """How an item is to be judged; None: not at all.

    Raises:
        UsageProblem: its marker cannot be understood.
    """
    marker = item.get_closest_marker("no_leaks")
    if marker is None:
        return Settings(is_asked_for=False) if marks_all else None
    if marker.args:
        raise UsageProblem(
            f"no_leaks takes types=, rounds= and limit= by name, not {marker.args[0]!r}"
        )
    unknown = sorted(set(marker.kwargs) - {"types", "rounds", "limit"})
    if unknown:
        raise UsageProblem(f"no_leaks has no {unknown[0]}=; it has types=, rounds= and limit=")
    types = checked_types("no_leaks", marker.kwargs.get("types"))
    rounds = _number("rounds", marker.kwargs.get("rounds", _ROUNDS), least=1)
    if rounds > _MOST_ROUNDS:
        raise UsageProblem(f"no_leaks: rounds must be at most {_MOST_ROUNDS:,}, not {rounds:,}")
    limit = marker.kwargs.get("limit", 0)
    if limit is None:
        return None
    return Settings(types, rounds, checked_limit("no_leaks", limit))


def checked_types(where: str, types: Any) -> Types:
    """A class, the name of a type, or several of these in a list; None: all.

    Raises:
        UsageProblem: it is something else.
    """
    __tracebackhide__ = True
    if types is None:
        return None
    several = [types] if isinstance(types, (str, type)) else types
    if not isinstance(several, Iterable):
        raise UsageProblem(_types_problem(where, types))
    found = tuple(several)
    for one in found:
        if not isinstance(one, (str, type)):
            raise UsageProblem(_types_problem(where, one))
        if not one:
            raise UsageProblem(f"{where}: the name of a type is empty")
    if not found:
        raise UsageProblem(f"{where}: types is empty, so that nothing could be found; leave it out")
    return found


def checked_limit(where: str, limit: Any) -> int:
    """How many objects may remain.

    Raises:
        UsageProblem: it is no number of at least 0.
    """
    __tracebackhide__ = True
    return _number("limit", limit, least=0, where=where)


def _types_problem(where: str, wrong: object) -> str:
    return (
        f"{where}: types must be classes or names such as 'app.Request', "
        f"not '{type(wrong).__name__}'"
    )


def _number(name: str, value: Any, *, least: int, where: str = "no_leaks") -> int:
    __tracebackhide__ = True
    if type(value) is not int:
        raise UsageProblem(f"{where}: {name} must be an int, not '{type(value).__name__}'")
    if value < least:
        raise UsageProblem(f"{where}: {name} must be at least {least}, not {value}")
    return value
