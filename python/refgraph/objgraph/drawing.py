"""Pictures of DOT text through Graphviz's libraries."""

from __future__ import annotations

from typing import Any

__all__ = ["can_draw", "draw"]

# A large picture takes as long as `dot` would; a crash of Graphviz ends a child process only.
_SECONDS_MOST = 600.0


def _render_module() -> Any:
    """The module that draws, or None where Graphviz's libraries are missing."""
    try:
        import refgraph._render as render
    except ImportError:
        return None
    return render


def can_draw() -> bool:
    """Whether pictures can be drawn in this process."""
    return _render_module() is not None


def draw(picture_format: str, dot: str) -> bytes:
    """The picture of DOT text in any format that Graphviz knows.

    Raises:
        RenderError: with Graphviz's own words.
    """
    picture: bytes = _render_module().draw_source(picture_format, dot, deadline=_SECONDS_MOST)
    return picture
