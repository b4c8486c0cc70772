"""A heap with large libraries in use, and the share of its edges that no one can name, by type.

Run as a program: prints one JSON object. Libraries that are not installed are left out.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import contextvars
import functools
import itertools
import json
import logging
import os
import sys
import threading
import traceback
import weakref
from typing import Any


def use_asyncio() -> Any:
    """A suspended service: tasks, futures, timers, locks, queues."""
    variable: contextvars.ContextVar[Any] = contextvars.ContextVar("request")
    loop = asyncio.new_event_loop()

    async def worker(queue: asyncio.Queue[Any], lock: asyncio.Lock) -> None:
        async with lock:
            variable.set(object())
            await queue.get()

    async def producer() -> Any:
        for i in range(3):
            yield i
            await asyncio.sleep(0)

    async def consume() -> None:
        async for _ in producer():
            await asyncio.sleep(1000)

    async def start() -> list[Any]:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        lock = asyncio.Lock()
        tasks = [asyncio.ensure_future(worker(queue, lock)) for _ in range(300)]
        tasks += [asyncio.ensure_future(consume()) for _ in range(300)]
        future = loop.create_future()
        future.add_done_callback(print)
        future.add_done_callback(repr)
        timers = [loop.call_later(1000, print, i) for i in range(100)]
        await asyncio.sleep(0.01)
        gathered = asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
        return [tasks, future, timers, gathered, asyncio.Event(), asyncio.Semaphore(3)]

    return loop, loop.run_until_complete(start())


def use_standard_library() -> Any:
    import argparse
    import csv
    import datetime
    import decimal
    import enum
    import io
    import queue
    import re
    import sqlite3
    import struct
    import typing
    import unittest
    import xml.etree.ElementTree as ElementTree
    from concurrent.futures import ThreadPoolExecutor

    class Colour(enum.Enum):
        RED = 1
        GREEN = 2

    tls = threading.local()
    tls.value = [1, 2]
    context = contextvars.copy_context()
    variables: list[contextvars.ContextVar[Any]] = [
        contextvars.ContextVar(f"v{i}") for i in range(200)
    ]
    for variable in variables:
        context.run(variable.set, [1])
    tree = ElementTree.fromstring("<a>" + "<b x='1'><c/>text</b>tail" * 200 + "</a>")
    pool = ThreadPoolExecutor(1)
    pool.submit(int).result()
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (a)")
    dict_: dict[Any, Any] = {i: [i] for i in range(20)}
    ordered = collections.OrderedDict((str(i), [i]) for i in range(500))
    groups = itertools.groupby([[1], [1], [2]])
    next(groups)
    tees = itertools.tee(iter([[i] for i in range(200)]), 2)
    for _ in range(150):
        next(tees[0])

    @functools.cache
    def unbounded(x: Any) -> Any:
        return [x]

    @functools.lru_cache(maxsize=100)
    def bounded(x: Any) -> Any:
        return [x]

    for i in range(300):
        unbounded(i)
        bounded((i, 1))
    return [
        Colour,
        tls,
        context,
        variables,
        tree,
        pool,
        connection,
        connection.execute("select 1"),
        ordered,
        iter(ordered),
        ordered.items(),
        groups,
        tees,
        bounded,
        unbounded,
        dict_.keys(),
        dict_.values(),
        dict_.items(),
        iter(dict_),
        iter(dict_.items()),
        iter({1, 2}),
        enumerate([1]),
        zip([1], [2]),
        map(str, [1]),
        filter(None, [1]),
        reversed([1]),
        reversed(dict_) if sys.version_info >= (3, 8) else None,
        memoryview(bytearray(3)),
        re.compile("a(?P<x>b)c").match("abc"),
        decimal.Context(),
        datetime.datetime.now(datetime.timezone.utc),
        struct.Struct("<i"),
        io.StringIO("x"),
        io.BytesIO(b"x"),
        io.TextIOWrapper(io.BytesIO(b"x")),
        io.BufferedReader(io.BytesIO(b"x")),  # type: ignore[arg-type]
        csv.reader(["a,b"]),
        csv.writer(io.StringIO()),
        typing.Dict[str, typing.List[int]],  # noqa: UP006 (a cache of typing's own)
        argparse.ArgumentParser(),
        queue.Queue(),
        queue.SimpleQueue(),
        logging.getLogger("a.b.c"),
        unittest.TestCase(),
        itertools.chain([1], [2]),
        itertools.count(1),
        itertools.cycle([1]),
        itertools.product([1], [2]),
        itertools.permutations([[1], [2]]),
        itertools.islice([1], 1),
        collections.deque([[i] for i in range(200)]),
        collections.Counter("abc"),
        collections.ChainMap({}, {}),
        weakref.WeakKeyDictionary({Colour: 1}),
        weakref.finalize(tls, print, 1),
    ]


def use_numpy() -> Any:
    import numpy

    a = numpy.arange(10)
    objects = numpy.array([[object() for _ in range(20)] for _ in range(20)], dtype=object)
    record = numpy.zeros(3, dtype=[("x", "f8"), ("o", object), ("s", "S3")])
    return [
        a,
        a[2:5],
        objects,
        objects.T,
        record,
        record["x"],
        record[0],
        numpy.nditer(a),
        a.flat,
        numpy.float64(3),
        numpy.random.default_rng(3),
        numpy.random.RandomState(3),
        numpy.ma.array([1, 2], mask=[0, 1]),
        numpy.broadcast(a, a),
        numpy.vectorize(str)([1]),
    ]


def use_pandas() -> Any:
    import pandas

    frame = pandas.DataFrame(
        {
            "a": range(1000),
            "b": [str(i) for i in range(1000)],
            "d": pandas.date_range("2020", periods=1000),
            "c": pandas.Categorical(["x", "y"] * 500),
        }
    )
    return [
        frame,
        frame.groupby("c", observed=True),
        frame.groupby("c", observed=True).a.sum(),
        frame.set_index(["a", "b"]),
        frame.loc[3],
        frame.a.rolling(3),
        frame.d.dt,
        pandas.Timestamp("2020-01-01", tz="UTC"),
        pandas.Period("2020"),
        pandas.Interval(1, 2),
        frame.query("a > 3"),
        frame.merge(frame, on="a"),
        pandas.Timedelta(1),
        frame.index.get_loc(3),
    ]


def use_sqlalchemy() -> Any:
    import sqlalchemy
    from sqlalchemy import orm

    base = orm.declarative_base()

    class User(base):  # type: ignore[misc, valid-type]
        __tablename__ = "users"
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        name = sqlalchemy.Column(sqlalchemy.String)
        orders = orm.relationship("Order", back_populates="user")

    class Order(base):  # type: ignore[misc, valid-type]
        __tablename__ = "orders"
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        user_id = sqlalchemy.Column(sqlalchemy.ForeignKey("users.id"))
        user = orm.relationship("User", back_populates="orders")

    engine = sqlalchemy.create_engine("sqlite://")
    base.metadata.create_all(engine)
    session = orm.Session(engine)
    for i in range(100):
        session.add(User(name=str(i), orders=[Order(), Order()]))
    session.commit()
    users = session.query(User).options(orm.joinedload(User.orders)).all()
    rows = session.execute(sqlalchemy.select(User.name, User.id)).all()
    result = session.execute(sqlalchemy.select(User.name).limit(3))
    return [engine, session, users, rows, result, User, Order]


def use_django() -> Any:
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        ROOT_URLCONF=[],
        ALLOWED_HOSTS=["*"],
    )
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.template import engines
    from django.test import RequestFactory

    call_command("migrate", verbosity=0)
    for i in range(50):
        User.objects.create(username=str(i))
    users = list(User.objects.filter(username__contains="1"))
    template = engines["django"].from_string("{% for x in y %}{{ x.username|upper }}{% endfor %}")
    template.render({"y": users})
    return [users, template, RequestFactory().get("/"), User.objects.all()]


def unnamed_share(graph: Any) -> dict[str, Any]:
    """Edges and unnamed edges by the type of the object that holds."""
    edges: collections.Counter[str] = collections.Counter()
    unnamed: collections.Counter[str] = collections.Counter()
    offsets: collections.Counter[str] = collections.Counter()
    for node in range(graph.node_count):
        referents = graph.referents(node)
        if not referents:
            continue
        holder = graph.type_of(node)[0]
        edges[holder] += len(referents)
        for edge in referents:
            if edge[3] is None or edge[3] in ("", "?"):
                unnamed[holder] += 1
            elif edge[3].startswith("+0x"):
                offsets[f"{holder} {edge[3]} -> {graph.type_of(edge[1])[0]}"] += 1
    return {
        "nodes": graph.node_count,
        "edges": sum(edges.values()),
        "unnamed": sum(unnamed.values()),
        "types": {name: [count, edges[name]] for name, count in unnamed.most_common()},
        "offsets": dict(offsets.most_common()),
    }


def main() -> None:
    from refgraph import _core

    held = [use_standard_library()]
    used = []
    for use in (use_asyncio, use_numpy, use_pandas, use_sqlalchemy, use_django):
        with contextlib.suppress(ImportError):
            held.append(use())
            used.append(use.__name__[4:])
    share = unnamed_share(_core.capture("refgraph"))
    print(json.dumps({"version": sys.version.split()[0], "libraries": used, **share}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # the pending tasks would be complained of one by one
