"""Negative control: an object that is dropped is gone, and nothing of it is in the answer."""

import refgraph
import zoo


class Session:
    pass


class User:
    def __init__(self):
        self.session = Session()


def serve():
    user = User()
    user.session = None
    return user


USER = serve()
snap = refgraph.capture()
assert len(snap.objects("__main__.Session")) == 0
zoo.expect(zoo.only(snap, "User"), zoo.Held("sys.modules['__main__'].USER"))
