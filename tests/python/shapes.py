"""Instances of all shapes, for tests of the accounting.

Each function makes one kind of object, with containers of its own behind it, from `Item` objects
that nothing else holds.
"""

from __future__ import annotations

import array
import asyncio
import collections
import contextlib
import contextvars
import dataclasses
import datetime
import decimal
import enum
import functools
import itertools
import operator
import re
import struct
import threading
import types
import weakref
from typing import Any, Callable, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Item:
    """A plain instance."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.name = f"item {number}"

    def method(self, *rest: Any) -> Item:
        return self

    def __lt__(self, other: Item) -> bool:
        return self.number < other.number


class Slotted:
    __slots__ = ("__weakref__", "left", "right")

    def __init__(self, left: Any) -> None:
        self.left = left


class SlottedChild(Slotted):
    __slots__ = ("more",)


class DictChild(dict):  # type: ignore[type-arg]
    pass


class ListChild(list):  # type: ignore[type-arg]
    pass


class TupleChild(tuple):  # type: ignore[type-arg]
    pass


class SetChild(set):  # type: ignore[type-arg]
    pass


class StrChild(str):
    pass


class IntChild(int):
    pass


class FloatChild(float):
    pass


class BytesChild(bytes):
    pass


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


class Typed(Generic[T]):
    pass


@dataclasses.dataclass
class Data:
    a: Any
    b: list[Any] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: Any


class Pair(NamedTuple):
    a: Any
    b: Any


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Flags(enum.Flag):
    A = 1
    B = 2


class Cached:
    @functools.cached_property
    def made(self) -> list[Any]:
        return [Item()]

    @property
    def asked(self) -> Item:
        return Item()

    @functools.lru_cache(maxsize=8)  # noqa: B019
    def bounded(self, x: Any) -> list[Any]:
        return [x]

    part = functools.partialmethod(Item.method, 3)


class Failure(Exception):
    pass


def failure(depth: int) -> Failure:
    """An exception with a traceback, a cause and a context."""

    def inner(n: int) -> None:
        local = [Item(n)]
        if n:
            inner(n - 1)
        raise Failure(local)

    try:
        try:
            inner(depth)
        except Failure as first:
            raise Failure("second") from first
    except Failure as caught:
        return caught


def numbers(item: Item) -> Any:
    kept = [item]
    with contextlib.suppress(ValueError):
        for i in range(10):
            yield (kept, i)


async def coroutine(item: Item) -> Any:
    kept = [item]
    await asyncio.sleep(3600)
    return kept


async def async_numbers(item: Item) -> Any:
    yield item


def started(item: Item) -> Any:
    g = numbers(item)
    next(g)
    return g


def begun(item: Item) -> Any:
    c = coroutine(item)
    with contextlib.suppress(RuntimeError, StopIteration):
        c.send(None)
    return c


def outer(item: Item) -> Any:
    def reads() -> Item:
        return item

    return reads


def attributed(item: Item) -> Any:
    function = outer(item)
    function.attribute = [item]
    function.__defaults__ = (item,)
    function.__kwdefaults__ = {"k": item}
    return function


def materialised(item: Item) -> Any:
    item.__dict__["more"] = [item.name]
    return item


def emptied(item: Item) -> Any:
    del item.name
    item.other = Item()  # type: ignore[attr-defined]
    return item


def many_attributes(item: Item) -> Any:
    for i in range(40):
        setattr(item, f"attribute_{i}", [i])
    return item


def replaced_dict(item: Item) -> Any:
    item.__dict__ = {"a": item.name, 3: 4}
    return item


def copied_dict(item: Item) -> Any:
    return [dict(item.__dict__), item.__dict__.copy(), {**vars(item)}]


def weakly(item: Item) -> Any:
    return [item, weakref.ref(item), weakref.ref(item, id), weakref.proxy(item)]


def weak_containers(item: Item) -> Any:
    return [
        item,
        weakref.WeakSet([item]),
        weakref.WeakValueDictionary({1: item}),
        weakref.WeakKeyDictionary({item: [1]}),
        weakref.WeakMethod(item.method),
    ]


def finalized(item: Item) -> Any:
    f = weakref.finalize(item, id, [Item()])
    f.atexit = False
    return [item, f]


def half(iterator: Any) -> Any:
    next(iterator, None)
    return iterator


def iterators(item: Item) -> Any:
    pair = [item, Item(), item]
    d = dict.fromkeys(range(4), item)
    return [
        half(iter(pair)),
        half(iter(tuple(pair))),
        half(iter(d)),
        half(iter(d.items())),
        half(iter(d.values())),
        half(reversed(d)),
        half(iter({item, Item()})),
        half(zip(pair, pair)),
        half(map(operator.attrgetter("number"), pair)),
        half(filter(None, pair)),
        half(enumerate(pair)),
        half(reversed(pair)),
        half(iter(item.method, None)),
        half(iter("text")),
        half(iter(collections.deque(pair))),
        half(itertools.chain(pair, pair)),
        half(itertools.cycle(pair)),
        half(itertools.islice(pair, 1, 3)),
        half(itertools.groupby(pair)),
        half(itertools.product(pair, pair)),
        half(itertools.permutations(pair)),
        half(itertools.combinations(pair, 2)),
        half(itertools.accumulate([1, 2, 3])),
        half(itertools.count(5)),
        half(itertools.repeat(item, 3)),
        half(itertools.starmap(Item, [(1,), (2,)])),
        half(itertools.takewhile(bool, pair)),
        half(itertools.dropwhile(bool, [0, *pair])),
        half(itertools.zip_longest(pair, [])),
        *itertools.tee(iter(pair), 2),
        half(re.finditer("a", "banana")),
        half(struct.Struct("B").iter_unpack(b"abc")),
        d.keys(),
        d.items(),
        d.values(),
        range(3),
        slice(item, item, item),
    ]


def generic_functions(item: Item) -> Any:
    @functools.singledispatch
    def generic(x: Any) -> Any:
        return item

    generic.register(Item)(outer(item))
    return generic


def caches(item: Item) -> Any:
    bounded = functools.lru_cache(maxsize=4)(outer)
    unbounded = functools.lru_cache(maxsize=None)(outer)
    keyed = functools.lru_cache(maxsize=4, typed=True)(lambda *a, **k: (a, k))
    for cache in (bounded, unbounded, keyed):
        cache(item)
    for i in range(9):
        keyed(item, i=i)
    return [bounded, unbounded, keyed]


def neighbours(item: Item) -> Any:
    """What C modules make."""
    zone = datetime.timezone(datetime.timedelta(hours=1), f"Zone {item.number}")
    now = datetime.datetime(2020, 1, 1, tzinfo=zone)
    compiled = re.compile(f"(?P<a>{item.number})x*")
    return [
        item,
        zone,
        now,
        now.timetz(),
        now.date(),
        now - now,
        decimal.Decimal(item.number),
        decimal.Context(prec=9),
        array.array("d", [1.0, 2.0]),
        struct.Struct("<If"),
        compiled,
        compiled.match(f"{item.number}xx"),
        bytearray(b"abc"),
        memoryview(bytearray(100))[10:],
        memoryview(b"xyz").cast("B"),
        operator.itemgetter(1, item.name),
        operator.methodcaller("method", item),
        threading.Lock(),
        threading.RLock(),
        threading.Condition(),
        complex(1, item.number),
        types.SimpleNamespace(a=item, b=[item]),
        types.MappingProxyType({"k": item}),
        types.GenericAlias(list, (Item,)),
    ]


def module(item: Item) -> Any:
    made = types.ModuleType(f"made_by_hand_{item.number}", "doc")
    made.item = item  # type: ignore[attr-defined]
    return made


def local_class(item: Item) -> Any:
    class Local(Item):
        held = item

        def again(self) -> Any:
            return super().method(item)

    return [Local, Local(), super(Local, Local())]


def made_class(item: Item) -> Any:
    return type("Made", (Item,), {"held": item, "__slots__": ("x",)})


def descriptors(item: Item) -> Any:
    return [
        property(outer(item), doc="d"),
        staticmethod(outer(item)),
        classmethod(outer(item)),
        functools.partialmethod(outer(item), item),
        Cached(),
    ]


def cached(item: Item) -> Any:
    c = Cached()
    assert c.made
    c.bounded(item)
    return c


def thread_locals(item: Item) -> Any:
    local = threading.local()
    local.item = [item]
    return local


def context(item: Item) -> Any:
    variable: contextvars.ContextVar[Any] = contextvars.ContextVar(
        f"v{item.number}",
        default=[item],  # noqa: B039 (that is the shape)
    )
    copy = contextvars.copy_context()
    token = copy.run(variable.set, [item])
    return [variable, copy, token]


def collections_of(item: Item) -> Any:
    return [
        collections.deque([item, item], maxlen=3),
        collections.OrderedDict([(item, [item]), ("b", item)]),
        collections.defaultdict(list, {item: [item]}),
        collections.Counter([item, item]),
        collections.ChainMap({"a": item}, {"b": item}),
        collections.UserDict({"a": item}),
        collections.UserList([item]),
        {item},
        frozenset([item]),
        {item: item, "b": (item, 1)},
        {"a": item, "b": [item]},
        (item, (item, (1,))),
    ]


def cyclic(item: Item) -> Any:
    item.me = item  # type: ignore[attr-defined]
    loop: list[Any] = [item]
    loop.append(loop)
    return loop


def of(class_: Any) -> Callable[[Item], Any]:
    return lambda item: class_([item])


SHAPES: list[Callable[[Item], Any]] = [
    lambda item: item,
    Slotted,
    SlottedChild,
    of(DictChild.fromkeys),
    of(ListChild),
    of(TupleChild),
    of(SetChild),
    lambda item: [StrChild(item.name), IntChild(9999), FloatChild(3.5), BytesChild(b"12"), item],
    lambda item: WithMeta(),
    lambda item: [Typed(), Typed[int], item],
    Data,
    Frozen,
    lambda item: Pair(item, [item]),
    lambda item: [Colour.RED, Flags.A | Flags.B, item],
    lambda item: failure(2),
    numbers,
    started,
    coroutine,
    begun,
    async_numbers,
    outer,
    attributed,
    materialised,
    emptied,
    many_attributes,
    replaced_dict,
    copied_dict,
    weakly,
    weak_containers,
    finalized,
    iterators,
    generic_functions,
    caches,
    neighbours,
    module,
    local_class,
    made_class,
    descriptors,
    cached,
    thread_locals,
    context,
    collections_of,
    cyclic,
    lambda item: item.method,
    lambda item: functools.partial(item.method, item, k=item),
    lambda item: [len, [].append, item.__init__, Item.method, item.__lt__, object().__str__],
]
