"""A reader of Arrow streams with nothing but ctypes: what the interface says, the obvious way."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any


class Schema(ctypes.Structure):
    """struct ArrowSchema."""


class Array(ctypes.Structure):
    """struct ArrowArray."""


class Stream(ctypes.Structure):
    """struct ArrowArrayStream."""


_RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_ERROR = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)

Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(Schema))),
    ("dictionary", ctypes.POINTER(Schema)),
    ("release", _RELEASE),
    ("private_data", ctypes.c_void_p),
]
Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))),
    ("dictionary", ctypes.POINTER(Array)),
    ("release", _RELEASE),
    ("private_data", ctypes.c_void_p),
]
Stream._fields_ = [
    ("get_schema", _NEXT),
    ("get_next", _NEXT),
    ("get_last_error", _ERROR),
    ("release", _RELEASE),
    ("private_data", ctypes.c_void_p),
]

_NUMBERS = {
    b"c": ctypes.c_int8,
    b"C": ctypes.c_uint8,
    b"i": ctypes.c_int32,
    b"I": ctypes.c_uint32,
    b"L": ctypes.c_uint64,
}

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def _bits(address: int, count: int) -> list[bool]:
    data = ctypes.string_at(address, (count + 7) // 8)
    return [bool(data[i >> 3] >> (i & 7) & 1) for i in range(count)]


def _values(schema: Schema, array: Array) -> list[Any]:
    count = array.length
    assert array.offset == 0
    if schema.dictionary:
        texts = _values(schema.dictionary.contents, array.dictionary.contents)
        indices = (_NUMBERS[schema.format] * count).from_address(array.buffers[1])
        values: list[Any] = [texts[i] for i in indices]
    elif schema.format in _NUMBERS:
        assert array.n_buffers == 2
        values = list((_NUMBERS[schema.format] * count).from_address(array.buffers[1]))
    elif schema.format == b"b":
        values = _bits(array.buffers[1], count)
    else:
        offset = {b"u": ctypes.c_int32, b"U": ctypes.c_int64}[schema.format]
        assert array.n_buffers == 3
        ends = list((offset * (count + 1)).from_address(array.buffers[1]))
        data = ctypes.string_at(array.buffers[2], ends[-1])
        values = [data[a:b].decode("utf-8") for a, b in zip(ends, ends[1:])]
    if array.buffers[0]:
        known = _bits(array.buffers[0], count)
        values = [value if is_known else None for value, is_known in zip(values, known)]
    nulls = sum(value is None for value in values)
    assert nulls == array.null_count
    assert nulls == 0 or schema.flags & 2
    return values


def _read(table: Any, of_batch: Callable[[Schema, Array], Any]) -> list[Any]:
    """What a function makes of each batch; all is released."""
    capsule = table.__arrow_c_stream__()
    stream = Stream.from_address(_pointer(capsule, b"arrow_array_stream"))
    at = ctypes.addressof(stream)
    schema = Schema()
    assert stream.get_schema(at, ctypes.addressof(schema)) == 0
    assert schema.format == b"+s"
    found = []
    while True:
        array = Array()
        assert stream.get_next(at, ctypes.addressof(array)) == 0
        if not array.release:
            break
        assert array.n_children == schema.n_children
        found.append(of_batch(schema, array))
        array.release(ctypes.addressof(array))
        assert not array.release
    schema.release(ctypes.addressof(schema))
    assert stream.get_last_error(at) is None
    return found  # the capsule releases the stream


def _columns_of(schema: Schema, batch: Array) -> dict[str, list[Any]]:
    found = {}
    for i in range(schema.n_children):
        child = schema.children[i].contents
        array = batch.children[i].contents
        assert array.length == batch.length
        found[child.name.decode()] = _values(child, array)
    return found


def lengths(table: Any) -> list[int]:
    """The number of rows of each batch of whatever has ``__arrow_c_stream__``."""
    return _read(table, lambda schema, batch: batch.length)


def raw_batches(table: Any, sinks: dict[str, Callable[[bytes], object]]) -> None:
    """Give the values of some columns, as they lie in memory, to a function of bytes each."""

    def give(schema: Schema, batch: Array) -> None:
        for i in range(schema.n_children):
            child = schema.children[i].contents
            sink = sinks.get(child.name.decode())
            if sink is not None:
                size = batch.length * ctypes.sizeof(_NUMBERS[child.format])
                sink(ctypes.string_at(batch.children[i].contents.buffers[1], size))

    _read(table, give)


def columns(table: Any) -> dict[str, list[Any]]:
    """The columns of all batches."""
    whole: dict[str, list[Any]] = {}
    for batch in _read(table, _columns_of):
        for name, values in batch.items():
            whole.setdefault(name, []).extend(values)
    return whole


def schema_of(table: Any) -> list[tuple[str, str]]:
    """Name and format of each column, from ``__arrow_c_schema__``."""
    capsule = table.__arrow_c_schema__()
    schema = Schema.from_address(_pointer(capsule, b"arrow_schema"))
    return [
        (child.name.decode(), child.format.decode())
        for child in (schema.children[i].contents for i in range(schema.n_children))
    ]
