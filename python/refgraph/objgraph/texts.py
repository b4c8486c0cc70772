"""What objects and types are called. Nothing here trusts an object: its `__class__`, its attributes
and its `repr` may raise or lie, so types are asked through `type()` and names through the
descriptors of `type`.
"""

from __future__ import annotations

import os.path
import re
import types
from typing import Any

_IDENTIFIER = re.compile("[a-zA-Z_][a-zA-Z_0-9]*$")
_REPR_LIMIT = 40  # characters

# Descriptors of C, which no class can stand before.
_type_name: Any = type.__dict__["__name__"].__get__
_type_module: Any = type.__dict__["__module__"].__get__
_mro: Any = type.__dict__["__mro__"].__get__
_class_dict: Any = type.__dict__["__dict__"].__get__
_module_dict: Any = vars(types.ModuleType)["__dict__"].__get__

# Containers that are described by their size; a subclass counts as the first it derives from.
_SIZED: tuple[type, ...] = (tuple, list, dict, set)


def short_name(kind: type) -> str:
    """A type's `__name__`."""
    return str(_type_name(kind))


def long_name(kind: type) -> str:
    """A type's `__module__` and `__name__`; without a module's name the name alone."""
    try:
        module = _type_module(kind)
    except AttributeError:
        module = None
    name = short_name(kind)
    return f"{str.__str__(module)}.{name}" if isinstance(module, str) and module else name


def derives_from(kind: type, bases: type | tuple[type, ...]) -> bool:
    """`issubclass` by the MRO alone, which no metaclass can answer."""
    wanted = bases if type(bases) is tuple else (bases,)
    return any(base is want for base in _mro(kind) for want in wanted)


def has_class_attribute(kind: type, name: str) -> bool:
    """Whether a class along the MRO has this in its dict."""
    return any(name in _class_dict(base) for base in _mro(kind))


def module_name(module: types.ModuleType) -> object:
    """What a module's dict has as `__name__`, or None."""
    return (_module_dict(module) or {}).get("__name__")


def _beginning(text: str) -> str:
    """Of a text that may be of a subclass, whose `__getitem__` is anything."""
    return str.__str__(text)[:_REPR_LIMIT]


# ---- the helpers of objgraph, by their names there ----


def _get_obj_type(obj: object) -> type:
    return type(obj)


def _isinstance(object: object, classinfo: type | tuple[type, ...]) -> bool:
    """`isinstance` that does not ask `object.__class__`, so that a mock is what it is."""
    return derives_from(type(object), classinfo)


def _short_typename(obj: object) -> str:
    return short_name(type(obj))


def _long_typename(obj: object) -> str:
    return long_name(type(obj))


def _is_identifier(s: str) -> re.Match[str] | None:
    return _IDENTIFIER.match(s)


def _name_or_repr(value: Any) -> str:
    """`value.__name__` where that is a text, else the beginning of its repr."""
    try:
        name = value.__name__
    except AttributeError:
        name = None
    return str.__str__(name) if _isinstance(name, str) else _beginning(repr(value))


def _safe_repr(obj: object) -> str:
    """`_short_repr`, or "(unrepresentable)" whatever it raises; Ctrl-C passes."""
    try:
        return _short_repr(obj)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "(unrepresentable)"


def _short_repr(obj: Any) -> str:
    """One line that tells an object from others of its type."""
    kind = type(obj)
    if derives_from(kind, type):
        return short_name(obj)
    if derives_from(kind, types.ModuleType):
        name = module_name(obj)
        return name if isinstance(name, str) else _beginning(repr(name))
    if kind is types.BuiltinFunctionType:
        return _name_or_repr(obj)
    if kind is types.MethodType:
        return _name_or_repr(obj.__func__) + " (bound)"
    if kind is types.FunctionType and obj.__name__ == "<lambda>":
        code = obj.__code__
        return f"lambda: {os.path.basename(code.co_filename)}:{code.co_firstlineno}"
    if kind is types.FrameType:
        return f"{obj.f_code.co_filename}:{obj.f_lineno}"
    for sized in _SIZED:
        if derives_from(kind, sized):
            return f"{sized.__len__(obj)} items"  # type: ignore[attr-defined]
    return _beginning(repr(obj))
