"""A local variable keeps an exception, whose traceback keeps the variable's frame."""

import gc

import refgraph
import zoo


def fetch():
    failure = None
    try:
        raise OSError("no route to host")
    except OSError as error:
        failure = error
    return str(failure)


gc.collect()
fetch()
snap = refgraph.capture()
cycle = zoo.expect_cycle(
    snap,
    "OSError",
    "isolated",
    {"OSError", "frame", "traceback"},
    f"frame {zoo.place('fetch', 'return str(failure)')} · local failure",
)
assert [edge.name for edge in cycle.path] == [".__traceback__", ".tb_frame", "local failure"]
assert cycle.cut.advice.startswith("del failure "), cycle.cut.advice
assert (cycle.generations, cycle.freed_by) == ((0,), 0)
del snap, cycle
gc.collect()
assert not refgraph.capture().cycles(in_use=False)
