"""threading.local: what a pool's thread keeps between two requests, for as long as it lives."""

import sys
import threading
import weakref

import refgraph
import zoo

STATE = threading.local()
READY = threading.Event()
STOP = threading.Event()


class Transaction:
    """Kept by the main thread."""


class Request:
    """Kept by a worker that waits for the next one."""


def worker():
    STATE.request = Request()
    READY.set()
    STOP.wait()


STATE.transaction = Transaction()
thread = threading.Thread(target=worker, name="Worker", daemon=True)
thread.start()
READY.wait()
snap = refgraph.capture()
STOP.set()
key = zoo.type_name(weakref.ref) if sys.version_info < (3, 13) else "_thread._localdummy"
values = f"sys.modules['__main__'].STATE{{values by thread}}{{key {key}}}"
zoo.expect(zoo.only(snap, "Transaction"), zoo.Held(f"{values}['transaction']"))
zoo.expect(zoo.only(snap, "Request"), zoo.Held(f"{values}['request']"))
