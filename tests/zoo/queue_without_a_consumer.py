"""A queue that nobody empties, and a history that nobody bounds: deques."""

import collections
import queue

import refgraph
import zoo

JOBS = queue.Queue()
HISTORY = collections.deque()


class Job:
    pass


class Move:
    pass


def play():
    JOBS.put("first")
    JOBS.put((1, Job()))
    HISTORY.append(Move())


play()
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "Job"), zoo.Held("sys.modules['__main__'].JOBS.queue[1][1]"))
zoo.expect(zoo.only(snap, "Move"), zoo.Held("sys.modules['__main__'].HISTORY[0]"))
