"""A small heap with names and with data in it. As a program: captured and saved.

python file_heap.py <file> [<text> [<compress>]]
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import Any, Callable

import refgraph

SECRETS = {
    "text": "hunter2-the-password",
    "key": "alice@example.org-is-a-key",
    "bytes": b"4111-1111-1111-1111",
    "message": "login failed for bob-the-builder",
    "thread": "on behalf of carol-the-customer",
    "number": 271828182845904523,
}


class Session:
    """What holds data."""

    def __init__(self, number: int) -> None:
        self.number = SECRETS["number"]
        self.password = f"{SECRETS['text']} {number}"
        self.card = SECRETS["bytes"] + b" %d" % number
        self.me = self if number % 2 else None
        self.seen = weakref.ref(self)


class Heap:
    """All of it, for as long as it is held."""

    def __init__(self, count: int = 20) -> None:
        self.by_mail = {f"{SECRETS['key']} {i}": Session(i) for i in range(count)}
        self.error = self._fail()
        self.callback = self._callback(self.by_mail)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._wait, name=str(SECRETS["thread"]))
        self.thread.start()

    def _fail(self) -> Exception:
        try:
            raise ValueError(SECRETS["message"])
        except ValueError as error:
            return error

    def _callback(self, sessions: dict[str, Session]) -> Callable[[], int]:
        return lambda: len(sessions)

    def _wait(self) -> None:
        held = list(self.by_mail.values())
        self.ended.wait()
        del held

    def close(self) -> None:
        """End its thread."""
        self.ended.set()
        self.thread.join()


CURRENT: list[Heap] = []  # so that a module holds it


def main() -> None:
    path, *rest = sys.argv[1:]
    options: dict[str, Any] = dict(zip(("text", "compress"), rest))
    CURRENT.append(Heap())
    refgraph.capture().save(path, **options)
    CURRENT.pop().close()


if __name__ == "__main__":
    main()
