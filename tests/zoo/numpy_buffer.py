"""Negative control: megabytes of an array that C code allocated and never freed hold no chain.

The array is gone, so the heap of Python is no bigger than before; nothing may be claimed to be.
"""

import ctypes

import refgraph
import zoo

numpy = zoo.needs("numpy")

MEGABYTES = 32
malloc = ctypes.CDLL(None).malloc
malloc.restype = ctypes.c_void_p
malloc.argtypes = [ctypes.c_size_t]


class Image(numpy.ndarray):
    pass


def resident():
    """Megabytes of this process in memory."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096 / 2**20


def decode():
    memory = (ctypes.c_char * (MEGABYTES << 20)).from_address(malloc(MEGABYTES << 20))
    image = numpy.frombuffer(memory, dtype=numpy.uint8).view(Image)
    image[:] = 1
    return int(image[0])


def heap_size(snap):
    return sum(row.size for row in snap.types()) / 2**20


before, resident_before = refgraph.capture(), resident()
decode()
after = refgraph.capture()
assert resident() - resident_before > MEGABYTES / 2
assert len(after.objects("__main__.Image")) == 0
assert heap_size(after) - heap_size(before) < 1
arrays = [node for node in after.objects("numpy.ndarray") if node.size > 1 << 20]
assert arrays == []
