"""Find what a service leaks, say why it stays, and draw what holds it.

Starts the service of service.py, sends it 300 requests over loopback, captures the heap, and takes
the first leaked instance of each class that should have none: why it is alive goes to the screen,
pictures of its back-references go to a folder.

    python leaked_instance.py [--out out]
"""

from __future__ import annotations

import argparse
import http.client
import pathlib
import threading

import refgraph
import service

REQUESTS = 300


def send_requests(port: int, count: int) -> None:
    """Ask the service `count` times, in turn for an answer and for a thumbnail."""
    for number in range(count):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        action = "thumbnail" if number % 2 else "fetch"
        connection.request("GET", f"/{action}/{number}", headers={"X-User": f"user{number}"})
        connection.getresponse().read()
        connection.close()


def report(snapshot: refgraph.Snapshot, type_name: str, out: pathlib.Path) -> None:
    """What holds all instances of a type; why the first is alive: in words, and as two pictures."""
    leaked = snapshot.objects(type_name)
    print(f"\n{'=' * 100}\n{leaked.why_alive()}")
    if not leaked:
        return
    first = leaked[0]
    print("\nThe first of them:\n")
    chains = first.why_alive(limit=3)
    print(chains)
    print(f"\n{chains[0].tree()}\n")

    picture = first.backrefs(depth=8, too_many=5)
    for suffix in (".svg", ".png"):
        path = out / f"{type_name}{suffix}"
        picture.save(path)
        print(f"Picture: {path}")


def main() -> None:
    """Run the service, ask it, look at what stayed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
    out: pathlib.Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    with service.start() as server:
        serving = threading.Thread(target=server.serve_forever, name="service")
        serving.start()
        try:
            send_requests(server.server_port, REQUESTS)
        finally:
            server.shutdown()
            serving.join()

    # Every request is answered and every thread is gone: what is left of a request is a leak.
    snapshot = refgraph.capture(collect=True)
    print(f"{REQUESTS} requests are answered. Captured in {snapshot.cost.seconds:.2f} s:", end=" ")
    print(snapshot.types(limit=8))
    for type_name in ("service.Api", "service.Upload"):
        report(snapshot, type_name, out)


if __name__ == "__main__":
    main()
