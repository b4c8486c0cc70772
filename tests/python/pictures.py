"""Readers for the pictures under test: they fail on a file that is not whole."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple
from xml.etree import ElementTree


class Png(NamedTuple):
    """Width and height in pixels, and the rows of pixels without their filter bytes undone."""

    width: int
    height: int
    rows: list[bytes]


def read_png(data: bytes) -> Png:
    """A PNG file: signature, every chunk's checksum, and all rows of the image are checked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    position, chunks = 8, []
    while position < len(data):
        (size,) = struct.unpack(">I", data[position : position + 4])
        kind = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + size]
        (checksum,) = struct.unpack(">I", data[position + 8 + size : position + 12 + size])
        assert zlib.crc32(kind + body) == checksum
        chunks.append((kind, body))
        position += 12 + size
    assert chunks[0][0] == b"IHDR"
    assert chunks[-1] == (b"IEND", b"")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    assert interlace == 0
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    stride = 1 + (width * samples * depth + 7) // 8
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    assert len(pixels) == stride * height
    rows = [pixels[row * stride + 1 : (row + 1) * stride] for row in range(height)]
    return Png(width, height, rows)


class Svg:
    """An SVG document: its text, and its parts by class."""

    def __init__(self, text: str) -> None:
        self.root = ElementTree.fromstring(text)
        assert self.root.tag == "{http://www.w3.org/2000/svg}svg"
        self.text = "\n".join(
            "".join(item.itertext()) for item in self.root.iter() if item.tag.endswith("}text")
        )

    def of_class(self, name: str) -> list[ElementTree.Element]:
        """The groups that have a class."""
        return [item for item in self.root.iter() if name in item.get("class", "").split()]

    @staticmethod
    def text_of(group: ElementTree.Element) -> str:
        """What a group shows, its tooltip left out."""
        return "\n".join(
            "".join(item.itertext()) for item in group.iter() if item.tag.endswith("}text")
        )
