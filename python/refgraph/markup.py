"""Parts of HTML for a page of others: escaped, without ids and styles that could reach beyond.

Whatever comes of the heap is a stranger's text; all of it passes `escaped`. Elements have no
colours but those around them, so that they read in a light theme and in a dark one. Pictures are
on white, and data of an <img>: the styles and ids that an SVG has of its own stay in it, and no
script in it could run.
"""

from __future__ import annotations

import binascii
import html
from collections.abc import Iterable

from .words import cut_lines, printable, shortened

__all__ = [
    "code",
    "escaped",
    "figure",
    "folded",
    "items",
    "note",
    "paragraph",
    "picture_source",
    "preformatted",
    "strong",
    "told",
]

_MEDIA = {"svg": "image/svg+xml", "png": "image/png"}
_WRAPPED = "white-space:pre-wrap;overflow-wrap:anywhere"
_LINE = 700  # characters of an expression
_LINES = 200  # of preformatted text


def escaped(text: str) -> str:
    """Text for HTML, of an element or an attribute; lines stay, other controls are shown."""
    return "\n".join(html.escape(printable(line)) for line in text.split("\n"))


def code(text: str) -> str:
    """An expression, a path, a place; the middle of a long one is left out."""
    return f'<code style="{_WRAPPED}">{escaped(shortened(text, _LINE))}</code>'


def paragraph(text: str) -> str:
    """A paragraph of text, a line for each of its lines; nothing where there is none."""
    return f"<p>{_lines(escaped(cut_lines(text)))}</p>" if text else ""


def strong(text: str) -> str:
    """A paragraph that says the answer."""
    return f"<p><strong>{_lines(escaped(cut_lines(text)))}</strong></p>"


def note(text: str) -> str:
    """A small line, for below something."""
    return f"<br/><small>{escaped(shortened(text, _LINE))}</small>"


def items(contents: Iterable[str], *, numbered: bool = False) -> str:
    """A list of HTML; nothing where there is none."""
    listed = "".join(f"<li>{content}</li>" for content in contents)
    tag = "ol" if numbered else "ul"
    return f"<{tag}>{listed}</{tag}>" if listed else ""


def preformatted(text: str) -> str:
    """Lines of text as a terminal shows them; of very many, the middle is left out."""
    lines = text.split("\n")
    more = len(lines) - _LINES
    if more > 1:
        half = _LINES // 2
        text = "\n".join([*lines[:half], f"… {more:,} more lines …", *lines[-half:]])
    return f'<pre style="overflow-x:auto">{escaped(cut_lines(text))}</pre>'


def folded(summary: str, content: str) -> str:
    """HTML that shows when somebody clicks on a word."""
    return f"<details><summary>{escaped(summary)}</summary>{content}</details>"


def told(text: str, place: str) -> str:
    """Lines of text as HTML; the place that they begin with, as code."""
    start = ""
    if text.startswith((f"{place} ", f"{place}:")):
        start = code(place)
        text = text[len(place) :]
    return f"<div>{start}{escaped(text)}</div>".replace("\n", "</div>\n<div>")


def figure(content: bytes, suffix: str, title: str) -> str:
    """A picture on white, never wider than what is around it."""
    return (
        f'<div style="overflow-x:auto"><img alt="{escaped(title)}" '
        f'src="{picture_source(content, suffix)}" '
        'style="background:#fff;height:auto;max-width:100%"/></div>'
    )


def picture_source(content: bytes, suffix: str) -> str:
    """A picture as the address of an <img>."""
    data = binascii.b2a_base64(content, newline=False).decode("ascii")
    return f"data:{_MEDIA[suffix]};base64,{data}"


def _lines(text: str) -> str:
    return text.replace("\n", "<br/>")
