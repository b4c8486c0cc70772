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


def held(place, part, rest):
    if sys.version_info < (3, 10):  # the module has its callbacks in its own memory
        return zoo.Held(f"sys.modules['atexit']{{module state}}{rest}", name="atexit")
    if sys.version_info < (3, 14):
        root = ("atexit callback", "", "keywords of an atexit callback")[part]
        return zoo.Held(f"{root}{rest}", "interpreter", root)
    root = "atexit callbacks"
    return zoo.Held(f"{root}[{place}][{part}]{rest}", "interpreter", root)


zoo.expect(zoo.only(snap, "TemporaryFolder"), held(1, 0, ".__self__"))
zoo.expect(zoo.only(snap, "Message"), held(0, 2, "['message']"))
