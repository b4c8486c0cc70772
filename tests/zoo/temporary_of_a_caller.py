"""A value that a running function has computed and not yet used: no variable has it."""

import refgraph
import zoo


class Header:
    pass


def body():
    return refgraph.capture()


def page():
    return Header(), body()


snap = page()[1]
frame = f"thread MainThread · {zoo.place('page', 'return Header(), body()')}"
zoo.expect(zoo.only(snap, "Header"), zoo.Held(f"{frame}{{evaluation stack}}", "frame", frame))
