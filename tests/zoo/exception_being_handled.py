"""A retry loop that waits inside `except`: the error and its frames live as long as it waits."""

import sys

import refgraph
import zoo


class Payload:
    pass


def send():
    payload = Payload()
    raise ConnectionError(type(payload).__name__)


def wait_a_minute():
    return refgraph.capture()


def deliver():
    try:
        send()
    except ConnectionError:
        return wait_a_minute()


snap = deliver()
handled = "thread MainThread · exception being handled"
entry, local = ".__traceback__.tb_next", ".tb_frame.f_locals['payload']"
if sys.version_info < (3, 11):  # the traceback is a field of the thread as well
    handled, entry = f"{handled} (traceback)", ".tb_next"
zoo.expect(zoo.only(snap, "Payload"), zoo.Held(handled + entry + local, "thread", handled))
