"""Every exception of refgraph's own. Each stands for one thing that a caller can do about it."""

from __future__ import annotations

__all__ = [
    "CaptureError",
    "CaptureWarning",
    "CollectionRunning",
    "CyclesFound",
    "Error",
    "FileError",
    "NotInSnapshot",
    "RenderError",
    "RenderTimeout",
]


class Error(Exception):
    """Whatever refgraph refuses; the base of the others."""


class CaptureError(Error):
    """The heap cannot be captured, now or on this interpreter."""


class CaptureWarning(RuntimeWarning):
    """A heap was captured, but not in the way that was asked for; the text says why."""


class CollectionRunning(CaptureError):
    """A garbage collection is running: capture once it has ended."""


class CyclesFound(Error, AssertionError):
    """A block that `watch_cycles` watched left cycles behind; the text is the report."""


class FileError(Error, ValueError):
    """A file is no snapshot, of another version, cut short or altered.

    `path` is the file, `offset` the byte at which it is wrong; None where it is a snapshot that
    this build cannot read or write.
    """

    def __init__(self, why: str, path: object = None, offset: int | None = None) -> None:
        super().__init__(why, path, offset)
        self.path = path
        self.offset = offset

    def __str__(self) -> str:
        why, path, _ = self.args
        if isinstance(path, bytes):
            path = path.decode("utf-8", "backslashreplace")
        return why if path is None else f"{path}: {why}"


class NotInSnapshot(Error, LookupError):
    """The object asked for was not there when the snapshot was taken."""


class RenderError(Error, ValueError):
    """A picture cannot be made: an unknown suffix, or Graphviz refused."""


class RenderTimeout(RenderError, TimeoutError):
    """The picture was not ready when its deadline passed; nothing was written."""
