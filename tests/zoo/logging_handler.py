"""A logging handler that is added for each job and never removed; logging keeps it for ever."""

import logging

import refgraph
import zoo


class Job:
    def __init__(self):
        self.log = logging.getLogger("jobs")
        self.lines = []
        self.log.addHandler(JobHandler(self))


class JobHandler(logging.Handler):
    def __init__(self, job):
        super().__init__()
        self.job = job

    def emit(self, record):
        self.job.lines.append(record.getMessage())


def run():
    Job().log.warning("started")


run()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "Job"),
    zoo.Held(
        "sys.modules['logging'].Logger.manager.loggerDict['jobs'].handlers[0].job", name="logging"
    ),
)
