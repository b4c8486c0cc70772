"""asyncio.TaskGroup keeps the error of its tasks in a local variable of __aexit__ (until 3.13)."""

import asyncio
import gc
import sys

import refgraph
import zoo


class Job:
    async def fail(self):
        raise ValueError("bad upload")

    async def run(self):
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.fail())
        except Exception:  # an ExceptionGroup
            return "handled"


if sys.version_info < (3, 11):
    zoo.skip("no asyncio.TaskGroup")
gc.collect()
gc.disable()
asyncio.run(Job().run())
report = refgraph.capture().cycles(in_use=False, type="ExceptionGroup")
if sys.version_info >= (3, 13, 1):
    assert not report, report  # mended there: `raise … from None`, and the variable is deleted
else:
    assert len(report) == 1, report
    cycle = report[0]
    assert cycle.verdict == "gc is off", report
    assert {row.type for row in cycle.types} == {"ExceptionGroup", "traceback", "frame"}, report
    frame = "frame TaskGroup.__aexit__ (asyncio/taskgroups.py:"
    assert str(cycle.cut).startswith(frame), report
    assert str(cycle.cut).endswith(" · local me"), report
    assert cycle.cut.advice.startswith("del me "), report
gc.enable()
