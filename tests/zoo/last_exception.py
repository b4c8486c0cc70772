"""The interactive interpreter keeps the last error, and with it the frames of its traceback."""

import code

import refgraph
import zoo


class Matrix:
    pass


def invert():
    matrix = Matrix()
    raise ZeroDivisionError(type(matrix).__name__)


class Console(code.InteractiveInterpreter):
    def write(self, data):
        pass


Console({"invert": invert}).runsource("invert()")
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Matrix"),
    zoo.Held(
        "sys.modules['sys'].last_traceback.tb_next.tb_next.tb_frame.f_locals['matrix']", name="sys"
    ),
)
