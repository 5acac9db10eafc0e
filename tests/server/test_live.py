"""A stream is woken by the changes of its job, by a gap in what was heard and by the end, and by nothing else."""

from __future__ import annotations

import asyncio
import threading

from snellen.server.live import Bus


def test_a_change_from_another_thread_wakes_who_waits_for_that_job_alone() -> None:
    async def scene() -> None:
        bus = Bus()
        bus.attach()
        one, two = (asyncio.ensure_future(bus.wait(job, bus.version(job), seconds=600)) for job in (1, 2))
        await asyncio.sleep(0)
        threading.Thread(target=bus.notify, args=([1],)).start()
        await asyncio.wait_for(one, 60)
        assert not two.done()
        bus.wake_all()
        await asyncio.wait_for(two, 60)
        assert (bus.version(1), bus.version(2)) == (2, 1)

    asyncio.run(scene())


def test_what_changed_before_somebody_waits_is_not_waited_for() -> None:
    async def scene() -> None:
        bus = Bus()
        bus.attach()
        seen = bus.version(1)
        bus.notify([1])
        await asyncio.wait_for(bus.wait(1, seen, seconds=600), 60)

    asyncio.run(scene())


def test_the_end_wakes_everybody_and_who_comes_later_does_not_wait() -> None:
    async def scene() -> None:
        bus = Bus()
        bus.attach()
        waiting = [asyncio.ensure_future(bus.wait(job, 0, seconds=600)) for job in (1, 1, 2)]
        await asyncio.sleep(0)
        await bus.close()
        await asyncio.wait_for(asyncio.gather(*waiting), 60)
        await asyncio.wait_for(bus.wait(3, bus.version(3), seconds=600), 60)

    asyncio.run(scene())
