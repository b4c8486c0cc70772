"""functools.partial objects in a registry of callbacks keep the arguments that they were given."""

import functools

import refgraph
import zoo

ON_EXIT = {}


class Upload:
    pass


class Progress:
    pass


def finish(upload, progress):
    raise NotImplementedError


def start():
    ON_EXIT["cat.png"] = functools.partial(finish, Upload(), progress=Progress())


start()
snap = refgraph.capture()
zoo.expect(zoo.only(snap, "Upload"), zoo.Held("sys.modules['__main__'].ON_EXIT['cat.png'].args[0]"))
zoo.expect(
    zoo.only(snap, "Progress"),
    zoo.Held("sys.modules['__main__'].ON_EXIT['cat.png'].keywords['progress']"),
)
