"""A value that a running function has computed and not yet used: no variable has it."""

import sys

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
stack = f"{frame}{{evaluation stack}}"
root = ("frame", frame) if sys.version_info >= (3, 11) else ("stack", stack)
zoo.expect(zoo.only(snap, "Header"), zoo.Held(stack, *root))
