"""A coroutine that nobody awaits keeps its arguments; an asynchronous generator does too."""

import refgraph
import zoo

LATER = []


class Mail:
    pass


class Feed:
    pass


async def send(mail):
    raise NotImplementedError(mail)


async def entries(feed):
    yield feed


LATER.append(send(Mail()))
LATER.append(entries(Feed()))
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Mail"),
    zoo.Held("sys.modules['__main__'].LATER[0].cr_frame.f_locals['mail']"),
)
zoo.expect(
    zoo.only(snap, "Feed"),
    zoo.Held("sys.modules['__main__'].LATER[1].ag_frame.f_locals['feed']"),
)
LATER[0].close()
