"""An SQLAlchemy event listener that is a method: the engine's dispatcher keeps its object."""

import refgraph
import zoo

sqlalchemy = zoo.needs("sqlalchemy")

ENGINE = sqlalchemy.create_engine("sqlite://")


class QueryLog:
    def __init__(self, engine):
        sqlalchemy.event.listen(engine, "commit", self.note)

    def note(self, connection):
        pass


QueryLog(ENGINE)
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "QueryLog"),
    zoo.Held("sys.modules['__main__'].ENGINE.dispatch.commit.listeners[0].__self__"),
)
