"""cachetools.cached on a method: the keys of the cache keep every `self`."""

import refgraph
import zoo

cachetools = zoo.needs("cachetools")

CACHE = cachetools.LRUCache(maxsize=100)


class Session:
    @cachetools.cached(CACHE)
    def profile(self, name):
        return [name]


Session().profile("ann")
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Session"), zoo.Held("sys.modules['__main__'].CACHE._Cache__data{key}[0]")
)
