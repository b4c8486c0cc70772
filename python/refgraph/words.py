"""How numbers, addresses and types are written for people."""

from __future__ import annotations

import re
import textwrap

__all__ = [
    "WIDTH",
    "bytes_text",
    "count_text",
    "cut_lines",
    "error_text",
    "number_text",
    "only_text",
    "percent_text",
    "printable",
    "prose_percent_text",
    "share_text",
    "short_address",
    "short_type_name",
    "shortened",
    "signed_bytes_text",
    "signed_number_text",
    "type_text",
    "wrapped_text",
]

WIDTH = 100  # columns of a line, where words let it
_UNIT = re.compile(r"(?<=[0-9>]) (?=%|B\b|[KMGT]iB\b|\d)")  # between a number and its unit
_OF_A_TYPE = type.__dict__
_LINE = 700  # characters of a line, where they could be millions
_PART = 200  # characters of a module or of a type's name

# What the C library does not show either (rg__character_is_printable): controls, what reorders or
# hides the text around it, surrogates, noncharacters.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}-{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)


def number_text(number: int) -> str:
    """A number with separators: ``12,345``."""
    return f"{number:,}"


def count_text(number: int, singular: str, plural: str | None = None) -> str:
    """A number and its noun: ``1 object``, ``12,345 objects``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def bytes_text(size: int) -> str:
    """Bytes in the unit that keeps three digits: ``148 B``, ``1.2 KiB``, ``-468 MiB``."""
    if size < 0:
        return f"-{bytes_text(-size)}"
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


def signed_number_text(number: int) -> str:
    """A difference: ``+9,983``, ``-12``, ``0``."""
    return f"{number:+,}" if number else "0"


def signed_bytes_text(size: int) -> str:
    """A difference in bytes: ``+3.1 MiB``, ``-148 B``, ``0 B``."""
    return f"+{bytes_text(size)}" if size > 0 else bytes_text(size)


def share_text(part: float, whole: float) -> str:
    """A part in per cent of the whole, with one digit: ``37.2``; nothing of a whole that is 0."""
    return f"{100 * part / whole:.1f}" if whole else ""


def percent_text(share: float, digits: int = 1) -> str:
    """A share in per cent: ``37.2 %``; all and nothing are said only where they are meant."""
    least: float = 10**-digits
    if 0 < share * 100 < least / 2:
        return f"< {least:.{digits}f} %"
    if 0 < (1 - share) * 100 <= least / 2:
        return f"> {100 - least:.{digits}f} %"
    return f"{share * 100:.{digits}f} %"


def prose_percent_text(share: float) -> str:
    """The same as a sentence has it: ``48 %``, ``5.6 %``."""
    return percent_text(share, 0 if share >= 0.0995 else 1)


def wrapped_text(text: str, start: str = "", indent: str = "") -> str:
    """Sentences in lines of `WIDTH` columns where words let them; the first begins with `start`.

    A number and its unit stay on one line.
    """
    joined = _UNIT.sub("\0", text)
    lines = textwrap.fill(
        joined,
        WIDTH,
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.replace("\0", " ")


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


def cut_lines(text: str) -> str:
    """A text whose lines lose their middle where they are too long to be read."""
    return "\n".join(shortened(printable(line), _LINE) for line in text.split("\n"))


def error_text(error: Exception) -> str:
    """What went wrong: ``RenderTimeout: …``, or ``MemoryError`` alone, which says no more."""
    return printable(": ".join(filter(None, [type(error).__name__, str(error)])))


def only_text(count: int, noun: str) -> str:
    """``there are only 3 cycles``."""
    if not count:
        return f"there are no {noun}s"
    return f"there {'is' if count == 1 else 'are'} only {count_text(count, noun)}"


def printable(text: str) -> str:
    r"""Text in which what cannot be shown is escaped, as in a Python string: ``\n``, ``\u202e``."""
    return _HIDDEN.sub(_escape, text)


def short_type_name(name: str) -> str:
    """The last part of the name of a type: ``Session`` of ``app.web.Session``."""
    return name.rpartition(".")[2] or name


def type_text(cls: type) -> str:
    """A class as a snapshot writes it (rg_graph_write_type): ``app.web.Session``, ``dict``.

    Read by `type`'s own means: no metaclass is asked.
    """
    try:
        module = _OF_A_TYPE["__module__"].__get__(cls)
    except AttributeError:  # made where there is no __name__, or by C code
        module = None
    is_told = isinstance(module, str) and module not in ("", "builtins")
    name = _part_text(_OF_A_TYPE["__qualname__"].__get__(cls))
    return f"{_part_text(module)}.{name}" if is_told else name


def _part_text(text: str) -> str:
    return printable(text[:_PART]) + "…" * (len(text) > _PART)


def _escape(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode("ascii")
