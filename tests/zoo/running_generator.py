"""A generator that another thread is in the middle of: its locals, while it runs."""

import threading

import refgraph
import zoo

READY = threading.Event()
STOP = threading.Event()


class Batch:
    pass


def batches():
    batch = Batch()
    READY.set()
    STOP.wait()
    yield type(batch)


def consume():
    for _ in batches():
        pass


thread = threading.Thread(target=consume, name="Consumer", daemon=True)
thread.start()
READY.wait()
snap = refgraph.capture()
STOP.set()
thread.join()
frame = f"thread Consumer · {zoo.place('batches', 'STOP.wait()')}"
zoo.expect(zoo.only(snap, "Batch"), zoo.Held(f"{frame} · local 'batch'", "frame", frame))
