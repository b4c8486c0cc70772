"""A mock keeps the arguments of every call that was made to it."""

from unittest import mock

import refgraph
import zoo

send = mock.Mock(return_value=None)


class Letter:
    pass


send(Letter())
send("nothing", 2)
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Letter"),
    zoo.Held("sys.modules['__main__'].send._mock_call_args_list[0][0][0]"),
)
