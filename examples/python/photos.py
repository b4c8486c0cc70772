"""A photo service that leaks in three ways; docs/leak-hunt.ipynb finds them one by one.

`handle` and `send` answer one request each, as a web framework would call them.
"""

from __future__ import annotations

__all__ = ["FAILED", "SESSIONS", "Download", "Photo", "Progress", "Session", "handle", "send"]


class Photo:
    """A picture as it came in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pixels = bytearray(20_000)


class Session:
    """What the service remembers of a visitor."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.preferences: dict[str, object] = {"size": 100}


#: The session of each token that was ever sent.
SESSIONS: dict[str, Session] = {}

#: The last error of each photo, for a status page.
FAILED: dict[str, object] = {}


def session_of(token: str) -> Session:
    """The visitor's session."""
    # Leak 1: a cache that never forgets. Who comes without a cookie gets a new token each time.
    if token not in SESSIONS:
        SESSIONS[token] = Session(token)
    return SESSIONS[token]


def note_failure(name: str, error: Exception) -> None:
    """Remember what went wrong with a photo."""
    # Leak 2: the error has a traceback, the traceback has frames, and a frame has its locals.
    FAILED[name] = error


def thumbnail(photo: Photo) -> bytes:
    """A small version of a photo; `ValueError` where it cannot be read."""
    if photo.name.endswith("7.jpg"):
        raise ValueError(f"{photo.name} is no photo")
    return bytes(photo.pixels[:100])


def handle(token: str, name: str) -> bytes:
    """Answer a request for a thumbnail."""
    session_of(token).preferences["last"] = name
    photo = Photo(name)
    try:
        return thumbnail(photo)
    except ValueError as error:
        note_failure(name, error)
        return b""


class Progress:
    """How much of a download has been sent."""

    def __init__(self, download: Download) -> None:
        self.download = download
        self.sent = 0


class Download:
    """A photo on its way to somebody. Its end is counted, whoever drops it."""

    ended = 0

    def __init__(self, photo: Photo) -> None:
        self.photo = photo
        # Leak 3: the two refer to each other. Both wait for the collector, and the photo with them.
        self.progress = Progress(self)

    def __del__(self) -> None:
        Download.ended += 1


def send(name: str) -> int:
    """Answer a request for a whole photo: how many bytes were sent."""
    download = Download(Photo(name))
    download.progress.sent = len(download.photo.pixels)
    return download.progress.sent
