"""C code that forgets an array of objects but frees not its buffer: the elements' counts leak."""

import ctypes
import sys

import refgraph
import zoo

numpy = zoo.needs("numpy")

FLAGS = 64  # where PyArrayObject_fields has its flags, on 64-bit machines
OWN_DATA = 0x4  # NPY_ARRAY_OWNDATA


class Label:
    pass


def plot():
    labels = numpy.array([Label(), None], dtype=object)
    assert labels.flags.owndata
    ctypes.c_int.from_address(id(labels) + FLAGS).value &= ~OWN_DATA
    assert not labels.flags.owndata


if sys.maxsize < 2**32:
    zoo.skip("the offset of an array's flags is that of 64-bit machines")
plot()
snap = refgraph.capture()
zoo.expect_native(zoo.only(snap, "Label"))
