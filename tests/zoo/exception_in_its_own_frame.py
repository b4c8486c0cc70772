"""`failure = error` makes a cycle of an error and its frame: only the collector frees it."""

import gc

import refgraph
import zoo


class Response:
    pass


def fetch():
    response = Response()
    failure = None
    try:
        raise OSError(type(response).__name__)
    except OSError as error:
        failure = error
    return str(failure)


gc.disable()
fetch()
snap = refgraph.capture()
zoo.expect_garbage(zoo.only(snap, "Response"))
gc.enable()
assert not refgraph.capture(collect=True).objects("__main__.Response")
