"""A request keeps the Deferred that its handler waits for, and the handler keeps the request."""

import gc
import sys

import refgraph
import zoo

defer = zoo.needs("twisted.internet.defer")


class Request:
    pass


@defer.inlineCallbacks
def handle(request):
    request.waiting = defer.Deferred()
    yield request.waiting


def main():
    handle(Request())


main()  # what a first call leaves in caches
gc.collect()
gc.disable()
main()
defer_module = "twisted.internet.defer"
cycle = zoo.expect_cycle(
    refgraph.capture(),
    "__main__.Request",
    "gc is off",
    {
        "__main__.Request",
        "function",
        "generator",
        f"{defer_module}.Deferred",
        f"{defer_module}._CancellationStatus",
    }
    | ({"frame"} if sys.version_info < (3, 11) else set()),  # the generator's, an object then
    f"{defer_module}.Deferred._canceller and {defer_module}.Deferred._callbacks[0]",
)
gc.enable()
