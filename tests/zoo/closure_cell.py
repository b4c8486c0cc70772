"""A callback in a registry closes over an object that only one call needed."""

import refgraph
import zoo

ON_SHUTDOWN = []


class Request:
    def __init__(self):
        self.path = "/report"
        self.body = bytearray(1000)


def handle():
    request = Request()
    path = request.path

    def log_path():
        print(path, len(request.body))

    ON_SHUTDOWN.append(log_path)


handle()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Request"),
    zoo.Held("sys.modules['__main__'].ON_SHUTDOWN[0].__closure__[1].cell_contents"),
)
