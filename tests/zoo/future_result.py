"""Futures that are kept keep their results, and a failed one the frames of its error."""

import concurrent.futures
import sys

import refgraph
import zoo

DONE = []


class Thumbnail:
    pass


class Original:
    pass


def make():
    return Thumbnail()


def fail():
    original = Original()
    raise ValueError(type(original).__name__)


with concurrent.futures.ThreadPoolExecutor(1) as pool:
    DONE.append(pool.submit(make))
    DONE.append(pool.submit(fail))
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "Thumbnail"), zoo.Held("sys.modules['__main__'].DONE[0]._result"))
entry = ".tb_next" if sys.version_info < (3, 14) else ".tb_next.tb_next"
error = f"sys.modules['__main__'].DONE[1]._exception.__traceback__{entry}"
zoo.expect(zoo.only(snap, "Original"), zoo.Held(f"{error}.tb_frame.f_locals['original']"))
