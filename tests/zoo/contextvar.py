"""A context variable that is set and never reset keeps its value in the context of its thread."""

import contextvars

import refgraph
import zoo

CURRENT_USER = contextvars.ContextVar("current_user")


class User:
    pass


def log_in():
    CURRENT_USER.set(User())


log_in()
snap = refgraph.capture()
context = "thread MainThread · context"
zoo.expect(
    zoo.only(snap, "User"),
    zoo.Held(f"{context}{{variables}}{{tree}}{{value of current_user}}", "thread", context),
)
