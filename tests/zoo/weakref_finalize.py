"""weakref.finalize with a method of the object itself: the object never dies, for it is held."""

import weakref

import refgraph
import zoo


class Lock:
    """Closed by a method of itself: the mistake."""

    def __init__(self):
        weakref.finalize(self, self.release)

    def release(self):
        pass


class Folder:
    """Given as an argument to the finalizer of something that lives on."""


class Application:
    pass


def remove(folder):
    pass


APPLICATION = Application()
Lock()
weakref.finalize(APPLICATION, remove, Folder())
snap = refgraph.capture()
registry = "sys.modules['weakref'].finalize._registry{key weakref.finalize}"
zoo.expect(zoo.only(snap, "Lock"), zoo.Held(f"{registry}.func.__self__", name="weakref"))
zoo.expect(zoo.only(snap, "Folder"), zoo.Held(f"{registry}.args[0]", name="weakref"))
