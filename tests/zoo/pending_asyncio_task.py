"""A task that waits for what never comes keeps the locals of its coroutine."""

import asyncio

import refgraph
import zoo

TASKS = set()


class Upload:
    pass


async def receive(done):
    upload = Upload()
    await done.wait()
    return upload


async def serve():
    TASKS.add(asyncio.create_task(receive(asyncio.Event()), name="receive"))
    await asyncio.sleep(0)
    return refgraph.capture()


loop = asyncio.new_event_loop()
snap = loop.run_until_complete(serve())
zoo.expect(
    zoo.only(snap, "Upload"),
    zoo.Held("sys.modules['__main__'].TASKS{element}._coro.cr_frame.f_locals['upload']"),
)
for task in TASKS:
    task.cancel()
loop.run_until_complete(asyncio.gather(*TASKS, return_exceptions=True))
loop.close()
