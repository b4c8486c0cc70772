"""Objects by type, by address, and those that nothing refers to."""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Iterable
from typing import Any, cast

from .. import _core
from .texts import derives_from, long_name, module_name, short_name

__all__ = ["at", "at_addrs", "by_type", "get_leaking_objects", "is_proper_module"]


def by_type(typename: str, objects: Iterable[object] | None = None) -> list[Any]:
    """The objects of a type, by its name as in `count()`; among `objects`, or all tracked ones."""
    if objects is not None:
        return _among(objects, typename)
    if "." in typename:
        return _core.of_types(_types_named(typename))
    return _core.of_name(str(typename))


# Apart, since a comprehension in by_type() would make cells that it finds itself.


def _among(objects: Iterable[object], typename: str) -> list[Any]:
    name_of = long_name if "." in typename else short_name
    return [obj for obj in objects if name_of(type(obj)) == typename]


def _types_named(typename: str) -> list[type]:
    return [kind for kind, _ in _core.census(None) if long_name(kind) == typename]


def at(addr: int) -> Any:
    """The tracked object at an address, or None."""
    found = _core.at([addr])
    return found[0] if found else None


def at_addrs(address_set: Iterable[int]) -> list[Any]:
    """The tracked objects at these addresses, in the order of `gc.get_objects()`."""
    return _core.at(address_set)


def get_leaking_objects(objects: Iterable[object] | None = None) -> list[Any]:
    """Collect garbage; then the tracked objects that no tracked object refers to.

    Roots of the interpreter are among them, and what C code holds. `objects`: only of these.
    """
    gc.collect()
    if objects is None or isinstance(objects, (list, tuple)):
        return _core.unreferenced(objects)
    return _core.unreferenced(list(objects))


def is_proper_module(obj: object) -> bool:
    """Whether this is a module that `sys.modules` has under the module's own name."""
    if not derives_from(type(obj), types.ModuleType):
        return False
    name = module_name(cast("types.ModuleType", obj))
    return isinstance(name, str) and obj is sys.modules.get(name)
