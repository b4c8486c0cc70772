"""A heap of known groups, which it prints as JSON: runs hash and allocate differently."""

from __future__ import annotations

import json
import random
import sys
import threading
import types
from typing import Any

import refgraph


class Session:
    """What is asked for."""


class User:
    """What holds some of them."""

    def __init__(self, sessions: list[Session]) -> None:
        self.sessions = sessions


class Link:
    """A node of a list and of a tree."""

    def __init__(self, next_link: Link | None = None) -> None:
        self.next = next_link
        self.kids: list[Link] = []
        self.session = Session()


def tree(depth: int) -> Link:
    """A full tree with two children a node."""
    link = Link()
    if depth:
        link.kids = [tree(depth - 1), tree(depth - 1)]
    return link


def plant(state: types.ModuleType) -> None:
    """Sessions in every kind of place, in the variables of a module."""
    values: dict[str, Any] = vars(state)
    names = [f"user{number}" for number in range(200)]
    random.shuffle(names)  # no order is the same in two runs
    values["CACHE"] = {name: User([Session() for _ in range(10)]) for name in names}
    values["ACTIVE"] = {Session() for _ in range(16)}
    values["HEAD"] = None
    for _ in range(1000):
        values["HEAD"] = Link(values["HEAD"])
    values["TREE"] = tree(6)
    values["PAIRS"] = [(Session(), {"k": [Session()]}) for _ in range(30)]
    values["KEYS"] = {(number, Session()): None for number in range(5)}
    one, other = Session(), Session()
    one.peer, other.peer = other, one  # type: ignore[attr-defined]

    def remember() -> Session:
        return one

    values["REMEMBER"] = remember


def serve(ready: threading.Event, done: threading.Event) -> None:
    """A thread with a session in a variable."""
    last = Session()
    ready.set()
    done.wait()
    del last


def main() -> None:
    """Plant, capture, print [[signature, id, count]]."""
    random.seed(int(sys.argv[1]))
    garbage: Any = [object() for _ in range(random.randrange(5000))]  # moves the addresses
    state = types.ModuleType("state")
    sys.modules["state"] = state
    plant(state)
    for _ in range(int(sys.argv[1])):  # and the numbers of threads
        thread = threading.Thread(target=str)
        thread.start()
        thread.join()
    ready, done = threading.Event(), threading.Event()
    threads = [threading.Thread(target=serve, args=(ready, done)) for _ in range(3)]
    for thread in threads:
        ready.clear()
        thread.start()
        ready.wait()
    snapshot = refgraph.capture()
    done.set()
    del garbage
    rows = [
        [group.signature, group.id, group.count]
        for name in ("Session", "Link", "User", "list")
        for group in snapshot.objects(f"__main__.{name}" if name != "list" else name).why_alive()
        if name != "list" or "state" in group.signature
    ]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
