"""A small service, of which a fleet runs many.

It has sessions in a bounded cache, prices, and a list of what to retry, which should be empty: in
the one process whose upstream is down nothing ever takes from it. Every process also keeps some
latencies for ever: that grows too, slowly and everywhere.
"""

from __future__ import annotations

import collections


class Session:
    """What a visitor has in the basket."""

    def __init__(self, number: int) -> None:
        self.user = f"user-{number}"
        self.basket = {f"article-{number + i}": i for i in range(3)}


SESSIONS: collections.OrderedDict[int, Session] = collections.OrderedDict()
PRICES = {f"article-{i}": i * 0.99 for i in range(500)}
RETRIES: list[dict[str, object]] = []
LATENCIES: list[float] = []


def handle(number: int, upstream_is_down: bool) -> None:
    """Serve one request."""
    SESSIONS[number] = Session(number)
    while len(SESSIONS) > 300:
        SESSIONS.popitem(last=False)
    if number % 100 == 0:
        LATENCIES.append(number / 1000)
    order = {"user": f"user-{number}", "articles": [f"article-{number}"], "attempt": 1}
    RETRIES.append(order)
    if not upstream_is_down:
        RETRIES.remove(order)
