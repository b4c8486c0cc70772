"""A list of errors: each exception keeps its traceback, whose frames keep their locals."""

import refgraph
import zoo

ERRORS = []


class Image:
    def __init__(self):
        self.pixels = bytearray(1000)


def decode(name):
    image = Image()
    if len(image.pixels) == 1000:
        raise ValueError(name)
    return image


def upload(name):
    return decode(name)


def serve():
    try:
        upload("cat.png")
    except ValueError as error:
        ERRORS.append(error)


serve()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Image"),
    zoo.Held(
        "sys.modules['__main__'].ERRORS[0].__traceback__.tb_next.tb_next.tb_frame.f_locals['image']"
    ),
)
