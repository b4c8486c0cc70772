"""A caller's variable keeps a future, the future its error, and the error the caller's frame."""

import concurrent.futures
import contextlib
import gc

import refgraph
import zoo


def work():
    raise ValueError("bad upload")


def main():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        with contextlib.suppress(ValueError):
            future.result()


gc.collect()
gc.disable()
main()
cycle = zoo.expect_cycle(
    refgraph.capture(),
    "concurrent.futures._base.Future",
    "gc is off",
    {"concurrent.futures._base.Future", "ValueError", "traceback", "frame"},
    "ValueError.__traceback__",
)
assert cycle.path[0].name in ("._exception", ".__dict__"), cycle
assert str(cycle.path).startswith("concurrent.futures._base.Future._exception → ValueError."), cycle
assert "traceback.clear_frames" in cycle.cut.advice
gc.enable()
