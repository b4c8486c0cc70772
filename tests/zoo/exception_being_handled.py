"""A retry loop that waits inside `except`: the error and its frames live as long as it waits."""

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
zoo.expect(
    zoo.only(snap, "Payload"),
    zoo.Held(f"{handled}.__traceback__.tb_next.tb_frame.f_locals['payload']", "thread", handled),
)
