"""A contextlib.ExitStack that is never closed keeps every context manager and callback."""

import contextlib

import refgraph
import zoo

STACK = contextlib.ExitStack()


class Connection:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


class Report:
    pass


def mail(report):
    pass


def run():
    STACK.enter_context(Connection())
    STACK.callback(mail, Report())


run()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Connection"),
    zoo.Held("sys.modules['__main__'].STACK._exit_callbacks[0][1].__self__"),
)
zoo.expect(
    zoo.only(snap, "Report"),
    zoo.Held("sys.modules['__main__'].STACK._exit_callbacks[1][1].__closure__[0].cell_contents[0]"),
)
