"""A time zone keeps a time in that zone: the collector is not told, and frees nothing."""

import datetime
import gc

import refgraph
import zoo


class Zone(datetime.tzinfo):
    def utcoffset(self, when):
        return datetime.timedelta(0)


def main():
    zone = Zone()
    zone.since = datetime.datetime(2026, 1, 1, tzinfo=zone)


main()
assert gc.collect() == 0 or not gc.garbage
snap = refgraph.capture()
cycle = zoo.expect_cycle(
    snap,
    "__main__.Zone",
    "held from outside the heap",
    {"__main__.Zone", "datetime.datetime"},
    "__main__.Zone.since",
)
assert not cycle.isolated
assert cycle.freed_by is None
assert cycle.survives(2)
assert cycle.fate == (
    "No collection frees it: datetime.datetime holds __main__.Zone and does not tell the collector."
)
assert str(cycle.path) == ("__main__.Zone.since → datetime.datetime.tzinfo → __main__.Zone")
gc.collect()
assert not gc.garbage
assert len(refgraph.capture().objects("__main__.Zone")) == 1  # it is still there
