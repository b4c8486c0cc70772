"""atexit.register keeps the function and its arguments to the end of the process."""

import atexit
import sys

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


def held(part, rest):
    if sys.version_info < (3, 10):  # the module has its callbacks in its own memory
        return zoo.Held(f"sys.modules['atexit']{{module state}}{rest}", name="atexit")
    return zoo.Held(f"{part}{rest}", "interpreter", part)


zoo.expect(zoo.only(snap, "TemporaryFolder"), held("atexit callback", ".__self__"))
zoo.expect(zoo.only(snap, "Message"), held("keywords of an atexit callback", "['message']"))
