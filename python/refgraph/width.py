"""How many columns of a terminal a text takes, and text cut to fit them.

A terminal gives Chinese, Japanese, Korean and emoji two columns, and combining marks none. The
database of Unicode that comes with Python knows them.
"""

from __future__ import annotations

import unicodedata

__all__ = ["fitted", "padded", "width_of"]

# Vowels and finals of Hangul: drawn into the syllable before.
_JAMO = frozenset([*range(0x1160, 0x1200), *range(0xD7B0, 0xD800)])

_MOST_MARKS = 8  # characters to a column of a text that is shown as it is


def width_of(text: str) -> int:
    """Columns that a text of printable characters takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def padded(text: str, width: int, *, right: bool = False) -> str:
    """The text with spaces behind it (right: before it) up to a width."""
    spaces = " " * (width - width_of(text))
    return spaces + text if right else text + spaces


def fitted(text: str, width: int) -> str:
    """Text of at most `width` columns: the middle of a longer one is left out, for "…".

    Where marks are piled upon letters by the hundred, all marks are left out.
    """
    if not text.isascii() and len(text) > _MOST_MARKS * width:
        text = "".join(filter(_width, text))
    if width_of(text) <= width:
        return text
    head_width = (width - 1) // 2
    head = _start(text, head_width)
    tail = _start(text[::-1], width - 1 - head_width)[::-1]
    while tail and not _width(tail[0]):  # a mark whose letter is left out
        tail = tail[1:]
    return f"{head}…{tail}"


def _start(text: str, width: int) -> str:
    """As much of the beginning of a text as fits."""
    used = 0
    for position, character in enumerate(text):
        used += _width(character)
        if used > width:
            return text[:position]
    return text


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf") or ord(character) in _JAMO:
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
