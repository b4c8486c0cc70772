"""A kept error keeps the one that was being handled when it was raised, and that one its frames."""

import refgraph
import zoo

LAST_FAILURE = {}


class Cursor:
    """What the first error's frame was working with."""


def query():
    cursor = Cursor()
    raise TimeoutError(type(cursor).__name__)


def report():
    try:
        query()
    except TimeoutError:
        raise RuntimeError("no report today")  # noqa: B904


def nightly_job():
    try:
        report()
    except RuntimeError as error:
        LAST_FAILURE["report"] = error


nightly_job()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Cursor"),
    zoo.Held(
        "sys.modules['__main__'].LAST_FAILURE['report'].__context__.__traceback__.tb_next"
        ".tb_frame.f_locals['cursor']"
    ),
)
