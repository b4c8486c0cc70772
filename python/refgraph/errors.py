"""Every exception of refgraph's own. Each stands for one thing that a caller can do about it."""

from __future__ import annotations

__all__ = [
    "CaptureError",
    "CollectionRunning",
    "CyclesFound",
    "Error",
    "NotInSnapshot",
    "RenderError",
    "RenderTimeout",
]


class Error(Exception):
    """Whatever refgraph refuses; the base of the others."""


class CaptureError(Error):
    """The heap cannot be captured, now or on this interpreter."""


class CollectionRunning(CaptureError):
    """A garbage collection is running: capture once it has ended."""


class CyclesFound(Error, AssertionError):
    """A block that `watch_cycles` watched left cycles behind; the text is the report."""


class NotInSnapshot(Error, LookupError):
    """The object asked for was not there when the snapshot was taken."""


class RenderError(Error, ValueError):
    """A picture cannot be made: an unknown suffix, or Graphviz refused."""


class RenderTimeout(RenderError, TimeoutError):
    """The picture was not ready when its deadline passed; nothing was written."""
