"""Which reference cycles a program leaves, what becomes of them, and which reference to cut.

Runs the order service of orders.py for a while, with thresholds of the collector as services set
them, and captures the heap: the report goes to the screen, and with a picture of each kind of cycle
into a folder.

    python cycle_report.py [--out out/cycles]
"""

from __future__ import annotations

import argparse
import gc
import pathlib

import orders
import refgraph


def serve() -> None:
    """A day of the service: every object that it made is out of its hands afterwards."""
    accounts = [orders.Account() for _ in range(5)]
    orders.Connection()
    gc.collect()  # accounts are old now, and the connection was resurrected: it is in the pool
    orders.pool.clear()
    for number, account in enumerate(accounts):
        orders.Order(account)
        orders.charge(orders.Card(f"4111-{number}"), 25)
        orders.Export(["id,total", f"{number},25"]).preview()
    orders.Connection()


def main() -> None:
    """Run the service, look at the cycles that it left."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/cycles"))
    out: pathlib.Path = parser.parse_args().out
    out.parent.mkdir(parents=True, exist_ok=True)

    gc.set_threshold(50_000, 20, 100)
    serve()
    snapshot = refgraph.capture()
    report = snapshot.cycles(in_use=False)
    print(report)

    print("\nFor a program:")
    for group in report.groups:
        example = group.example
        finalizers = [found.kind for found in example.finalizers]
        print(
            f"  {group.count} × {group.verdict}: generations {group.generations}, "
            f"freed by gc.collect({example.freed_by}), finalizers {finalizers}"
        )
    report.render(out, formats=("svg", "png"))
    print(f"\nReport and pictures: {out}/")


if __name__ == "__main__":
    main()
