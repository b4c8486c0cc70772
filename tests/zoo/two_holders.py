"""Two holders: both are said, the shorter way first; cutting one alone frees nothing."""

import refgraph
import zoo

CACHE = {}
BY_USER = {}


class Session:
    pass


class User:
    def __init__(self, session):
        self.session = session


def log_in():
    session = Session()
    BY_USER["ann"] = {"current": User(session)}
    CACHE["s1"] = session


log_in()
snap = refgraph.capture()
chains = zoo.expect(
    zoo.only(snap, "Session"),
    zoo.Held("sys.modules['__main__'].CACHE['s1']"),
    zoo.Held("sys.modules['__main__'].BY_USER['ann']['current'].session"),
)
assert [chain.independent for chain in chains] == [True, True]
