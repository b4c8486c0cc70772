"""The interactive interpreter keeps the last error, and with it the frames of its traceback."""

import code
import sys

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
# Up to 3.12 the traceback begins in the console itself.
entry = "last_traceback.tb_next" + (".tb_next" if sys.version_info < (3, 13) else "")
zoo.expect(
    zoo.only(snap, "Matrix"),
    zoo.Held(f"sys.modules['sys'].{entry}.tb_frame.f_locals['matrix']", name="sys"),
)
