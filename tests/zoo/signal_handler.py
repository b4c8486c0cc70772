"""A signal handler that is a method of an object keeps it for as long as it is installed."""

import signal

import refgraph
import zoo


class Server:
    def __init__(self):
        signal.signal(signal.SIGUSR1, self.reload)

    def reload(self, number, frame):
        pass


Server()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Server"),
    zoo.Held("signal handler SIGUSR1.__self__", "interpreter", "signal handler SIGUSR1"),
)
