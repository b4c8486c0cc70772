"""A Django signal with weak=False: the receiver is held for ever, and what it is a method of."""

import refgraph
import zoo

dispatch = zoo.needs("django.dispatch")

order_paid = dispatch.Signal()


class Invoice:
    def __init__(self):
        order_paid.connect(self.send, weak=False)

    def send(self, sender, **arguments):
        pass


class Audit:
    """Connected the default way: held by nothing."""

    def __init__(self):
        order_paid.connect(self.note)

    def note(self, sender, **arguments):
        pass


Invoice()
Audit()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Invoice"),
    zoo.Held("sys.modules['__main__'].order_paid.receivers[0][1].__self__"),
)
assert len(snap.objects("__main__.Audit")) == 0
