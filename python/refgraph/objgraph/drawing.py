"""Pictures of DOT text through Graphviz's libraries."""

from __future__ import annotations

from .. import drawing

__all__ = ["can_draw", "draw"]

# A large picture takes as long as `dot` would; a crash of Graphviz ends a child process only.
_SECONDS_MOST = 600.0


def can_draw() -> bool:
    """Whether pictures can be drawn in this process."""
    try:
        drawing._render_module()
    except ImportError:
        return False
    return True


def draw(picture_format: str, dot: str) -> bytes:
    """The picture of DOT text in any format that Graphviz knows.

    Raises:
        RenderError: with Graphviz's own words.
    """
    render = drawing._render_module()
    picture: bytes = render.draw_source(picture_format, dot, deadline=_SECONDS_MOST)
    return picture
