"""Callbacks take turns: however many supervisors report at once, people's requests don't wait behind them."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

#: So many callbacks run at once; the server has 40 threads. More would only wait for one another.
AT_ONCE = 8
#: A limiter serves one event loop alone, that of the server.
_turns: RunVar[anyio.CapacityLimiter] = RunVar("callback turns")
T = TypeVar("T")


async def run_in_turn(call: Callable[..., T], *given: Any) -> T:
    """Run it in a thread when its turn has come."""
    return await anyio.to_thread.run_sync(call, *given, limiter=_limiter())


def in_turn(handler: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """A handler that runs in a thread when its turn has come; its body has come by then."""

    @functools.wraps(handler)
    async def later(**given: Any) -> Any:
        return await run_in_turn(functools.partial(handler, **given))

    return later


def _limiter() -> anyio.CapacityLimiter:
    try:
        return _turns.get()
    except LookupError:
        found = anyio.CapacityLimiter(AT_ONCE)
        _turns.set(found)
        return found
