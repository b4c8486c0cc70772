"""A shop's HTTP service with two leaks, one of its own and one through a library.

    GET /basket/<ids>      names of the items of a basket, "3,5,8"
    PUT /picture/<name>    a picture of an item; some are broken

Items are in a database in memory: through SQLAlchemy where it is installed, else through sqlite3.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

try:
    import sqlalchemy
except ImportError:
    sqlalchemy = None  # type: ignore[assignment]

ITEMS = [f"item {number}" for number in range(2_000)]

#: The error of each picture that could not be read, for a page that the shop's staff looks at.
BAD_UPLOADS: dict[str, Exception] = {}

# ---- leak 1: a statement for each length of a list ----------------------------------------------

if sqlalchemy is not None:
    ENGINE = sqlalchemy.create_engine(
        "sqlite://",
        poolclass=sqlalchemy.pool.StaticPool,
        connect_args={"check_same_thread": False},
        query_cache_size=50_000,  # "the default of 500 did not hit often enough"
    )
    METADATA = sqlalchemy.MetaData()
    ITEM = sqlalchemy.Table(
        "item",
        METADATA,
        sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True),
        sqlalchemy.Column("name", sqlalchemy.String),
    )
    METADATA.create_all(ENGINE)
    with ENGINE.begin() as connection:
        connection.execute(ITEM.insert(), [{"id": i, "name": n} for i, n in enumerate(ITEMS)])

    def names_of(ids: Sequence[int]) -> list[str]:
        """The items of a basket.

        Of `in_(ids)` SQLAlchemy makes one statement for all lengths. Of expressions it cannot: each
        length is a statement of its own, compiled, and kept in the engine's cache.
        """
        wanted = ITEM.c.id.in_([sqlalchemy.literal(i) for i in ids])
        with ENGINE.connect() as connection:
            return list(connection.scalars(sqlalchemy.select(ITEM.c.name).where(wanted)))

else:
    DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
    DATABASE.execute("create table item (id integer primary key, name text)")
    DATABASE.executemany("insert into item values (?, ?)", list(enumerate(ITEMS)))
    STATEMENTS: dict[str, sqlite3.Cursor] = {}

    def names_of(ids: Sequence[int]) -> list[str]:
        """The items of a basket: a cursor for each text of a statement is kept, to save time."""
        statement = f"select name from item where id in ({','.join(map(str, ids))})"
        cursor = STATEMENTS.setdefault(statement, DATABASE.cursor())
        return [name for (name,) in cursor.execute(statement)]


# ---- leak 2: an error that is kept keeps what its frames knew ------------------------------------


class Upload(bytearray):
    """A picture as it came in."""

    name = ""


def check(upload: Upload) -> None:
    """`ValueError` where it is no picture."""
    if not upload.startswith(b"\x89PNG"):
        raise ValueError(f"{upload.name} is not a PNG file")


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        ids = self.path.rpartition("/")[2].split(",")
        self.answer(200, json.dumps(names_of([int(number) for number in ids])))

    def do_PUT(self) -> None:
        upload = Upload(self.rfile.read(int(self.headers["Content-Length"])))
        upload.name = self.path.rpartition("/")[2]
        try:
            check(upload)
            self.answer(201, "stored")
        except ValueError as error:
            BAD_UPLOADS[upload.name] = error
            self.answer(422, str(error))

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged."""


class Server(ThreadingHTTPServer):
    """One thread a request; closing it waits for those that are still at work."""

    daemon_threads = False


def start() -> Server:
    """A server on a free port of the loopback interface; it still has to be made to serve."""
    return Server(("127.0.0.1", 0), Handler)
