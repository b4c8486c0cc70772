"""A small HTTP service with two leaks of the kind that real services have.

    GET /fetch/<name>      an answer worked out by an `Api` made for this request
    GET /thumbnail/<name>  a small version of an image; some images are broken

Each request makes objects that nobody needs once it is answered. Some of them stay; the program
in leaked_instance.py finds out which, and why.
"""

from __future__ import annotations

import functools
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: The last error of every image that could not be read, for a status page.
BAD_IMAGES: dict[str, Exception] = {}


class Api:
    """What one client may ask for. Made for a request, of no use after it."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.answers = bytearray(20_000)

    # Leak 1: the cache belongs to the class, and `self` is a part of each key. Every Api that was
    # ever asked is kept, with all that it holds.
    @functools.lru_cache(maxsize=100_000)  # noqa: B019 (this is the leak)
    def fetch(self, name: str) -> str:
        return f"{name} for {self.user}\n"


class Upload:
    """An image as it came in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.content = bytearray(50_000)


def thumbnail(upload: Upload) -> bytes:
    """A small version of an image; `ValueError` where it cannot be read."""
    if upload.name.endswith("7"):
        raise ValueError(f"{upload.name} is not an image")
    return bytes(upload.content[:100])


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        action, _, name = self.path.strip("/").partition("/")
        if action == "fetch":
            user = self.headers.get("X-User", "anonymous")
            self.answer(200, Api(user).fetch(name).encode())
        elif action == "thumbnail":
            self.answer_thumbnail(name)
        else:
            self.answer(404, b"not found\n")

    def answer_thumbnail(self, name: str) -> None:
        upload = Upload(name)
        try:
            self.answer(200, thumbnail(upload))
        except ValueError as error:
            # Leak 2: the error has a traceback, the traceback has the frames, and a frame has its
            # locals: the upload is kept for as long as the error.
            BAD_IMAGES[name] = error
            self.answer(422, b"not an image\n")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged."""


class Server(ThreadingHTTPServer):
    """One thread a request; closing it waits for those that are still at work."""

    daemon_threads = False


def start() -> Server:
    """A server on a free port of the loopback interface; it still has to be made to serve."""
    return Server(("127.0.0.1", 0), Handler)
