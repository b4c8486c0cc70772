"""functools.lru_cache on methods: each cache keeps every `self` and every argument it has seen."""

import functools

import refgraph
import zoo


class Session:
    """A user's session: asks the API and should die with the request."""


class Api:
    @functools.lru_cache(maxsize=None)  # noqa: B019, UP033
    def fetch(self, session):
        return 200


class Store:
    @functools.lru_cache(maxsize=128)  # noqa: B019
    def load(self, name):
        return name.upper()


def handle_request():
    Api().fetch(Session())
    Store().load("settings")


handle_request()
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "Session"), zoo.Held("sys.modules['__main__'].Api.fetch{cache}{key}[1]"))
zoo.expect(zoo.only(snap, "Api"), zoo.Held("sys.modules['__main__'].Api.fetch{cache}{key}[0]"))
zoo.expect(zoo.only(snap, "Store"), zoo.Held("sys.modules['__main__'].Store.load{cache key}[0]"))
