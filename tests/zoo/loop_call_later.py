"""loop.call_later: the loop keeps the callback and its arguments until the hour has come."""

import asyncio

import refgraph
import zoo


class Session:
    def expire(self, reason):
        pass


class Reason:
    pass


def log_in(loop):
    loop.call_later(86400, Session().expire, Reason())


LOOP = asyncio.new_event_loop()
log_in(LOOP)
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Session"),
    zoo.Held("sys.modules['__main__'].LOOP._scheduled[0]._callback.__self__"),
)
zoo.expect(
    zoo.only(snap, "Reason"), zoo.Held("sys.modules['__main__'].LOOP._scheduled[0]._args[0]")
)
LOOP.close()
