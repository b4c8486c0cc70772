"""atexit.register keeps the function and its arguments to the end of the process."""

import atexit

import refgraph
import zoo


class TemporaryFolder:
    def __init__(self):
        atexit.register(self.remove)

    def remove(self):
        pass


class Message:
    pass


def say(message):
    assert isinstance(message, Message)


def start():
    TemporaryFolder()
    atexit.register(say, message=Message())


start()
snap = refgraph.capture()
keywords = "keywords of an atexit callback"
zoo.expect(
    zoo.only(snap, "TemporaryFolder"),
    zoo.Held("atexit callback.__self__", "interpreter", "atexit callback"),
)
zoo.expect(
    zoo.only(snap, "Message"),
    zoo.Held(f"{keywords}['message']", "interpreter", keywords),
)
