"""Arguments of public functions, checked where they come in: one line that names the parameter.

Nothing here reads an object beyond its type, but for `operator.index` of a number.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, SupportsIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "MOST",
    "checked_choice",
    "checked_flag",
    "checked_number",
    "checked_position",
    "checked_seconds",
    "checked_text",
    "checked_timeout",
]

MOST = 2**31 - 1  # of anything that is counted: twice as much still fits the library's 32 bits

_LONGEST = 10**6  # seconds; an hour would do, and any system can count so many milliseconds


def checked_number(name: str, value: SupportsIndex, least: int | None = 1) -> int:
    """A number of at least `least` (None: any), as an int; more than `MOST` counts as `MOST`.

    Raises:
        TypeError: it is no int.
        ValueError: it is less than `least`.
    """
    number = _integer(name, value)
    if least is None:
        return number
    if number < least:
        raise ValueError(f"{name} must be at least {least}")
    return min(number, MOST)


def checked_flag(name: str, value: bool) -> bool:
    """True or False; TypeError for anything else, whatever its truth."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not '{type(value).__name__}'")
    return value


def checked_text(name: str, value: str) -> str:
    """A str; TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not '{type(value).__name__}'")
    return value


def checked_choice(name: str, value: str, choices: Sequence[str]) -> int:
    """The position of a text among a few.

    Raises:
        TypeError: it is no str.
        ValueError: it is none of them.
    """
    if checked_text(name, value) not in choices:
        raise ValueError(f"{name}: {value!r} is none of {', '.join(choices)}")
    return choices.index(value)


def checked_seconds(name: str, value: float) -> float:
    """A time of more than 0 seconds.

    Raises:
        TypeError: it is neither an int nor a float.
        ValueError: it is not more than 0.
    """
    if not _seconds(name, value) > 0:
        raise ValueError(f"{name} must be more than 0 seconds")
    return float(min(value, _LONGEST))


def checked_timeout(name: str, value: float) -> float:
    """A time to wait at most; below 0, as a deadline that has passed gives it, it is 0.

    Raises:
        TypeError: it is neither an int nor a float.
        ValueError: it is no number.
    """
    number = _seconds(name, value)
    if not (number >= 0 or number < 0):  # nan
        raise ValueError(f"{name} must be a number of seconds, not nan")
    return float(min(max(number, 0), _LONGEST))


def checked_position(index: SupportsIndex, count: int, complaint: str) -> int:
    """The position among `count` that an index means, from the end where it is negative.

    Raises:
        TypeError: it is no int.
        IndexError: it lies outside, with `complaint`.
    """
    position = _integer("index", index)
    if not -count <= position < count:
        raise IndexError(complaint)
    return position % count


def _seconds(name: str, value: float) -> float:
    if not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not '{type(value).__name__}'")
    return value


def _integer(name: str, value: SupportsIndex) -> int:
    try:
        return operator.index(value)
    except TypeError:
        pass
    raise TypeError(f"{name} must be an int, not '{type(value).__name__}'")
