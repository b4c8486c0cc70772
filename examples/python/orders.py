"""A small order service that makes four kinds of reference cycles, as services do.

What it does is ordinary: it charges cards, streams rows, keeps connections in a pool, and lets
accounts know their orders. None of it leaks by a global variable; each leaves cycles for the
collector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Account", "Connection", "Export", "Order", "charge", "pool"]


class PaymentError(Exception):
    """A card was declined."""


class Card:
    """A card that has no money on it."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.receipt = bytearray(10_000)

    def pay(self, amount: int) -> None:
        """Decline."""
        raise PaymentError(f"{self.number}: {amount} declined")


def charge(card: Card, amount: int) -> str:
    """Try to charge a card; the last error is kept in a variable, and its traceback this frame."""
    failure = None
    for _attempt in range(2):
        try:
            card.pay(amount)
        except PaymentError as error:
            failure = error
    return f"failed: {failure}"


class Export:
    """Rows of a report, streamed. The stream is kept, and knows the export."""

    def __init__(self, rows: list[str]) -> None:
        self.rows = rows
        self.is_open = True
        self.stream = self._stream()

    def _stream(self) -> Iterator[str]:
        try:
            yield from self.rows
        finally:
            self.is_open = False

    def preview(self) -> str:
        """The first row: nobody reads the others."""
        return next(self.stream)


class Session:
    """What a connection remembers of its server."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class Connection:
    """A connection that goes back to the pool when it is dropped."""

    def __init__(self) -> None:
        self.session = Session(self)

    def __del__(self) -> None:
        pool.append(self)


#: Connections that were dropped.
pool: list[Connection] = []


class Order:
    """An order, which knows its account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        account.orders.append(self)


class Account:
    """An account, which knows its orders."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
