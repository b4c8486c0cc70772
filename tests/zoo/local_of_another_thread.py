"""A thread that waits for its next job still has the last one in a local variable."""

import queue
import threading

import refgraph
import zoo

JOBS = queue.Queue()


class Job:
    pass


def work(jobs):
    while True:
        job = jobs.get()
        if job is None:
            return
        jobs.task_done()


thread = threading.Thread(target=work, args=(JOBS,), name="Worker 1", daemon=True)
thread.start()
JOBS.put(Job())
JOBS.join()
snap = refgraph.capture()
JOBS.put(None)
thread.join()
frame = f"thread Worker 1 · {zoo.place('work', 'job = jobs.get()')}"
zoo.expect(zoo.only(snap, "Job"), zoo.Held(f"{frame} · local 'job'", "frame", frame))
