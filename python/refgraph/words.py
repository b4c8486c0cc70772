"""How numbers and addresses are written for people."""

from __future__ import annotations

__all__ = ["bytes_text", "count_text", "number_text", "only_text", "short_address", "shortened"]


def number_text(number: int) -> str:
    """A number with separators: ``12,345``."""
    return f"{number:,}"


def count_text(number: int, singular: str, plural: str | None = None) -> str:
    """A number and its noun: ``1 object``, ``12,345 objects``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def bytes_text(size: int) -> str:
    """Bytes in the unit that keeps three digits: ``148 B``, ``1.2 KiB``, ``468 MiB``."""
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        amount /= 1024
        if amount < 99.95:
            return f"{amount:.1f} {unit}"
        if amount < 1023.5:
            return f"{amount:.0f} {unit}"
    return f"{amount:,.0f} TiB"


def short_address(address: int) -> str:
    """An address with its middle left out: ``0x7f3a…e10``."""
    text = f"{address:#x}"
    return text if len(text) <= 10 else f"{text[:6]}…{text[-3:]}"


def shortened(text: str, limit: int) -> str:
    """Text of at most `limit` characters: the middle of a longer one is left out."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    return f"{text[:head]}…{text[len(text) - (limit - 1 - head) :]}"


def only_text(count: int, noun: str) -> str:
    """``there are only 3 cycles``."""
    if not count:
        return f"there are no {noun}s"
    return f"there {'is' if count == 1 else 'are'} only {count_text(count, noun)}"
