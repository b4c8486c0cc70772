"""A Thread keeps the arguments of its target for as long as it runs."""

import threading

import refgraph
import zoo

READY = threading.Event()
STOP = threading.Event()


class Settings:
    pass


def serve(settings):
    del settings
    READY.set()
    STOP.wait()


def start():
    thread = threading.Thread(target=serve, args=(Settings(),), name="Server", daemon=True)
    thread.start()
    return thread.ident


ident = start()
READY.wait()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Settings"),
    zoo.Held(f"sys.modules['threading']._active[{ident}]._args[0]", name="threading"),
)
STOP.set()
