"""A mutable default argument lives as long as its function, and so does what is put into it."""

import refgraph
import zoo


class Visit:
    pass


def track(visit, *, seen=[]):  # noqa: B006
    seen.append(visit)


def remember(visit, by_name={}):  # noqa: B006
    by_name[type(visit).__name__] = visit


class Click:
    pass


track(Visit())
remember(Click())
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Visit"),
    zoo.Held("sys.modules['__main__'].track.__kwdefaults__['seen'][0]"),
)
zoo.expect(
    zoo.only(snap, "Click"),
    zoo.Held("sys.modules['__main__'].remember.__defaults__[0]['Click']"),
)
