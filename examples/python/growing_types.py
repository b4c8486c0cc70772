"""What grows in a service under load, what gained it, and a picture of each growing type.

Starts the service of shop.py, sends it rounds of requests over loopback, and marks the heap after
each: the places that grew in every round go to the screen, and the growing types, with a new object
of each drawn, into a folder with a page to look at.

    python growing_types.py [--out out/growing] [--rounds 5]
"""

from __future__ import annotations

import argparse
import pathlib
import random
import threading
import urllib.error
import urllib.request

import refgraph
import shop

REQUESTS = 60  # in a round


def send(url: str, content: bytes | None = None) -> None:
    """One request: PUT where there is content. The shop refuses some; that is an answer too."""
    method = "GET" if content is None else "PUT"
    request = urllib.request.Request(url, content, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        error.read()
        error.close()


def send_round(port: int, number: int) -> None:
    """Baskets of many lengths, and pictures, of which every other one is broken."""
    chance = random.Random(number)
    for i in range(REQUESTS):
        if i % 3:
            ids = chance.sample(range(len(shop.ITEMS)), chance.randint(50, 800))
            send(f"http://127.0.0.1:{port}/basket/{','.join(map(str, ids))}")
        else:
            content = (b"GIF89a" if i % 2 else b"\x89PNG") + bytes(20_000)
            send(f"http://127.0.0.1:{port}/picture/{number}-{i}", content)


def main() -> None:
    """Run the service, load it, look at what grew."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/growing"))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    out: pathlib.Path = arguments.out
    out.parent.mkdir(parents=True, exist_ok=True)
    if shop.sqlalchemy is None:
        print("SQLAlchemy is not installed: the shop keeps statements of sqlite3 instead.\n")

    tracker = refgraph.Tracker(collect=True)
    with shop.start() as server:
        serving = threading.Thread(target=server.serve_forever, name="shop")
        serving.start()
        try:
            send_round(server.server_port, 0)  # what is made once, at the first request, is no leak
            tracker.mark()
            for number in range(1, arguments.rounds + 1):
                send_round(server.server_port, number)
                tracker.mark()
        finally:
            server.shutdown()
            serving.join()

    print(tracker.suspects())
    growth = tracker.growth()
    print(f"\n{growth.types(limit=8)}")
    growth.render(out, top=10, exclude=("str", "int"), max_count=50_000)
    print(f"\nA picture of each: {out}/index.html")


if __name__ == "__main__":
    main()
